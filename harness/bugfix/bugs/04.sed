# src/date.c: a leap year must be both
s/) || year % 400/) \&\& year % 400/
