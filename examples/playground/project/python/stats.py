"""Small statistics for lists of numbers."""

from math import sqrt


def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def variance(values):
    """The population variance."""
    center = mean(values)
    return sum((value - center) ** 2 for value in values) / len(values)


def standard_deviation(values):
    """The square root of the variance."""
    return sqrt(variance(values))


def median(values):
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
