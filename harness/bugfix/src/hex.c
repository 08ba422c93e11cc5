#include "kit.h"

void hex_encode(const unsigned char *bytes, size_t count, char *text) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < count; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  text[2 * count] = '\0';
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool hex_decode(const char *text, unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int high = digit_value(text[2 * i]);
    if (high < 0) return false;
    int low = digit_value(text[2 * i + 1]);
    if (low < 0) return false;
    bytes[i] = (unsigned char)(high << 4 | low);
  }
  return text[2 * count] == '\0';
}
