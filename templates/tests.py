"""Runs the tests and prints TAP. It imports what it tests, so its report is of channel `inside`: see docs/scorers.md."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
from calendar_days import days_in_month, days_in_year, is_leap

TESTS = {
    "leap years": lambda: [is_leap(1996), is_leap(2024)] == [True, True],
    "common years": lambda: [is_leap(1997), is_leap(2023)] == [False, False],
    "centuries": lambda: [is_leap(1900), is_leap(2000)] == [False, True],
    "february": lambda: [days_in_month(2000, 2), days_in_month(2001, 2)] == [29, 28],
    "whole year": lambda: [days_in_year(2023), days_in_year(2024)] == [365, 366],
}

failed = 0
print(f"1..{len(TESTS)}")
for number, (name, test) in enumerate(TESTS.items(), 1):
    try:
        passed = test()
    except Exception as error:
        passed = False
        print(f"# {error!r}")
    failed += not passed
    print(f"{'ok' if passed else 'not ok'} {number} - {name}")
sys.exit(1 if failed else 0)
