"""All that is ready and of one kind comes together, and nothing before its needs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphnn.planning.schedule import schedule


@given(st.integers(0, 2**32 - 1), st.integers(0, 200), st.integers(1, 5))
def test_every_task_comes_once_and_after_its_needs(
    seed: int, count: int, kinds: int
) -> None:
    rng = np.random.default_rng(seed)
    needs = [
        rng.integers(0, task, rng.integers(0, 4) if task else 0).tolist()
        for task in range(count)
    ]
    kind_of = rng.integers(0, kinds, count).tolist()
    done: set[int] = set()
    for kind, tasks in schedule(kind_of, needs):
        assert {kind_of[task] for task in tasks} == {kind}
        for task in tasks:
            assert done.issuperset(needs[task])
        assert done.isdisjoint(tasks)
        assert tasks == sorted(set(tasks))
        done.update(tasks)
    assert done == set(range(count))


def test_it_waits_with_what_nobody_waits_for() -> None:
    """Three pairs, a product and a sum: the sums go as one although two could early."""
    kinds = [0, 1, 0, 1, 0, 1]
    needs = [[], [0], [0], [2], [2], [4]]
    assert list(schedule(kinds, needs)) == [
        (0, [0]),
        (0, [2]),
        (0, [4]),
        (1, [1, 3, 5]),
    ]


def test_a_chain_of_20_000() -> None:
    needs = [[task - 1] if task else [] for task in range(20_000)]
    order = [task for _, (task,) in schedule([0] * 20_000, needs)]
    assert order == list(range(20_000))
