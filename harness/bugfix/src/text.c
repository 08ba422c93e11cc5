#include "kit.h"

#include <string.h>

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t trim(char *text) {
  size_t start = 0;
  size_t end = strlen(text);
  while (start < end && is_space(text[start])) start++;
  while (end > start && is_space(text[end - 1])) end--;
  memmove(text, text + start, end - start);
  text[end - start] = '\0';
  return end - start;
}

size_t bounded_copy(char *target, size_t size, const char *source) {
  size_t length = strlen(source);
  if (size == 0) return 0;
  if (length >= size) length = size - 1;
  memcpy(target, source, length);
  target[length] = '\0';
  return length;
}

size_t utf8_length(const char *text) {
  size_t length = 0;
  for (; *text; text++) {
    /* Continuation bytes begin with the bits 10. */
    if ((*text & 0xC0) != 0x80) length++;
  }
  return length;
}

bool parse_number(const char *text, int *number) {
  int value = 0;
  if (!*text) return false;
  for (; *text; text++) {
    if (!is_digit(*text)) return false;
    value = value * 10 + (*text - '0');
    if (value > 1000000) return false;
  }
  *number = value;
  return true;
}
