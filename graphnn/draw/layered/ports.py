"""Where arrows touch boxes: under what they come from, and apart from one another."""

from __future__ import annotations

APART = 9.0
"""Between two arrows at one side of a box, if there is room."""


def spread(wishes: list[float], weights: list[int], reach: float) -> list[float]:
    """Put points apart on a side, as near to where they would be as can be.

    Parameters
    ----------
    wishes : list of float
        Where they would be, off the middle of the side, in rising order.
    weights : list of int
        How much it matters.
    reach : float
        How far off the middle they may be.

    Returns
    -------
    list of float

    Examples
    --------
    >>> spread([0.0], [1], 20.0), spread([-90.0, 0.0, 0.0], [1, 8, 1], 20.0)
    ([0.0], [-20.0, -1.0, 8.0])
    """
    count = len(wishes)
    reach = max(0.0, reach)
    apart = min(APART, 2 * reach / (count - 1)) if count > 1 else 0.0
    # Less the least distances, they only have to rise: neighbours that do not are
    # pooled at their mean.
    pools: list[tuple[float, float, int]] = []
    for index, (wish, weight) in enumerate(zip(wishes, weights, strict=True)):
        goal = min(max(wish, -reach), reach) - index * apart
        total, heavy, members = goal * weight, float(weight), 1
        while pools and pools[-1][0] / pools[-1][1] >= total / heavy:
            other, more, size = pools.pop()
            total, heavy, members = total + other, heavy + more, members + size
        pools.append((total, heavy, members))
    found: list[float] = []
    for total, heavy, members in pools:
        for _ in range(members):
            place = min(max(total / heavy, -reach), reach - (count - 1) * apart)
            found.append(place + len(found) * apart)
    return found
