#include "kit.h"

unsigned gcd(unsigned a, unsigned b) {
  while (b != 0) {
    unsigned rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static int divided_up(int a, int b) { return (a + b - 1) / b; }

int pages(int items, int per_page) {
  if (items <= 0 || per_page <= 0) return 0;
  return divided_up(items, per_page);
}

unsigned power(unsigned base, unsigned exponent, unsigned modulus) {
  unsigned long long square = base % modulus;
  unsigned long long result = 1 % modulus;
  while (exponent > 0) {
    if (exponent & 1) result = result * square % modulus;
    square = square * square % modulus;
    exponent >>= 1;
  }
  return (unsigned)result;
}
