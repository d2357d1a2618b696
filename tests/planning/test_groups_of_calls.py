"""Tiny calls that run as one give the bits that each gives alone."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn
from graphnn.planning import groups
from graphnn.planning.program import Binding
from graphnn.planning.trace import Trace
from graphnn.planning.traced import Call, Traced

SHAPES = [(), (1,), (3,), (4,), (2, 3)]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Group however few calls there are."""
    monkeypatch.setattr(groups, "FEWEST", 0)
    monkeypatch.setattr(groups, "WORTH", 0)


class Bound:
    """The passes of a graph, bound to buffers of their own."""

    def __init__(self, loss: Any, wrt: list[Any], is_grouped: bool) -> None:
        graph = loss.graph
        trace = Trace(graph, [loss], wrt, {}, False, set())
        self.leaves = {node: traced.value.copy() for node, traced in trace.leaves}
        traced = [each for each in trace.gradients if type(each) is Traced]
        self.gradients = [np.empty_like(np.asarray(each.value)) for each in traced]
        places = [(each, self.leaves[node]) for node, each in trace.leaves]
        places += list(zip(traced, self.gradients, strict=True))
        kept = [each for each in trace.outputs if type(each) is Traced]
        self.binding = Binding(trace.calls, kept, places, is_grouped)
        self.output = self.binding.place_of(trace.outputs[0])

    def run(self) -> list[bytes]:
        """Make the calls; give the bits of what they give."""
        with np.errstate(all="ignore"):
            for function, arguments in self.binding.bound:
                function(*arguments)
        return [each.tobytes() for each in (self.output, *self.gradients)]


def stepped(loss: Any, wrt: list[Any]) -> list[bytes]:
    """Run the stepped passes; give their bits."""
    with np.errstate(all="ignore"):
        loss.graph.forward(target=loss)
        loss.backward()
    grads = [node.grad for node in wrt if node.grad is not None]
    return [each.tobytes() for each in (loss.output, *grads)]


def random_graph(
    rng: np.random.Generator, count: int, dtype: Any, shapes: list[Any]
) -> tuple[Any, list[Any]]:
    """Draw a graph of many operations, of arrays of a few shapes, and its leaves."""
    leaves = [
        gn.Parameter(rng.standard_normal(shape).astype(dtype))
        for shape in shapes
        for _ in range(3)
    ]
    pools: dict[Any, list[Any]] = {shape: [] for shape in shapes}
    for leaf in leaves:
        pools[leaf.shape].append(leaf)
    for _ in range(count):
        shape = shapes[rng.integers(len(shapes))]
        pool = pools[shape][-12:]
        a, b = (pool[rng.integers(len(pool))] for _ in range(2))
        other = shapes[rng.integers(len(shapes))]
        far = pools[other][rng.integers(len(pools[other]))]
        pools[shape].append(MADE[rng.integers(len(MADE))](a, b, far))
    total: Any = 0.0
    for shape in shapes:
        for value in pools[shape][-4:]:
            total = total + np.sum(np.tanh(value))
    return total, leaves


MADE: list[Callable[[Any, Any, Any], Any]] = [
    lambda a, b, far: a + b,
    lambda a, b, far: a + b,
    lambda a, b, far: a * b,
    lambda a, b, far: a - b,
    lambda a, b, far: np.tanh(a),
    lambda a, b, far: np.tanh(a * 0.5),
    lambda a, b, far: np.exp(np.tanh(a) - 1),
    lambda a, b, far: a / (1.5 + b * b),
    lambda a, b, far: np.tanh(a) ** 2,
    lambda a, b, far: np.tanh(b) ** 3,
    lambda a, b, far: np.maximum(a, 0.0),
    lambda a, b, far: np.maximum(a, b),
    lambda a, b, far: np.sqrt(np.abs(a) + 1),
    lambda a, b, far: np.sin(a) - np.cos(b),
    lambda a, b, far: np.where(a > 0, a, b * 0.1),
    lambda a, b, far: np.reshape(np.reshape(a, -1), a.shape) + b,
    lambda a, b, far: a * np.sum(np.tanh(far)),
    lambda a, b, far: a - np.mean(b),
    lambda a, b, far: gn.ReLU()(a),
    lambda a, b, far: Leaning()(a) + b,
    lambda a, b, far: -a,
]
"""Operations of two values of one shape; and a third, of any."""


class Leaning(gn.Operation):
    """Branches on its value: it cannot be traced, and is called as a whole."""

    def _output(self) -> Any:
        return self.input_ * (2.0 if np.sum(self.input_) > 0 else 0.5)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * (2.0 if np.sum(self.input_) > 0 else 0.5)


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 120),
    dtype=st.sampled_from([np.float32, np.float64]),
    shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3, unique=True),
)
def test_random_graphs_agree_to_the_bit(
    seed: int, count: int, dtype: Any, shapes: list[Any]
) -> None:
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "FEWEST", 0)
        patch.setattr(groups, "WORTH", 0)
        loss, leaves = random_graph(rng, count, dtype, shapes)
        expected = stepped(loss, leaves)
        together, alone = Bound(loss, leaves, True), Bound(loss, leaves, False)
        assert together.binding._rows is not None
        assert alone.binding._rows is None
        for _ in range(2):  # nothing is left from the first time
            assert together.run() == alone.run() == expected
        for leaf in leaves:
            leaf.value[...] = rng.standard_normal(leaf.shape)
            for bound in (together, alone):
                if leaf in bound.leaves:  # the output depends on it
                    bound.leaves[leaf][...] = leaf.value
        expected = stepped(loss, leaves)
        assert alone.run() == expected
        assert together.run() == expected


def tiny_nodes(pairs: int, shape: Any = (4,)) -> tuple[Any, list[Any]]:
    """Make a graph of sums and products of values used before, and their tanh."""
    rng = np.random.default_rng(8)
    leaves = [
        gn.Parameter(rng.standard_normal(shape).astype(np.float32)) for _ in range(20)
    ]
    values: list[Any] = [*leaves]
    for _ in range(pairs):
        a, b = (values[-rng.integers(1, 100) :][0] for _ in range(2))
        values.append(np.tanh(a + b if rng.random() < 0.5 else a * b))
    return np.sum(values[-1]), leaves


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 5)])
def test_thousands_of_tiny_nodes_take_a_few_calls(shape: Any) -> None:
    loss, leaves = tiny_nodes(1500, shape)
    together, alone = Bound(loss, leaves, True), Bound(loss, leaves, False)
    assert together.run() == alone.run() == stepped(loss, leaves)
    assert len(alone.binding.bound) > 8 * len(together.binding.bound)


def test_an_ordinary_network_is_left_as_it_is() -> None:
    network = gn.NeuralNetwork(
        [gn.Dense(8, "tanh"), gn.Dense(1)], gn.MeanSquaredError(), seed=1
    )
    network.train_batch(np.ones((4, 3)), np.ones((4, 1)))
    bound = Bound(network.loss, list(network.parameters), True)
    assert bound.binding._rows is None
    assert bound.binding.made_at_once == {}


def test_a_long_chain_is_left_as_it_is() -> None:
    x = value = gn.Parameter(np.ones(4))
    for _ in range(800):
        value = np.tanh(value * 0.5)
    bound = Bound(np.sum(value), [x], True)
    assert bound.binding._rows is None


@pytest.mark.usefixtures("always")
def test_a_value_used_twice_by_one_call() -> None:
    x, y = gn.Parameter(np.arange(3.0)), gn.Parameter(np.arange(3.0) - 1)
    loss = np.sum(x * x + y * y + x * y)
    bound = Bound(loss, [x, y], True)
    assert bound.run() == stepped(loss, [x, y])
    assert bound.gradients[0].tolist() == [-1.0, 2.0, 5.0]


@pytest.mark.usefixtures("always")
def test_a_leaf_that_is_the_target_and_its_gradient() -> None:
    x = gn.Parameter(np.array(3.0))
    graph = (x * x).graph
    trace = Trace(graph, [x], [x], {}, False, set())
    places = [(traced, traced.value) for _, traced in trace.leaves]
    binding = Binding(trace.calls, [trace.outputs[0]], places)
    for function, arguments in binding.bound:
        function(*arguments)
    assert binding.place_of(trace.outputs[0]) == 3.0


@pytest.mark.usefixtures("always")
def test_calls_of_another_kind_stand_between_groups() -> None:
    x = gn.Parameter(np.arange(6.0).reshape(2, 3))
    parts = [np.tanh(x[0] * x[1]), np.tanh(x[1, ::-1] + x[0])]
    middle = np.cumsum(parts[0]) + parts[1]
    loss = np.sum(np.tanh(np.reshape(middle, (1, 3))) @ np.ones((3, 1)))
    bound = Bound(loss, [x], True)
    assert bound.run() == stepped(loss, [x])
    assert len(bound.binding.made_at_once) > 0


@pytest.mark.usefixtures("always")
def test_hooks_that_are_called_keep_their_order() -> None:
    """Each draws from one stream of numbers."""
    stream = np.random.default_rng(1)
    x = gn.Parameter(np.arange(3.0))

    class Noisy(gn.Operation):
        def _output(self) -> Any:
            if np.sum(self.input_) > -1:  # it cannot be traced
                self.noise = stream.random(3)
            return self.input_ * self.noise

        def _input_grad(self, output_grad: Any) -> Any:
            return output_grad * self.noise

    first = Noisy()(np.tanh(np.tanh(x)))
    second = Noisy()(x)  # is ready earlier, and more waits for it
    for _ in range(5):
        second = np.tanh(second)
    loss = np.sum(first + second)
    bound = Bound(loss, [x], True)
    stream.bit_generator.state = np.random.default_rng(5).bit_generator.state
    given = bound.run()
    stream.bit_generator.state = np.random.default_rng(5).bit_generator.state
    assert given == stepped(loss, [x])


@pytest.mark.usefixtures("always")
def test_constants_of_each_sort() -> None:
    x = gn.Parameter(np.array([0.5, -1.0, 2.0], np.float32))
    y = gn.Parameter(np.array([1.5, -0.0, 2.0], np.float32))
    row = np.array([1.0, 2.0, 3.0], np.float32)
    made = [x * 0.0, y * -0.0, x * row, y * row, x + np.float32(1), y + 1, 1 - x, 1 - y]
    made += [x**2, y**2, x**3, y**3, (x + 3) ** -1, (y + 3) ** -1, x**1, y**1]
    made += [np.where(x > 0, x, 0), np.where(y > 0, y, 0), x + 10**30, y + 10**30]
    loss = np.sum(sum(made[1:], made[0]))
    bound = Bound(loss, [x, y], True)
    assert bound.run() == stepped(loss, [x, y])


@pytest.mark.usefixtures("always")
def test_a_bound_call_is_that_of_its_first_call_and_tells_how_many_it_makes() -> None:
    x, y = gn.Parameter(np.arange(3.0)), gn.Parameter(np.arange(3.0))
    first, second = np.tanh(x), np.tanh(y)
    binding = Bound(np.sum(first * second), [], True).binding
    (place,) = [
        place
        for place, (function, _) in enumerate(binding.bound)
        if function is np.tanh
    ]
    call: Any = binding.made_for[place]
    assert call.owner.node is first
    assert binding.made_at_once[place] == 2


def test_a_plan_keeps_the_first_call_of_a_group_and_not_the_others() -> None:
    loss, leaves = tiny_nodes(1500)
    written_down = len(Trace(loss.graph, [loss], leaves, {}, False, set()).calls)
    plan = loss.graph.plan(loss, gradients_of=loss.graph.parameters)
    gc.collect()
    kept = [each for each in gc.get_objects() if type(each) in (Call, Traced)]
    assert len(kept) < written_down / 2
    assert ", and " in plan.source()
    assert plan.run().tobytes() == stepped(loss, leaves)[0]


def test_an_error_in_a_group_names_the_first_node() -> None:
    loss, leaves = tiny_nodes(1500)
    plan = loss.graph.plan(loss, gradients_of=loss.graph.parameters)
    for leaf in leaves:
        leaf.value[...] = 1e30
    with (
        np.errstate(over="raise"),
        pytest.raises(FloatingPointError, match="overflow") as caught,
    ):
        plan.run()
    assert "test_groups_of_calls.py" in "".join(caught.value.__notes__)


def test_memory_counts_the_rows() -> None:
    loss, leaves = tiny_nodes(1500)
    rows = sum(block.nbytes for block in Bound(loss, leaves, True).binding._rows.blocks)
    assert Bound(loss, leaves, True).binding.memory.bytes > rows > 1500 * 16
