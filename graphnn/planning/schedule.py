"""In which order calls are made, so that those of one kind come together."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence


def schedule(
    kinds: Sequence[int], needs: Sequence[Sequence[int]]
) -> Iterator[tuple[int, list[int]]]:
    """Put tasks in order, all that are ready and of one kind at a time.

    Of the kinds that are ready, the one goes first of which a task has the longest
    chain of tasks behind it (list scheduling by critical path [1]_): a kind that nobody
    waits for goes on gathering tasks.

    Parameters
    ----------
    kinds : sequence of int
        The kind of each task.
    needs : sequence of sequences of int
        For each task the tasks, with smaller numbers, that come before it.

    Yields
    ------
    kind : int
    tasks : list of int
        None of which needs another.

    References
    ----------
    .. [1] T. C. Hu, "Parallel sequencing and assembly line problems", Operations
       Research 9 (6), 1961.

    Examples
    --------
    Two sums, of which the second waits for a product; and a product that can wait:

    >>> list(schedule([0, 1, 1, 0], [(), (), (), (1,)]))
    [(1, [1, 2]), (0, [0, 3])]
    """
    behind: list[list[int]] = [[] for _ in kinds]
    missing = [len(each) for each in needs]
    for task, before in enumerate(needs):
        for other in before:
            behind[other].append(task)
    height = [0] * len(kinds)
    for task in range(len(kinds) - 1, -1, -1):
        tallest = 0
        for other in behind[task]:
            if height[other] > tallest:
                tallest = height[other]
        height[task] = tallest + 1
    ready: dict[int, list[int]] = {}
    tallest_of: dict[int, int] = {}
    heap: list[tuple[int, int]] = []
    free = [task for task, count in enumerate(missing) if not count]
    while True:
        for task in free:
            kind, own = kinds[task], height[task]
            if kind not in ready:
                ready[kind] = [task]
            else:
                ready[kind].append(task)
                if own <= tallest_of[kind]:
                    continue
            tallest_of[kind] = own
            heapq.heappush(heap, (-own, kind))
        while heap:
            own, kind = heapq.heappop(heap)
            if kind in ready and tallest_of[kind] == -own:
                break
        else:
            return
        tasks = sorted(ready.pop(kind))
        yield kind, tasks
        free = []
        for task in tasks:
            for other in behind[task]:
                missing[other] -= 1
                if not missing[other]:
                    free.append(other)
