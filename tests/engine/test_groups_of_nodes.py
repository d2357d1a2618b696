"""Very many tiny nodes: what runs in groups gives the bits of the walk."""

import copy
import gc
import itertools
import pickle
import weakref

import numpy as np
import pytest

import graphnn as gn
from graphnn.engine import groups
from graphnn.engine.rows import places_of
from graphnn.graph.node import IDS
from graphnn.ops.elementwise import Multiply

TWO = [np.add, np.subtract, np.multiply]
ONE = [
    np.tanh,
    np.negative,
    lambda x: np.square(np.tanh(x)),
    np.positive,
    lambda x: np.abs(np.tanh(x)),
    lambda x: x * 0.3,
    lambda x: np.tanh(1 - x),
    lambda x: x / 3.7,
    lambda x: 0.1 / (x * x + 2),
]


def same_bits(one, other):
    if one is None or other is None:
        return one is other
    return (
        type(one) is type(other)
        and one.dtype == other.dtype
        and one.shape == other.shape
        and one.tobytes() == other.tobytes()
    )


def gradients(graph, leaves):
    nodes = [n for n in graph.nodes if n.kind == "operation"]
    return (
        {n.id: n.output_grad for n in [*nodes, *leaves]},
        {n.id: n.input_grads for n in nodes},
        {p.id: p.grad for p in graph.parameters},
    )


def compare(target, output_grad=None, **settings):
    """Run the pass step by step and to its end; the gradients are to be the same."""
    graph = target.graph
    leaves = [n for n in graph.nodes if n.kind in ("parameter", "input")]
    for _ in graph.backward_steps(target, output_grad, **settings):
        pass
    outputs, inputs, params = gradients(graph, leaves)
    graph.backward(target, output_grad, **settings)
    again, handed, grads = gradients(graph, leaves)
    for node in graph.nodes:
        if node.id in outputs:
            assert same_bits(outputs[node.id], again[node.id]), node
        if node.id in params:
            assert same_bits(params[node.id], grads[node.id]), node
        if node.id in inputs:
            one, other = inputs[node.id], handed[node.id]
            assert (one is None) == (other is None), node
            assert all(map(same_bits, one or (), other or ())), node


@pytest.fixture
def runs(monkeypatch):
    """Note how many nodes each run had, and in how many groups."""
    found = []
    reverse_run = groups.reverse_run

    def noted(nodes, *arguments):
        run = reverse_run(nodes, *arguments)
        found.append((len(nodes), run and len(run.rows.groups)))
        return run

    monkeypatch.setattr(groups, "reverse_run", noted)
    return found


def leaves_of(rng, shape, dtype, count=20):
    return [
        gn.Parameter(rng.uniform(0.5, 1.5, shape).astype(dtype)) for _ in range(count)
    ]


def grow(rng, values, count, window=3000, strange=0.0):
    """Add operations on random earlier values; now and then one that is no part."""
    others = [
        lambda x: np.exp(x * 0.1),
        lambda x: np.maximum(x, 0.0),
        lambda x: x + 1.0,
    ]
    positive = values[:20]
    for _ in range(count):
        a, b = [values[-i] for i in rng.integers(1, min(len(values), window), 2)]
        if rng.random() < strange:
            values.append(others[rng.integers(len(others))](a))
        elif rng.random() < 0.5:
            values.append(np.tanh(TWO[rng.integers(len(TWO))](a, b)))
        elif rng.random() < 0.5:
            leaf = positive[rng.integers(len(positive))]
            values.append(
                (a / leaf, np.sqrt(leaf), np.reciprocal(leaf))[rng.integers(3)]
            )
        else:
            values.append(ONE[rng.integers(len(ONE))](a))
    return values


def total(values):
    """Add the last values up, in a tree, so that all of them are needed."""
    ends = values[-512:]
    while len(ends) > 1:
        ends = [a + b for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return ends[0]


@pytest.mark.parametrize("shape", [(), (4,), (1,), (64,), (0,)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_random_graphs(runs, shape, dtype):
    rng = np.random.default_rng(len(shape) + np.dtype(dtype).itemsize)
    values = grow(rng, leaves_of(rng, shape, dtype), 5000)
    compare(np.sum(total(values)))
    ((nodes, parts),) = runs
    assert nodes > groups.MANY
    assert parts < nodes / 8


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_with_other_operations_in_between(runs, seed):
    rng = np.random.default_rng(seed)
    values = leaves_of(rng, (3,), np.float64)
    for trainable, leaf in zip(rng.random(len(values)) < 0.7, values, strict=True):
        leaf.trainable = bool(trainable)
    for _ in range(2):
        grow(rng, values, 4000)
        grow(rng, values, 30, strange=0.5)
    target = total(values)
    order = target.graph.order(target)
    interior = next(n for n in order[len(order) // 2 :] if n.kind == "operation")
    compare(target, rng.standard_normal(3), wrt=[interior, order[0]])
    assert any(parts for _, parts in runs)


def test_gradients_that_are_added_to(runs):
    rng = np.random.default_rng(1)
    values = grow(rng, leaves_of(rng, (), np.float64), 5000)
    target = total(values)
    target.backward()
    first = values[0].grad.copy()
    target.graph.backward(target, accumulate=True)
    assert values[0].grad == first + first
    assert all(parts for _, parts in runs)


def test_gradients_of_interior_nodes_that_are_added_to(runs):
    target = wide(np.random.default_rng(0))
    interior = target.inputs[0].inputs[1]
    target.graph.backward(target, [1.0, 2.0], wrt=interior)
    target.graph.backward(target, [1.0, 2.0], wrt=interior, accumulate=True)
    assert interior.grad.tolist() == [2.0, 4.0]
    assert interior.grad.base is None
    assert all(parts for _, parts in runs)


def test_sums_are_added_up_in_the_order_of_the_walk(runs):
    # 1e16 + 1 - 1e16 depends on the order; each product is handed on to both inputs
    rng = np.random.default_rng(2)
    w = gn.Parameter(rng.standard_normal(4))
    values = [
        w * gn.Parameter(x) for x in rng.choice([1e16, 1.0, -1e16, 3.0], (512, 4))
    ]
    values += [w * w for _ in range(512)]
    while len(values) > 1:
        values = [a + b for a, b in zip(values[::2], values[1::2], strict=True)]
    runs.clear()
    compare(values[0], np.ones(4))
    assert runs[0][1]


def test_the_same_input_twice():
    rng = np.random.default_rng(3)
    values = [x * x + x for x in leaves_of(rng, (2,), np.float64, 600)]
    values = [a * a * b - a for a, b in zip(values, values[::-1], strict=True)]
    while len(values) > 1:
        odd = values[-1:] * (len(values) % 2)
        values = [a + b for a, b in zip(values[::2], values[1::2], strict=False)] + odd
    compare(values[0], [1.0, -2.0])


# -- who runs in groups ----------------------------------------------------------------
def wide(rng, kind=np.float64, count=513, shape=(2,)):
    """Give the sum of many products of parameters."""
    leaves = leaves_of(rng, shape, kind, count)
    values = [np.tanh(x * y) for x, y in itertools.pairwise(leaves)]
    while len(values) > 1:
        values = [a + b for a, b in zip(values[::2], values[1::2], strict=True)]
    return values[0]


def calls_of(monkeypatch):
    shapes = []
    hook = Multiply._left_grad

    def noted(self, output_grad):
        shapes.append(output_grad.shape)
        return hook(self, output_grad)

    monkeypatch.setattr(Multiply, "_left_grad", noted)
    return shapes


def test_a_hook_is_called_once_for_many(monkeypatch):
    target = wide(np.random.default_rng(0))
    shapes = calls_of(monkeypatch)
    target.graph.backward(target, [1.0, 1.0])
    assert shapes == [(512, 2)]


@pytest.mark.parametrize("who", ["steps", "hook of a node", "hook", "watcher"])
def test_with_somebody_looking_each_node_runs_by_itself(monkeypatch, who):
    from graphnn.graph.watching import Watcher, watched_by

    target = wide(np.random.default_rng(0))
    graph, seed = target.graph, [1.0, 1.0]
    shapes = calls_of(monkeypatch)
    if who == "steps":
        list(graph.backward_steps(target, seed))
    elif who == "watcher":
        with watched_by(Watcher()):
            graph.backward(target, seed)
    else:
        (graph if who == "hook" else target).on_backward(lambda step: None)
        graph.backward(target, seed)
    assert shapes == [(2,)] * 512


def test_a_few_nodes_run_by_themselves(runs):
    target = wide(np.random.default_rng(0), count=65)
    compare(target, [1.0, 1.0])
    assert runs == []


def test_a_chain_runs_node_by_node(runs):
    y = x = gn.Parameter(np.ones(3))
    for _ in range(2000):
        y = np.tanh(y * x)
    compare(np.sum(y))
    assert runs == [(4000, None)]


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [(np.float64, (65,)), (np.float64, (2, 2)), (np.complex128, (2,))],
)
def test_what_does_not_fit_is_left_to_the_walk(runs, dtype, shape):
    target = wide(np.random.default_rng(0), dtype, shape=shape)
    compare(target, np.ones(shape, dtype))
    assert [parts for _, parts in runs] == [None]


def test_two_dtypes_and_two_shapes_are_left_to_the_walk(monkeypatch):
    rng = np.random.default_rng(0)
    for other in (np.ones(2, np.float32), np.ones(1)):
        target = wide(rng) * gn.Parameter(other)
        shapes = calls_of(monkeypatch)
        target.graph.backward(target, [1.0, 1.0])
        assert (512, 2) not in shapes
        monkeypatch.undo()
        compare(target, [1.0, 1.0])


class Slower(gn.Tanh):
    """A user's own variation: its hook looks at one node."""

    def _input_grad(self, output_grad):
        assert output_grad.shape == (2,)
        return super()._input_grad(output_grad) / np.max(self.output)


def test_a_users_variation_runs_node_by_node(runs):
    rng = np.random.default_rng(0)
    slower = Slower()
    values = [slower(x) for x in leaves_of(rng, (2,), np.float64, 512)]
    while len(values) > 1:
        values = [a + b for a, b in zip(values[::2], values[1::2], strict=True)]
    compare(values[0], [1.0, 1.0])
    assert runs[0][1]  # the sums


def test_what_no_gradient_reaches():
    rng = np.random.default_rng(0)
    signs = wide(rng)  # the sign of a number has no gradient
    compare(np.copysign(wide(rng), signs), [1.0, 1.0])
    compare(wide(rng) + np.where(signs > 1.0, 2.0, signs), [1.0, 1.0])
    compare(wide(rng) + gn.stop_gradient(signs), [1.0, 1.0])


def test_a_value_of_another_pass():
    """A node that was called alone has another value than its consumers have seen."""
    target = wide(np.random.default_rng(0))
    multiply = next(n for n in target.graph.nodes if isinstance(n, Multiply))
    multiply.forward([2.0, 3.0], [4.0, 5.0])
    compare(target, [1.0, 1.0])


def test_a_layout_that_an_addition_hands_on():
    class Reader(gn.Operation):
        def _output(self):
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            return output_grad * float(output_grad.flags.c_contiguous)

    start = Reader()(gn.Parameter(np.ones(2)))
    compare(np.sum(wide(np.random.default_rng(0)) + start))


@pytest.mark.parametrize("spread", [1, 3, 1000])
def test_places_of_ids_that_lie_close_together_or_far_apart(spread):
    ids = 7 + spread * np.arange(20)
    wanted = np.array(
        [6, 0, 7, 7 + spread * 19, 8 + spread * 19, 10**9, -1, 7 + spread]
    )
    assert places_of(wanted, ids).tolist() == [20, 20, 0, 19, 20, 20, 20, 1]
    assert places_of(wanted, ids[:0]).tolist() == [0] * 8


def test_ids_that_lie_far_apart(runs):
    rng = np.random.default_rng(5)
    values = leaves_of(rng, (2,), np.float64, 512)
    while len(values) > 1:
        for _ in range(5000):
            next(IDS)
        values = [a * b for a, b in zip(values[::2], values[1::2], strict=True)]
    values = [np.tanh(values[0] * x) for x in leaves_of(rng, (2,), np.float64, 512)]
    compare(total(values), [1.0, 1.0])
    assert runs[0][1]


# -- when something goes wrong ---------------------------------------------------------
def test_an_error_is_that_of_the_node(monkeypatch):
    target = wide(np.random.default_rng(0))
    graph = target.graph
    graph.backward(target, [1.0, 1.0])
    before = gradients(graph, [])
    marked = next(n for n in graph.nodes if isinstance(n, Multiply))
    hook = Multiply._left_grad

    def failing(self, output_grad):
        if self is marked or output_grad.ndim > 1:
            raise ValueError("as it happens")
        return hook(self, output_grad)

    monkeypatch.setattr(Multiply, "_left_grad", failing)
    with pytest.raises(ValueError, match="as it happens") as caught:
        graph.backward(target, [1.0, 1.0])
    assert marked.describe() in caught.value.__notes__[0]
    after = gradients(graph, [])
    for one, other in zip(before, after, strict=True):
        assert all(one[key] is other[key] for key in one)


@pytest.mark.parametrize("wrong", [np.float32(0), np.zeros(3), None])
def test_a_wrong_gradient_is_found(monkeypatch, wrong):
    target = wide(np.random.default_rng(0))
    monkeypatch.setattr(Multiply, "_left_grad", lambda self, output_grad: wrong)
    if wrong is None:
        target.graph.backward(target, [1.0, 1.0])
        assert target.graph.parameters[-1].grad is not None
    else:
        with pytest.raises(gn.GradientShapeError, match="multiply"):
            target.graph.backward(target, [1.0, 1.0])


def test_a_floating_point_error_is_that_of_the_node():
    rng = np.random.default_rng(0)
    target = wide(rng) * (gn.Parameter([1e200, 1.0]) * 1e100)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError) as caught:
        target.graph.backward(target, [1e300, 1.0])
    assert "input shapes: (2,), (2,)" in caught.value.__notes__[0]


# -- what is left behind ---------------------------------------------------------------
def test_gradients_of_interior_nodes_are_there_when_asked_for(runs):
    target = wide(np.random.default_rng(0))
    graph = target.graph
    graph.backward(target, [1.0, 2.0])
    assert runs[0][1]
    twin = copy.deepcopy(target)
    read = pickle.loads(pickle.dumps(graph))
    for nodes in (graph.nodes, twin.graph.nodes, read.nodes):
        assert all(n.output_grad is not None for n in nodes)
        assert nodes[-1].output_grad.tolist() == [1.0, 2.0]


def test_gradients_are_kept_when_graphs_meet():
    one, other = [wide(np.random.default_rng(i)) for i in range(2)]
    one.graph.backward(one, [1.0, 1.0])
    other.graph.backward(other, [2.0, 1.0])
    node = one.inputs[0]
    one + other
    assert node.output_grad.tolist() == [1.0, 1.0]
    assert other.inputs[0].output_grad.tolist() == [2.0, 1.0]


def test_a_gradient_that_was_given_is_handed_back():
    target = wide(np.random.default_rng(0))
    seed = np.array([1.0, 2.0])
    target.graph.backward(target, seed)
    assert target.output_grad is seed


def test_each_gradient_of_a_parameter_is_an_array_of_its_own():
    target = wide(np.random.default_rng(0))
    target.graph.backward(target, [1.0, 1.0])
    parameters = target.graph.parameters
    assert all(p.grad.base is None for p in parameters)
    before = [p.output_grad.copy() for p in parameters[1:]]
    parameters[0].grad *= 2
    assert all(map(np.array_equal, before, [p.grad for p in parameters[1:]]))


def test_hooks_of_leaves_are_numbered_as_ever():
    target = wide(np.random.default_rng(0))
    told = []
    leaf = target.graph.parameters[0]
    leaf.on_backward(lambda step: told.append((step.index, step.output_grad.tobytes())))
    list(target.graph.backward_steps(target, [1.0, 1.0]))
    target.graph.backward(target, [1.0, 1.0])
    assert told[0] == told[1]


def test_a_graph_with_such_gradients_is_freed_with_the_next():
    gc.disable()
    try:
        target = wide(np.random.default_rng(0))
        target.graph.backward(target, [1.0, 1.0])
        graph = weakref.ref(target.graph)
        array = weakref.ref(target.output)
        del target
        gn.Graph()
        assert array() is None
        assert graph() is None
    finally:
        gc.enable()
