"""What is joined is made where it belongs: no copies, the same bits."""

import numpy as np
import pytest
from agreement import check_agreement

import graphnn as gn

RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.normal(size=shape)


def copies_in(plan):
    """Count the bound calls that copy or join."""
    joining = (np.concatenate, np.stack, np.copyto)
    return sum(
        getattr(function, "func", function) in joining
        for function, _ in plan._planned().bound
    )


def planned(make, *arrays):
    """Plan what `make` builds of inputs; check it on other numbers."""
    inputs = [gn.Input(f"x{i}", value=array) for i, array in enumerate(arrays)]
    node = make(*inputs)
    plan = node.graph.plan(node)
    for _ in range(2):
        feeds = {x: RNG.normal(size=x.shape).astype(x.dtype) for x in inputs}
        assert check_agreement(plan, feeds)
    return plan


JOINED = {
    "rows": (lambda a, b: np.concatenate([np.sin(a), a * b]), (3, 4)),
    "columns that lie so": (
        lambda a, b: np.concatenate([np.sin(a).T, (a * b).T], axis=1),
        (3, 4),
    ),
    "stacked": (lambda a, b: np.stack([np.sin(a), a * b, a - b]), (3, 4)),
    "stacked at the end": (
        lambda a, b: np.stack([np.sin(a).T, (a - b).T], axis=-1).T,
        (3, 4),
    ),
    "joined of joined": (
        lambda a, b: np.stack(
            [np.concatenate([a + b, a]), np.concatenate([np.cos(b), a * b])]
        ),
        (2, 3),
    ),
    "reshaped before": (
        lambda a, b: np.concatenate([(a * b).reshape(-1), np.sin(a).ravel()]),
        (3, 4),
    ),
    "products": (lambda a, b: np.concatenate([a @ b.T, b @ b.T]), (3, 4)),
    "columns between others": (
        lambda a, b: np.concatenate([np.sin(a), a * b], axis=1),
        (3, 4),
    ),
    "one twice": (lambda a, b: (lambda s: np.stack([s, b, s]))(np.sin(a)), (3, 4)),
    "read again": (
        lambda a, b: (lambda s, t: np.concatenate([s, t]).sum() + (s * s - t))(
            np.sin(a), a * b
        ),
        (3, 4),
    ),
    "a part of a value": (lambda a, b: np.concatenate([np.sin(a)[1:], b]), (3, 4)),
    "another dtype": (
        lambda a, b: np.concatenate([np.sin(a).astype(np.float32), a * b]),
        (3, 4),
    ),
    "constants": (lambda a, b: np.concatenate([np.ones((1, 4)), a - b]), (3, 4)),
    "nothing": (lambda a, b: np.concatenate([np.sin(a), b * b]), (0, 4)),
    "backwards": (lambda a, b: np.stack([np.sin(a)[::-1], a * b]), (3, 4)),
    "without an axis": (
        lambda a, b: np.concatenate([np.sin(a), a * b], axis=None),
        (3, 4),
    ),
    "of an array": (lambda a, b: np.concatenate(np.sin(a)[np.newaxis] * b), (3, 4)),
    "one row": (lambda a, b: np.concatenate([np.sin(a).T, b.T * 2], 1), (5, 1)),
}


@pytest.mark.parametrize("name", JOINED)
def test_the_same_bits(name):
    hook, shape = JOINED[name]
    planned(hook, numbers(*shape), numbers(*shape))


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("rows", 0),
        ("columns that lie so", 0),
        ("stacked", 0),
        ("joined of joined", 1),  # of the input
        ("reshaped before", 0),
        ("products", 0),
        ("one twice", 2),
        ("constants", 1),
        ("columns between others", 1),  # the joining itself
    ],
)
def test_copies(name, left):
    hook, shape = JOINED[name]
    plan = planned(
        lambda *inputs: np.sqrt(np.abs(hook(*inputs))),
        numbers(*shape),
        numbers(*shape),
    )
    assert copies_in(plan) == left


def test_it_takes_no_memory_of_its_own():
    def make(a):
        return np.sum(np.concatenate([np.sin(a), np.cos(a)]) ** 2)

    plan = planned(make, numbers(100, 50))
    joined = 8 * 200 * 50
    assert plan.memory.bytes < 2 * joined + 200, "its square is the other"


def test_its_source_runs():
    x = gn.Input("x", value=numbers(3, 4))
    node = np.sqrt(np.concatenate([np.sin(x), np.exp(x)]) ** 2)
    plan = node.graph.plan(node)
    plan.run()
    names = {"x": x.value, "np": np}
    text = plan.source()
    assert "concatenate" not in text
    exec(compile(text, "plan", "exec"), names)


def test_a_lasting_part():
    """What is given is read after what it was joined to has been overwritten."""
    x = gn.Input("x", value=numbers(3, 4))
    part = np.sin(x)
    joined = np.concatenate([part, np.cos(x)])
    last = np.exp(np.negative(joined * 2.0))
    plan = last.graph.plan([last, part])
    for _ in range(3):
        assert check_agreement(plan, {x: numbers(3, 4)})
