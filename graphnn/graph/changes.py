"""A clock that ticks where something changes that a plan may have been made for.

Settings of nodes, layers and optimizers, hooks, what is frozen: to look at all of that
before each pass would take longer than a small pass. Whoever keeps the time of the last
look need not look again before the clock has gone on.
"""

from __future__ import annotations


class Clock:
    """Counts the changes in this process.

    Attributes
    ----------
    time : int
    """

    __slots__ = ("time",)

    def __init__(self) -> None:
        self.time = 0

    def tick(self) -> None:
        """Note a change. Two at once may count as one: it is another time then, too."""
        self.time += 1


CHANGES = Clock()
