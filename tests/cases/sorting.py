"""Sample uses of sorting."""

from cases.base import Case, numbers

from graphnn.ops import sorting

ABSTRACT = {sorting.Sorting}

CASES = [
    Case(sorting.Sort, (numbers(2, 5),)),
    Case(lambda: sorting.Sort(0, kind="heapsort"), (numbers(4, 3),)),
    Case(lambda: sorting.Sort(-2, stable=True), (numbers(2, 4, 3),)),
    Case(lambda: sorting.Partition(kth=2), (numbers(2, 6),)),
    Case(lambda: sorting.Partition(0, kth=[1, 4]), (numbers(7, 2),)),
    Case(lambda: sorting.Partition(1, kth=-2), (numbers(2, 4, 3),)),
]
