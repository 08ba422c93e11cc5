#include "kit.h"

bool is_leap_year(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return 0;
  if (month == 2 && is_leap_year(year)) return 29;
  return days[month - 1];
}

int day_of_year(int year, int month, int day) {
  int sum = day;
  for (int m = 1; m < month; m++) sum += days_in_month(year, m);
  return sum;
}

int weekday(int year, int month, int day) {
  /* Whole years since the year 1, whose first day was a Monday. */
  int past = year - 1;
  int days = past * 365 + past / 4 - past / 100 + past / 400 + day_of_year(year, month, day);
  return days % 7;
}
