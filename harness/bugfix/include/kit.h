/* A handful of small functions, as every C project has them somewhere. */
#ifndef KIT_H
#define KIT_H

#include <stdbool.h>
#include <stddef.h>

/* search.c: in ascending numbers, the first place whose number is not below the wanted one; count when none is. */
size_t lower_bound(const int *numbers, size_t count, int wanted);
bool contains(const int *numbers, size_t count, int wanted);

/* sort.c */
void insertion_sort(int *numbers, size_t count);
bool is_sorted(const int *numbers, size_t count);

/* text.c */
size_t trim(char *text); /* cuts white space at both ends, and tells the new length */
size_t bounded_copy(char *target, size_t size, const char *source); /* as much as fits, always ended; tells how much */
size_t utf8_length(const char *text); /* in code points */
bool parse_number(const char *text, int *number); /* digits only, at most a million */

/* number.c */
unsigned gcd(unsigned a, unsigned b);
int pages(int items, int per_page); /* how many pages they fill, the last one perhaps in part */
unsigned power(unsigned base, unsigned exponent, unsigned modulus);

/* date.c: months and days from 1; weekdays from 0 for Sunday */
bool is_leap_year(int year);
int days_in_month(int year, int month);
int day_of_year(int year, int month, int day);
int weekday(int year, int month, int day);

/* ring.c: a queue that never grows */
enum { ring_size = 8 };
struct ring {
  int items[ring_size];
  size_t head;
  size_t count;
};
bool ring_push(struct ring *ring, int item); /* false when it is full */
bool ring_pop(struct ring *ring, int *item); /* false when it is empty */

/* hex.c */
void hex_encode(const unsigned char *bytes, size_t count, char *text);
bool hex_decode(const char *text, unsigned char *bytes, size_t count);

/* matrix.c: rows after each other */
void transpose(const int *in, int rows, int columns, int *out);
long trace(const int *matrix, int size);

#endif
