"""Half-open ranges of group numbers: every village, township and county is one of them."""

from collections.abc import Iterable, Sequence

Ranges = tuple[tuple[int, int], ...]


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort half-open ranges and join those that meet."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def runs(numbers: Iterable[int]) -> Ranges:
    """Join numbers into half-open ranges."""
    return merged((no, no + 1) for no in numbers)


def contain(outer: Sequence[tuple[int, int]], inner: Iterable[Sequence[int]]) -> bool:
    """Say whether every one of the inner ranges lies whole in one of the outer, merged ones."""
    return all(any(start <= a and b <= end for start, end in outer) for a, b in inner)


def meet(some: Iterable[Sequence[int]], others: Sequence[tuple[int, int]]) -> bool:
    """Say whether any range of the one meets any of the other."""
    return any(a < end and start < b for a, b in some for start, end in others)


def common(some: Iterable[tuple[int, int]], others: Sequence[tuple[int, int]]) -> Ranges:
    """Give the ranges that lie in both."""
    return merged((max(a, start), min(b, end)) for a, b in some for start, end in others if a < end and start < b)


def hold(ranges: Sequence[tuple[int, int]], no: int) -> bool:
    """Say whether a number lies in one of the ranges."""
    return any(start <= no < end for start, end in ranges)


def whole(ranges: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Give the one range from the first to the last of merged ranges, which may lie apart; None for none."""
    return (ranges[0][0], ranges[-1][1]) if ranges else None
