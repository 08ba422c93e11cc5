"""Runs the tests and prints TAP. It imports what it tests, so its report is of channel `inside`: see docs/scorers.md."""

import os
import sys
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
from calendar_days import days_in_month, days_in_year, is_leap


def leap_years():
    assert is_leap(1996) and is_leap(2024)


def common_years():
    assert not is_leap(1997) and not is_leap(2023)


def centuries():
    assert not is_leap(1900)
    assert is_leap(2000)


def february():
    assert days_in_month(2000, 2) == 29
    assert days_in_month(2001, 2) == 28


def whole_year():
    assert days_in_year(2023) == 365
    assert days_in_year(2024) == 366


TESTS = [leap_years, common_years, centuries, february, whole_year]
failed = 0
print(f"1..{len(TESTS)}")
for number, test in enumerate(TESTS, 1):
    result = "ok"
    try:
        test()
    except Exception:
        result = "not ok"
        failed += 1
        traceback.print_exc()
    print(f"{result} {number} - {test.__name__.replace('_', ' ')}")
sys.exit(1 if failed else 0)
