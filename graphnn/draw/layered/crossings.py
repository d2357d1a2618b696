"""How many arrows cross between rows, and what an exchange of neighbours would save."""

from __future__ import annotations

from bisect import bisect_right, insort

from graphnn.draw.layered.grid import Grid


def crossings(grid: Grid, place: list[int]) -> int:
    """Count the crossings between each row and the next.

    Parameters
    ----------
    grid : Grid
    place : list of int
        By item, its place in its row.

    Returns
    -------
    int
    """
    return sum(_crossings_under(grid, place, row) for row in grid.rows)


def _crossings_under(grid: Grid, place: list[int], row: list[int]) -> int:
    below = grid.below
    total = 0
    met: list[int] = []
    for item in row:
        ends = below[item]
        if len(ends) == 1:
            end = place[ends[0]]
            total += len(met) - bisect_right(met, end)
            insort(met, end)
        elif ends:
            found = sorted([place[end] for end in ends])
            for end in found:
                total += len(met) - bisect_right(met, end)
            for end in found:
                insort(met, end)
    return total


def exchange(grid: Grid, place: list[int], passes: int) -> None:
    """Exchange neighbours of one frame for as long as arrows cross less.

    Parameters
    ----------
    grid : Grid
        Its rows change.
    place : list of int
        By item, its place in its row; changes with them.
    passes : int
        How often all rows are gone through, at most.
    """
    for _ in range(passes):
        if not sum([_exchange_in(grid, place, row) for row in grid.rows]):
            return


def _exchange_in(grid: Grid, place: list[int], row: list[int]) -> int:
    above = [sorted([place[end] for end in grid.above[item]]) for item in row]
    below = [sorted([place[end] for end in grid.below[item]]) for item in row]
    saved = 0
    for left in range(len(row) - 1):
        one, other = row[left], row[left + 1]
        if grid.frame[one] != grid.frame[other]:
            continue
        over, next_over = above[left], above[left + 1]
        under, next_under = below[left], below[left + 1]
        if (not over or not next_over or over[-1] <= next_over[0]) and (
            not under or not next_under or under[-1] <= next_under[0]
        ):
            continue  # nothing crosses
        now = _pair(over, next_over) + _pair(under, next_under)
        then = _pair(next_over, over) + _pair(next_under, under)
        if then < now:
            saved += now - then
            row[left], row[left + 1] = other, one
            place[one], place[other] = left + 1, left
            for ends in (above, below):
                ends[left], ends[left + 1] = ends[left + 1], ends[left]
    return saved


def _pair(left: list[int], right: list[int]) -> int:
    """Count the crossings of two items' arrows on one side, `left` standing first."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum([len(left) - bisect_right(left, end) for end in right])
