"""Plans of every operation leave the bits that the stepped pass leaves."""

import warnings

import numpy as np
import pytest
from agreement import check_agreement, planned_wholes
from cases import CASES, joined

import graphnn as gn

BY_VALUE = {"Eig", "EigInOrder", "Eigvals"}
"""Operations of which a value decides the shape or the dtype."""


def other_numbers(case, arrays, seed):
    """Draw other numbers of the same shapes, of the operation's domain."""
    if not case.free:
        return [array[::-1].copy() if array.ndim else array for array in arrays]
    rng = np.random.default_rng(seed)
    return [rng.permutation(a.ravel()).reshape(a.shape) for a in arrays]


def built(case, dtype):
    """Build a number that depends on all that an operation gives."""
    arrays = [
        array.astype(dtype) if array.dtype.kind == "f" else np.array(array)
        for array in map(np.asarray, case.inputs)
    ]
    leaves = [gn.Input(f"x{i}", value=array) for i, array in enumerate(arrays)]
    node = joined(case.make()(*leaves))
    graph = node.graph
    parameters = [p for p in graph.parameters if p.trainable]
    if node.dtype.kind != "f":
        return np.sum(node), leaves, arrays, None
    shares = np.random.default_rng(9).normal(size=node.shape).astype(node.dtype)
    wrt = [leaf for leaf in leaves if leaf.dtype.kind in "fc"] + parameters
    return np.sum(node * shares), leaves, arrays, wrt or None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_operations(case):
    for dtype in (np.float64, np.float32):
        target, leaves, arrays, wrt = built(case, dtype)
        graph = target.graph
        for training in (False, True):
            plan = graph.plan(target, gradients_of=wrt, training=training)
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # of an empty slice
                check_agreement(plan)
                assert planned_wholes(plan) == set()
                for seed in (1, 2):
                    given = other_numbers(case, arrays, seed)
                    is_planned = None if case.operation.__name__ in BY_VALUE else True
                    feeds = dict(zip(leaves, given, strict=True))
                    check_agreement(plan, feeds, is_planned=is_planned)
                for parameter in graph.parameters:
                    parameter.value *= 0.75
                feeds = dict(zip(leaves, arrays, strict=True))
                check_agreement(plan, feeds, is_planned=is_planned)


WITH_ROWS = [c for c in CASES if all(np.size(a) and np.ndim(a) for a in c.inputs)]


@pytest.mark.parametrize("case", WITH_ROWS, ids=str)
def test_twice_the_rows_and_back(case):
    target, leaves, arrays, wrt = built(case, np.float32)
    plan = target.graph.plan(target, gradients_of=wrt)
    given = dict(zip(leaves, arrays, strict=True))
    more = {leaf: np.concatenate([a, a]) for leaf, a in given.items()}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        check_agreement(plan, given)
        if check_agreement(plan, more, is_planned=False):
            by_value = case.operation.__name__ in BY_VALUE
            for is_planned in (None,) * 3 if by_value else (True, True, True):
                check_agreement(plan, more, is_planned=is_planned)
        check_agreement(plan, given)
