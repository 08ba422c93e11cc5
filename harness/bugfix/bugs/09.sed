# src/number.c: the pages are divided by the items
s/divided_up(items, per_page)/divided_up(per_page, items)/
