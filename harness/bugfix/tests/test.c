/* The tests, in the Test Anything Protocol. Each runs in a process of its own, so that one that crashes or hangs is
   one failed test. Compared with what is fixed outside, never with what the library says of itself. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);         \
      _exit(1);                                                       \
    }                                                                 \
  } while (0)

static void lower_bounds(void) {
  static const int numbers[] = {1, 3, 3, 5, 9};
  CHECK(lower_bound(numbers, 5, 0) == 0);
  CHECK(lower_bound(numbers, 5, 3) == 1);
  CHECK(lower_bound(numbers, 5, 4) == 3);
  CHECK(lower_bound(numbers, 5, 9) == 4);
  CHECK(lower_bound(numbers, 5, 10) == 5);
  CHECK(lower_bound(numbers, 0, 1) == 0);
}

static void containing(void) {
  static const int numbers[] = {-4, 0, 2, 7};
  for (int number = -6; number < 10; number++) {
    bool expected = number == -4 || number == 0 || number == 2 || number == 7;
    CHECK(contains(numbers, 4, number) == expected);
  }
  CHECK(!contains(numbers, 0, 7));
}

static void sorting(void) {
  int numbers[] = {5, -1, 5, 9, 0, -7, 3};
  static const int sorted[] = {-7, -1, 0, 3, 5, 5, 9};
  insertion_sort(numbers, 7);
  CHECK(memcmp(numbers, sorted, sizeof sorted) == 0);
  int two[] = {2, 1, 0};
  insertion_sort(two, 2);
  CHECK(two[0] == 1 && two[1] == 2 && two[2] == 0);
}

static void sortedness(void) {
  static const int up[] = {1, 2, 2, 3}, down[] = {1, 2, 3, 2}, first[] = {2, 1, 3, 4};
  CHECK(is_sorted(up, 4) && !is_sorted(down, 4) && !is_sorted(first, 4));
  CHECK(is_sorted(down, 3) && is_sorted(first, 1) && is_sorted(first, 0));
}

static void trimmed(const char *text, const char *expected) {
  char room[32] = "................";
  strcpy(room + 1, text);
  CHECK(trim(room + 1) == strlen(expected));
  CHECK(strcmp(room + 1, expected) == 0 && room[0] == '.');
}

static void trimming(void) {
  trimmed("  a b\t\n", "a b");
  trimmed("ab", "ab");
  trimmed("\r\n x", "x");
  trimmed("x ", "x");
  trimmed("   ", "");
  trimmed("", "");
}

static void copying(void) {
  char room[8] = "#######";
  CHECK(bounded_copy(room, 4, "abcdef") == 3 && memcmp(room, "abc\0###", 8) == 0);
  CHECK(bounded_copy(room, 4, "wxyz") == 3 && memcmp(room, "wxy\0###", 8) == 0);
  CHECK(bounded_copy(room, 4, "xyz") == 3 && memcmp(room, "xyz\0###", 8) == 0);
  CHECK(bounded_copy(room, 4, "k") == 1 && strcmp(room, "k") == 0);
  CHECK(bounded_copy(room, 0, "no") == 0 && strcmp(room, "k") == 0);
}

static void code_points(void) {
  CHECK(utf8_length("") == 0 && utf8_length("plain") == 5);
  CHECK(utf8_length("h\xc3\xa9llo") == 5);
  CHECK(utf8_length("\xe2\x82\xac 5") == 3 && utf8_length("\xf0\x9f\x94\x94") == 1);
}

static void numbers_parsed(void) {
  int number = -1;
  CHECK(parse_number("0", &number) && number == 0);
  CHECK(parse_number("4071", &number) && number == 4071);
  CHECK(parse_number("000012", &number) && number == 12);
  CHECK(parse_number("1000000", &number) && number == 1000000);
  CHECK(!parse_number("1000001", &number) && !parse_number("99999999999", &number));
  CHECK(!parse_number("", &number) && !parse_number("4a", &number) && !parse_number("-1", &number));
  CHECK(!parse_number("1:", &number) && !parse_number("/1", &number) && number == 1000000);
}

static void divisors(void) {
  CHECK(gcd(12, 18) == 6 && gcd(18, 12) == 6 && gcd(7, 13) == 1);
  CHECK(gcd(0, 5) == 5 && gcd(5, 0) == 5 && gcd(1071, 462) == 21);
}

static void paging(void) {
  CHECK(pages(10, 5) == 2 && pages(11, 5) == 3 && pages(9, 5) == 2);
  CHECK(pages(1, 5) == 1 && pages(0, 5) == 0 && pages(3, 0) == 0 && pages(-2, 5) == 0);
}

static void powers(void) {
  CHECK(power(2, 10, 1000) == 24 && power(3, 0, 7) == 1 && power(5, 1, 7) == 5);
  CHECK(power(7, 560, 561) == 1 && power(10, 9, 1) == 0 && power(65536, 3, 65537) == 65536);
}

static void leap_years(void) {
  CHECK(is_leap_year(2024) && is_leap_year(2000) && is_leap_year(1600));
  CHECK(!is_leap_year(2023) && !is_leap_year(1900) && !is_leap_year(2100) && !is_leap_year(2022));
}

static void months(void) {
  CHECK(days_in_month(2023, 1) == 31 && days_in_month(2023, 2) == 28 && days_in_month(2024, 2) == 29);
  CHECK(days_in_month(2023, 4) == 30 && days_in_month(2023, 12) == 31 && days_in_month(2024, 3) == 31);
  CHECK(days_in_month(2023, 0) == 0 && days_in_month(2023, 13) == 0);
}

static void days_of_year(void) {
  CHECK(day_of_year(2023, 1, 1) == 1 && day_of_year(2023, 2, 1) == 32);
  CHECK(day_of_year(2023, 12, 31) == 365 && day_of_year(2024, 12, 31) == 366 && day_of_year(2024, 3, 1) == 61);
}

static void weekdays(void) {
  CHECK(weekday(2000, 1, 1) == 6 && weekday(1969, 7, 20) == 0 && weekday(2024, 2, 29) == 4);
  CHECK(weekday(1900, 3, 1) == 4 && weekday(1, 1, 1) == 1 && weekday(2100, 12, 31) == 5);
}

static void ring_order(void) {
  struct ring ring = {{0}, 0, 0};
  int item = 0, next = 0, expected = 0;
  for (int round = 0; round < 10; round++) {
    for (int push = 0; push < 3; push++) CHECK(ring_push(&ring, next++));
    for (int pop = 0; pop < 3; pop++) CHECK(ring_pop(&ring, &item) && item == expected++);
  }
  CHECK(!ring_pop(&ring, &item) && ring.count == 0);
}

static void ring_full(void) {
  struct ring ring = {{0}, 5, 0};
  int item = 0;
  for (int push = 0; push < ring_size; push++) CHECK(ring_push(&ring, push));
  CHECK(!ring_push(&ring, 99) && ring.count == ring_size);
  for (int pop = 0; pop < ring_size; pop++) CHECK(ring_pop(&ring, &item) && item == pop);
  CHECK(!ring_pop(&ring, &item));
}

static void hex_encoding(void) {
  static const unsigned char bytes[] = {0x00, 0x9f, 0xa0, 0xff, 0x3c};
  char text[12] = "###########";
  hex_encode(bytes, 5, text);
  CHECK(strcmp(text, "009fa0ff3c") == 0);
  hex_encode(bytes, 0, text);
  CHECK(text[0] == '\0');
}

static void hex_decoding(void) {
  unsigned char bytes[4] = {7, 7, 7, 7};
  CHECK(hex_decode("09Afa0", bytes, 3) && memcmp(bytes, "\x09\xaf\xa0\x07", 4) == 0);
  CHECK(hex_decode("Fa90", bytes, 2) && bytes[0] == 0xfa && bytes[1] == 0x90);
  CHECK(!hex_decode("0g", bytes, 1) && !hex_decode("g0", bytes, 1) && !hex_decode("0", bytes, 1));
  CHECK(!hex_decode("/0", bytes, 1) && !hex_decode("0:", bytes, 1) && !hex_decode("@0", bytes, 1));
  CHECK(!hex_decode("0G", bytes, 1) && !hex_decode("`0", bytes, 1) && !hex_decode("000", bytes, 1));
  CHECK(hex_decode("", bytes, 0));
}

static void transposing(void) {
  static const int in[] = {1, 2, 3, 4, 5, 6}, expected[] = {1, 4, 2, 5, 3, 6, 77};
  int out[] = {0, 0, 0, 0, 0, 0, 77};
  transpose(in, 2, 3, out);
  CHECK(memcmp(out, expected, sizeof expected) == 0);
}

static void traces(void) {
  static const int matrix[] = {1, 20, 30, 40, 5, 60, 70, 80, 9};
  CHECK(trace(matrix, 3) == 15 && trace(matrix, 1) == 1 && trace(matrix, 0) == 0 && trace(matrix, 2) == 41);
}

static const struct {
  const char *name;
  void (*run)(void);
} tests[] = {
  {"lower bound", lower_bounds}, {"contains", containing}, {"insertion sort", sorting}, {"is sorted", sortedness},
  {"trim", trimming}, {"bounded copy", copying}, {"utf8 length", code_points}, {"parse number", numbers_parsed},
  {"gcd", divisors}, {"pages", paging}, {"power", powers}, {"leap year", leap_years}, {"days in month", months},
  {"day of year", days_of_year}, {"weekday", weekdays}, {"ring keeps the order", ring_order},
  {"ring refuses when full", ring_full}, {"hex encode", hex_encoding}, {"hex decode", hex_decoding},
  {"transpose", transposing}, {"trace", traces},
};

int main(void) {
  int count = (int)(sizeof tests / sizeof tests[0]), failed = 0;
  printf("1..%d\n", count);
  for (int at = 0; at < count; at++) {
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
      perror("fork");
      return 2;
    }
    if (child == 0) {
      alarm(1);
      tests[at].run();
      _exit(42); /* not 0, so that an exit(0) in the library is no pass */
    }
    if (waitpid(child, &status, 0) != child) return 2;
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 42;
    failed += !passed;
    printf("%s %d - %s\n", passed ? "ok" : "not ok", at + 1, tests[at].name);
  }
  return failed ? 1 : 0;
}
