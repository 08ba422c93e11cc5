# src/text.c: the trim looks behind the end
s/is_space(text\[end - 1\])/is_space(text[end])/
