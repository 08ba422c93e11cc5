# src/text.c: continuation bytes are counted instead of the first ones
s/!= 0x80/== 0x80/
