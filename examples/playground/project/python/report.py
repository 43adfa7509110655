"""Prints a table of statistics for a file of numbers."""

import sys

from stats import mean, median, standard_deviation


def read_numbers(path):
    """One number a line; empty lines are skipped."""
    with open(path) as file:
        return [float(line) for line in file if line.strip()]


def main():
    for path in sys.argv[1:]:
        numbers = read_numbers(path)
        print(f"{path}: {len(numbers)} numbers")
        print(f"  mean   {mean(numbers):.3f}")


if __name__ == "__main__":
    main()
