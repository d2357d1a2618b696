"""Every mistake gets a clear typed error, and valid use right after it still works."""

import builtins
import copy
import pickle
import re
import sys
from pathlib import Path

import networkx
import numpy as np
import pytest

import graphnn as gn
from graphnn import errors

HERE = Path(__file__).name


def next_line():
    """Number the line after the caller's."""
    return sys._getframe(1).f_lineno + 1


def place(line):
    return f"{HERE}:{line}"


def is_builtin(kind):
    return getattr(builtins, kind.__name__, None) is kind


def snapshot(graph):
    """Copy all values and gradients of a graph."""
    return [
        copy.deepcopy(
            (n.name, n.output, n.output_grad, getattr(n, "input_grads", None))
        )
        for n in graph.nodes
    ]


def assert_same(before, after):
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_equal(one, other)


class Cube(gn.Operation):
    """What a person writes after the notebook."""

    def _output(self):
        return self.input_**3

    def _input_grad(self, output_grad):
        return output_grad * 3 * self.input_**2


@pytest.fixture
def net():
    network = gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(3)], gn.SoftmaxCrossEntropy(), seed=0
    )
    network.train_batch(*batch())
    return network


def batch(rows=8, features=5, classes=3):
    rng = np.random.default_rng(rows)
    return rng.standard_normal((rows, features)), rng.integers(0, classes, rows)


def assert_trains(network):
    before = [p.copy() for p in network.params()]
    optimizer = gn.SGD(0.1)
    gn.Trainer(network, optimizer).step(*batch())
    for p, old in zip(network.params(), before, strict=True):
        assert not np.array_equal(p, old)


@pytest.fixture
def parabola():
    """``sum(x² · w)`` after a forward and a backward pass."""
    with gn.Graph() as graph:
        x = gn.Input("x", value=[[1.0, 2.0], [3.0, 4.0]])
        w = gn.Parameter([2.0, 0.5], name="w")
        np.sum(Cube()(x) * w)
    graph.backward()
    return graph


def assert_runs(graph):
    """The graph of :func:`parabola` gives the right numbers."""
    assert float(graph.forward(x=[[1.0, 1.0], [2.0, 0.0]])) == 2 + 0.5 + 16
    graph.backward()
    np.testing.assert_array_equal(graph["w"].grad, [9.0, 1.0])


# -- the family ------------------------------------------------------------------------
EXCEPTIONS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.GraphnnError)
]


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_each_is_exported_and_documented(kind):
    assert getattr(gn, kind.__name__) is kind
    assert kind.__name__ in gn.__all__
    assert kind.__doc__


@pytest.mark.parametrize(
    "kind",
    [kind for kind in EXCEPTIONS if kind is not gn.GraphnnError],
    ids=lambda kind: kind.__name__,
)
def test_each_is_also_a_builtin_that_says_more_than_exception(kind):
    general = {Exception, BaseException, object}
    assert any(is_builtin(base) for base in kind.__mro__ if base not in general)


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        (gn.ArgumentError, ValueError),
        (gn.ShapeError, ValueError),
        (gn.GraphError, ValueError),
        (gn.GradientError, ValueError),
        (gn.GradientShapeError, gn.ShapeError),
        (gn.GradientShapeError, gn.GradientError),
        (gn.FeedError, ValueError),
        (gn.MissingNode, KeyError),
        (gn.MissingHook, NotImplementedError),
        (gn.NotRunError, RuntimeError),
        (gn.BusyError, RuntimeError),
        (gn.UnsupportedError, TypeError),
        (gn.DrawError, RuntimeError),
        (gn.MissingFolder, FileNotFoundError),
    ],
)
def test_the_builtin_that_fits(kind, fitting):
    assert issubclass(kind, fitting)


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_each_pickles_with_its_notes(kind):
    error = kind("dense_1 (Dense): 13 ≠ 14", "Turn it round.")
    error.add_note("in _output of sigmoid")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "dense_1 (Dense): 13 ≠ 14\nTurn it round."
    assert again.__notes__ == ["in _output of sigmoid"]


def test_raised_errors_pickle():
    with pytest.raises(gn.ShapeError) as caught:
        gn.WeightMultiply(np.ones((2, 3))).forward(np.ones((4, 5)))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (gn.ShapeError, str(caught.value))


# -- shapes ----------------------------------------------------------------------------
def test_shapes_that_do_not_fit_in_a_network():
    class Dense(gn.Layer):
        rows = 14

        def _setup_layer(self, input_):
            self.operations = [gn.WeightMultiply(np.ones((self.rows, self.neurons)))]

    first = gn.Dense(13)
    line = next_line()
    second = Dense(89)
    net = gn.NeuralNetwork([first, second], gn.MeanSquaredError(), seed=0)
    with pytest.raises(gn.ShapeError) as caught:
        net.forward(np.ones((64, 5)))
    headline = str(caught.value).splitlines()[0]
    assert headline == (
        f"dense_2/weight_multiply (WeightMultiply, {place(line)}): cannot multiply "
        "(64, 13) by (14, 89): the inner sizes 13 and 14 differ"
    )
    assert isinstance(caught.value, ValueError)
    assert net.graph is None

    second.rows = 13
    assert net.forward(np.ones((64, 5))).shape == (64, 89)


def test_shapes_that_do_not_fit_on_the_users_line():
    x = gn.Input("x", value=np.ones((4, 3)))
    nodes = len(x.graph)
    line = next_line()
    with pytest.raises(gn.ShapeError, match=r"\(4, 3\)") as caught:
        x @ np.ones((2, 5))
    assert str(caught.value).startswith("matmul (")
    assert place(line + 1) in str(caught.value)
    assert "inner sizes 3 and 2 differ" in str(caught.value)
    assert len(x.graph) == nodes
    assert (x @ np.ones((3, 5))).shape == (4, 5)


@pytest.mark.parametrize(
    "combine",
    [
        lambda x: x + np.ones(5),
        lambda x: np.maximum(x, np.ones((2, 2))),
        lambda x: gn.BiasAdd(np.ones((1, 7)))(x),
        lambda x: np.concatenate([x, np.ones((2, 5))]),
        lambda x: np.stack([x, np.ones((2, 5))]),
        lambda x: x.reshape(5, 5),
        lambda x: gn.MeanSquaredError()(x, np.ones((4, 1))),
        lambda x: gn.MeanSquaredError()(x, np.ones((5, 3))),
        lambda x: gn.SoftmaxCrossEntropy()(x, np.zeros(5)),
    ],
    ids=[
        "add",
        "maximum",
        "bias",
        "concatenate",
        "stack",
        "reshape",
        "columns",
        "rows",
        "labels",
    ],
)
def test_every_family_names_its_shapes(combine):
    x = gn.Input("x", value=np.ones((4, 3)))
    nodes = len(x.graph)
    with pytest.raises(gn.ShapeError, match=r"4, 3") as caught:
        combine(x)
    assert HERE in str(caught.value)
    assert len(x.graph) == nodes
    assert (x + np.ones(3)).shape == (4, 3)


def test_a_feed_that_does_not_fit_leaves_everything_as_it_was(parabola):
    before = snapshot(parabola)
    with pytest.raises(gn.ShapeError, match=r"\(2, 7\)"):
        parabola.forward(x=np.ones((2, 7)))
    assert_same(before, snapshot(parabola))
    assert_runs(parabola)


# -- arity -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("recipe", "given", "message"),
    [
        (gn.Sigmoid(), 2, "Sigmoid takes 1 input, 2 given"),
        (gn.Sigmoid(), 0, "Sigmoid takes 1 input, 0 given"),
        (Cube(), 2, "Cube takes 1 input, 2 given"),
        (gn.MeanSquaredError(), 1, "MeanSquaredError takes 2 inputs, 1 given"),
        (gn.WeightMultiply(np.ones((2, 2))), 2, "takes 1 input, 2 given"),
    ],
)
def test_wrong_arity(recipe, given, message):
    x = gn.Input("x", value=np.ones((2, 2)))
    for call in (
        lambda: recipe(*[x] * given),
        lambda: recipe.forward(*[np.ones((2, 2))] * given),
    ):
        with pytest.raises(gn.ArgumentError, match=message) as caught:
            call()
        assert isinstance(caught.value, ValueError)
    right = 2 if isinstance(recipe, gn.Loss) else 1
    assert recipe(*[x] * right).output is not None
    assert recipe.forward(*[np.ones((2, 2))] * right) is not None


def test_wrong_arity_of_a_bound_operation():
    cube = Cube()
    cube.forward(np.ones(2))
    with pytest.raises(gn.ArgumentError, match=f"Cube, {HERE}.* takes 1 input"):
        cube.forward(np.ones(2), np.ones(2))
    np.testing.assert_array_equal(cube.forward(np.array([2.0])), [8.0])


# -- graphs ----------------------------------------------------------------------------
def test_a_cycle_is_printed(parabola):
    dag = parabola.dag.copy()
    last, first = parabola["sum"].id, parabola["cube"].id
    dag.add_edge(last, first, key=1)
    with pytest.raises(gn.GraphError, match="cycle") as caught:
        gn.Graph.from_dag(dag)
    assert isinstance(caught.value, ValueError)
    headline = str(caught.value).splitlines()[0]
    for name in ("cube", "multiply", "sum"):
        assert name in headline
    names = headline.partition(": ")[2].split(" → ")
    assert names[0] == names[-1]

    dag.remove_edge(last, first, key=1)
    assert_runs(gn.Graph.from_dag(dag))
    assert_runs(parabola)


def test_a_dag_that_is_none(parabola):
    for dag in (networkx.DiGraph(), {}, None):
        with pytest.raises(gn.GraphError, match="MultiDiGraph"):
            gn.Graph.from_dag(dag)
    dag = networkx.MultiDiGraph()
    dag.add_node(7)
    with pytest.raises(gn.GraphError, match="7"):
        gn.Graph.from_dag(dag)
    assert_runs(gn.Graph.from_dag(parabola.dag))


def test_nodes_of_two_named_graphs():
    with gn.Graph("left") as left:
        x = gn.Input("x", value=[1.0])
    with gn.Graph("right") as right:
        y = gn.Input("y", value=[2.0])
    with pytest.raises(gn.GraphError, match=r"'left'.*'right'|'right'.*'left'"):
        x + y
    assert (len(left), len(right)) == (1, 1)
    assert (x.graph, y.graph) == (left, right)
    assert (x + gn.Constant(y.output)).graph is left
    assert len(right) == 1


def test_several_sinks_are_listed():
    x = gn.Input("x", value=[1.0])
    np.exp(x)
    np.tanh(x)
    with pytest.raises(gn.GraphError, match=r"exp.*tanh"):
        x.graph.forward()
    assert x.graph.forward(target="tanh", x=[0.0]) == 0


# -- feeds -----------------------------------------------------------------------------
def test_a_missing_feed():
    x, y = gn.Input("x"), gn.Input("y", value=[1.0])
    z = x + y
    with pytest.raises(gn.FeedError, match="'x'") as caught:
        z.graph.forward()
    assert isinstance(caught.value, ValueError)
    assert "'y'" not in str(caught.value)
    assert z.output is None
    assert z.graph.forward(x=[2.0]) == 3
    assert z.graph.forward(y=[5.0]) == 7  # an input keeps its last value


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ({"zz": [1.0]}, "'zz'"),
        ({"w": [1.0]}, "w"),
        ({"cube": [1.0]}, "cube"),
        ({3: [1.0]}, "int"),
        ([1.0], "list"),
        ({"x": None}, "'x'"),
        ({"x": [[1.0, 2.0], [3.0]]}, "'x'"),
        ({"x": ["a"]}, "'x'"),
        ({"x": [object()]}, "'x'"),
    ],
    ids=[
        "unknown",
        "parameter",
        "operation",
        "key",
        "list",
        "none",
        "ragged",
        "str",
        "object",
    ],
)
def test_a_wrong_feed(parabola, feeds, message):
    before = snapshot(parabola)
    with pytest.raises(gn.FeedError, match=message):
        parabola.forward(feeds)
    assert_same(before, snapshot(parabola))
    assert_runs(parabola)


@pytest.mark.parametrize("name", ["target", "training"])
def test_a_feed_called_as_a_setting(name):
    x = gn.Input(name, value=[1.0, 2.0])
    y = np.sum(x)
    with pytest.raises(gn.ArgumentError, match=f"An input called '{name}' is fed in a"):
        y.graph.forward(**{name: np.ones(2)})
    assert y.graph.forward({name: np.ones(2)}) == 2.0


def test_an_unknown_feed_suggests_the_nearest():
    features = gn.Input("features", value=[1.0])
    y = np.exp(features)
    with pytest.raises(gn.FeedError, match=r"Did you mean 'features'\?"):
        y.graph.forward(feature=[0.0])
    assert y.graph.forward(features=[0.0]) == 1


def test_a_node_of_another_graph_as_a_feed(parabola):
    with pytest.raises(gn.FeedError, match="other"):
        parabola.forward({gn.Input("other"): [1.0]})
    assert_runs(parabola)


def test_fed_twice(parabola):
    x = parabola["x"]
    before = snapshot(parabola)
    with pytest.raises(gn.FeedError, match=r"'x'.*twice"):
        parabola.forward({x: np.zeros((1, 2))}, x=np.ones((1, 2)))
    with pytest.raises(gn.FeedError, match=r"'x'.*twice"):
        parabola.forward({x: np.zeros((1, 2)), "x": np.ones((1, 2))})
    assert_same(before, snapshot(parabola))
    assert_runs(parabola)


# -- data that is none -----------------------------------------------------------------
NO_GRADIENT = {
    "integers": np.arange(3),
    "booleans": np.array([True, False]),
    "objects": np.array([1.0, None]),
    "strings": np.array(["a", "b"]),
    "none": None,
    "ragged": [[1.0, 2.0], [3.0]],
    "word": "abc",
}


@pytest.mark.parametrize("data", NO_GRADIENT.values(), ids=NO_GRADIENT)
def test_parameters_need_floats(data):
    for make in (gn.Parameter, gn.ParamOperation, gn.BiasAdd):
        with pytest.raises(gn.ArgumentError) as caught:
            make(data)
        assert isinstance(caught.value, ValueError)
    assert gn.Parameter([1, 2]).dtype == np.float64


@pytest.mark.parametrize("kind", ["objects", "strings", "ragged", "word"])
def test_no_numbers(net, kind):
    data = NO_GRADIENT[kind]
    for take in (
        lambda: gn.Input("x", value=data),
        lambda: gn.Constant(data),
        lambda: gn.Sigmoid().forward(data),
        lambda: gn.Sigmoid()(data),
        lambda: gn.Dense(2).forward(data),
        lambda: net.forward(data),
        lambda: net.train_batch(data, [0, 1]),
        lambda: net.train_batch(batch(2)[0], data),
    ):
        with pytest.raises(gn.ArgumentError):
            take()
    assert_trains(net)


def test_a_ragged_list_says_so():
    with pytest.raises(gn.ArgumentError, match="equal length"):
        gn.Input("x", value=[[1.0, 2.0], [3.0]])


def test_integers_have_no_gradient():
    x = gn.Input("x", value=np.arange(3))
    y = np.sum(x * 2)
    with pytest.raises(gn.GradientError, match="int"):
        y.backward()
    w = gn.Parameter([1.0, 2.0, 3.0])
    loss = np.sum(x * w)
    with pytest.raises(gn.GradientError, match=r"x .*int"):
        loss.graph.backward(loss, wrt=x)
    assert w.grad is None
    loss.backward()
    np.testing.assert_array_equal(w.grad, [0, 1, 2])

    sigmoid = gn.Sigmoid()
    sigmoid.forward(np.arange(3))
    with pytest.raises(gn.GradientError, match="int"):
        sigmoid.backward(np.ones(3))
    sigmoid.forward(np.arange(3.0))
    assert sigmoid.backward(np.ones(3)).shape == (3,)


def test_no_rows(net):
    empty = np.empty((0, 5))
    for take in (
        lambda: net.forward(empty),
        lambda: net.train_batch(empty, []),
        lambda: gn.Trainer(net, gn.SGD(0.1)).fit(empty, [], epochs=1, verbose=False),
        lambda: gn.MeanSquaredError().forward(empty, empty),
        lambda: gn.SoftmaxCrossEntropy().forward(empty, np.empty(0)),
        lambda: gn.accuracy(empty, []),
    ):
        with pytest.raises(gn.ShapeError, match=r"rows|\(0, 5\)"):
            take()
    assert_trains(net)


# -- backward --------------------------------------------------------------------------
def test_backward_before_forward_on_an_operation():
    cube = Cube()
    with pytest.raises(gn.NotRunError, match=r"Cube.*before forward") as caught:
        cube.backward(np.ones(2))
    assert isinstance(caught.value, RuntimeError)
    cube.forward(np.array([2.0]))
    np.testing.assert_array_equal(cube.backward(np.ones(1)), [12.0])


def test_backward_before_forward_on_a_layer():
    layer = gn.Dense(2)
    with pytest.raises(gn.NotRunError, match=r"Dense.*before forward"):
        layer.backward(np.ones((3, 2)))
    layer.forward(np.ones((3, 4)))
    assert layer.backward(np.ones((3, 2))).shape == (3, 4)


def test_backward_before_forward_on_a_network():
    net = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError())
    with pytest.raises(gn.NotRunError, match="before forward"):
        net.backward(np.ones((3, 2)))
    for look in (net.summary, net.draw, net.to_dot):
        with pytest.raises(gn.NotRunError, match="forward"):
            look()
    net.forward(np.ones((3, 4)))
    net.backward(np.ones((3, 2)))
    assert net.param_grads()[0].shape == (4, 2)


def test_backward_before_forward_on_a_graph():
    x = gn.Input("x")
    y = np.sum(Cube()(x))
    with pytest.raises(gn.NotRunError, match=r"sum .*before forward"):
        y.graph.backward(wrt=x)
    y.graph.forward(x=[1.0, 2.0])
    y.graph.backward(wrt=x)
    np.testing.assert_array_equal(x.grad, [3.0, 12.0])


def test_a_target_of_many_needs_a_gradient(parabola, net):
    cube = parabola["cube"]
    before = snapshot(parabola)
    for run in (lambda: parabola.backward(cube), cube.backward):
        with pytest.raises(gn.GradientError, match=r"cube \(Cube.*\(2, 2\)") as caught:
            run()
        assert place(cube.source.line) in str(caught.value)
        assert "output_grad" in str(caught.value)
    assert_same(before, snapshot(parabola))
    assert_runs(parabola)

    alone = Cube()
    alone.forward(np.ones(2))
    with pytest.raises(gn.GradientError, match=r"\(2,\)"):
        alone.backward()
    assert alone.backward(np.ones(2)).shape == (2,)


@pytest.mark.parametrize("shape", [(2,), (2, 3), (1, 2), (), (4,)])
def test_an_output_grad_of_the_wrong_shape(parabola, shape):
    before = snapshot(parabola)
    wrong = np.ones(shape)
    with pytest.raises(gn.GradientShapeError, match=r"\(2, 2\)") as caught:
        parabola.backward("cube", wrong, wrt="x")
    assert str(shape) in str(caught.value)
    assert f"cube (Cube, {HERE}:" in str(caught.value)
    assert_same(before, snapshot(parabola))
    assert_runs(parabola)


def test_an_output_grad_of_the_wrong_shape_on_operation_layer_network(net):
    cube, layer = Cube(), gn.Dense(2)
    cube.forward(np.ones((3, 2)))
    layer.forward(np.ones((3, 2)))
    net.forward(batch()[0])
    for node in (cube, layer, net):
        with pytest.raises(gn.GradientShapeError, match=r"\(7, 7\)"):
            node.backward(np.ones((7, 7)))
    assert cube.backward(np.ones((3, 2))).shape == (3, 2)
    assert layer.backward(np.ones((3, 2))).shape == (3, 2)
    net.backward(np.ones((8, 3)))
    assert_trains(net)


# -- a user's hooks --------------------------------------------------------------------
class Faulty(gn.Operation):
    """Does what its attributes say."""

    fault = None

    def _output(self):
        if self.fault == "output None":
            return None
        if self.fault == "output str":
            return "abc"
        if self.fault == "output object":
            return np.array([None])
        if self.fault == "output raises":
            raise ZeroDivisionError("mine")
        return self.input_ * 2

    def _input_grad(self, output_grad):
        if self.fault == "grad None":
            return None
        if self.fault == "grad shape":
            return output_grad[:1]
        if self.fault == "grad list":
            return [1.0]
        if self.fault == "grad complex":
            return output_grad * 1j
        if self.fault == "grad raises":
            raise ZeroDivisionError("mine")
        return output_grad * 2

    def _input_grads(self, output_grad):
        if self.fault == "grads None":
            return None
        if self.fault == "grads none":
            return ()
        if self.fault == "grads two":
            return output_grad, output_grad
        if self.fault == "grads array":
            return output_grad
        return super()._input_grads(output_grad)


@pytest.fixture
def faulty():
    """A parameter before and one after an operation that goes wrong at will."""
    with gn.Graph() as graph:
        x = gn.Input("x", value=np.ones((2, 3)))
        w = gn.Parameter(np.full((1, 3), 2.0), name="w")
        v = gn.Parameter(np.full((1, 3), 5.0), name="v")
        np.sum(Faulty()(x * w) * v)
    graph.backward()
    yield graph
    Faulty.fault = None


def assert_recovers(graph):
    Faulty.fault = None
    assert float(graph.forward(x=np.full((2, 3), 3.0))) == 6 * 3 * 2 * 2 * 5
    graph.backward()
    np.testing.assert_array_equal(graph["w"].grad, np.full((1, 3), 60.0))
    np.testing.assert_array_equal(graph["v"].grad, np.full((1, 3), 24.0))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("output None", "None"),
        ("output str", "str"),
        ("output object", "object"),
    ],
)
def test_output_of_no_value(faulty, fault, message):
    before = snapshot(faulty)
    Faulty.fault = fault
    with pytest.raises(gn.GradientError, match=message) as caught:
        faulty.forward(x=np.zeros((2, 3)))
    assert "Faulty._output" in str(caught.value)
    line = place(faulty["faulty"].source.line)
    assert f"faulty (Faulty, {line})" in str(caught.value)
    assert_same(before, snapshot(faulty))
    with pytest.raises(gn.GradientError, match=r"Faulty\._output"):
        Faulty().forward(np.ones(2))
    assert_recovers(faulty)


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        ("grad None", gn.GradientError, "None"),
        ("grad shape", gn.GradientShapeError, r"\(1, 3\).*\(2, 3\)"),
        ("grad list", gn.GradientError, "list"),
        ("grad complex", gn.GradientError, "complex"),
        ("grads None", gn.GradientError, "None for 1 input"),
        ("grads none", gn.GradientError, "0 gradients for 1 input"),
        ("grads two", gn.GradientError, "2 gradients for 1 input"),
        ("grads array", gn.GradientError, "ndarray for 1 input"),
    ],
)
def test_wrong_gradients(faulty, fault, kind, message):
    before = snapshot(faulty)
    Faulty.fault = fault
    with pytest.raises(kind, match=message) as caught:
        faulty.backward()
    assert "Faulty" in str(caught.value)
    line = place(faulty["faulty"].source.line)
    assert f"faulty (Faulty, {line})" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert_same(before, snapshot(faulty))

    alone = Faulty()
    alone.forward(np.ones((2, 3)))
    with pytest.raises(kind):
        alone.backward(np.ones((2, 3)))
    assert_recovers(faulty)


def test_a_wrong_parameter_gradient():
    class Scale(gn.ParamOperation):
        wrong = staticmethod(lambda gradient: None)

        def _output(self):
            return self.input_ * self.param

        def _input_grad(self, output_grad):
            return output_grad * self.param

        def _param_grad(self, output_grad):
            return self.wrong(np.sum(output_grad * self.input_, axis=0))

    scale = Scale(np.ones(3))
    scale.forward(np.ones((2, 3)))
    with pytest.raises(gn.GradientError, match=r"Scale\._param_grad returned None"):
        scale.backward(np.ones((2, 3)))
    assert scale.parameter.grad is None
    Scale.wrong = staticmethod(lambda gradient: gradient[:2])
    with pytest.raises(gn.GradientShapeError, match=r"\(2,\).*\(3,\)"):
        scale.backward(np.ones((2, 3)))
    Scale.wrong = staticmethod(lambda gradient: gradient)
    scale.backward(np.ones((2, 3)))
    np.testing.assert_array_equal(scale.param_grad, [2, 2, 2])


def test_hooks_that_are_missing():
    class Empty(gn.Operation):
        pass

    class Forward(gn.Operation):
        def _output(self):
            return self.input_

    class Bare(gn.Layer):
        pass

    with pytest.raises(gn.MissingHook, match="Empty does not define _output") as caught:
        Empty().forward(np.ones(2))
    assert isinstance(caught.value, NotImplementedError)
    forward = Forward()
    forward.forward(np.ones(2))
    with pytest.raises(gn.MissingHook, match="Forward does not define _input_grad"):
        forward.backward(np.ones(2))
    with pytest.raises(gn.MissingHook, match="Bare does not define _setup_layer"):
        Bare(2).forward(np.ones((2, 2)))


@pytest.mark.parametrize("fault", ["output raises", "grad raises"])
def test_a_users_exception_keeps_its_type_and_gains_a_note(faulty, fault):
    before = snapshot(faulty)
    Faulty.fault = fault
    runs = {
        "output raises": lambda: faulty.forward(x=np.zeros((2, 3))),
        "grad raises": faulty.backward,
    }
    with pytest.raises(ZeroDivisionError) as caught:
        runs[fault]()
    assert type(caught.value) is ZeroDivisionError
    assert str(caught.value) == "mine"
    (note,) = caught.value.__notes__
    assert f"faulty (Faulty, {place(faulty['faulty'].source.line)})" in note
    assert "(2, 3)" in note
    assert caught.traceback[-1].name in ("_output", "_input_grad")
    assert_same(before, snapshot(faulty))
    assert_recovers(faulty)


def test_a_users_value_error_stays_a_value_error():
    class Picky(gn.Operation):
        def _output(self):
            raise ValueError("not today")

    with pytest.raises(ValueError, match="not today") as caught:
        Picky().forward(np.ones(2))
    assert type(caught.value) is ValueError
    assert re.search(rf"Picky, {HERE}:\d+", caught.value.__notes__[0])


# -- arguments -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "neurons", [0, -1, True, False, 2.5, 2.0, "3", None, np.True_, np.float64(2)]
)
def test_neurons(neurons):
    for kind in (gn.Dense, gn.Layer):
        with pytest.raises(gn.ArgumentError, match="neurons") as caught:
            kind(neurons)
        assert repr(neurons) in str(caught.value)
        assert isinstance(caught.value, ValueError)
    assert gn.Dense(np.int64(2)).forward(np.ones((3, 1))).shape == (3, 2)


@pytest.mark.parametrize(
    "lr", [0, -0.1, float("nan"), float("inf"), "0.1", None, True, np.nan]
)
def test_learning_rates(lr):
    with pytest.raises(gn.ArgumentError, match="lr") as caught:
        gn.SGD(lr)
    assert isinstance(caught.value, ValueError)
    assert gn.SGD(np.float32(0.5)).lr == 0.5
    assert gn.SGD(lr=1).lr == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": -4}, "batch_size"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"epochs": -1}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"eval_every": 0}, "eval_every"),
    ],
    ids=str,
)
def test_fit_settings(net, settings, message):
    X, y = batch()
    before = copy.deepcopy(net.params())
    trainer = gn.Trainer(net, gn.SGD(0.1))
    with pytest.raises(gn.ArgumentError, match=message):
        trainer.fit(X, y, **{"epochs": 1, "verbose": False} | settings)
    np.testing.assert_equal(before, net.params())
    assert len(trainer.fit(X, y, epochs=1, verbose=False)) == 1


def test_features_and_targets_of_different_lengths(net):
    X, y = batch()
    before = snapshot(net.graph)
    trainer = gn.Trainer(net, gn.SGD(0.1))
    for take in (
        lambda: net.forward_loss(X, y[:-1]),
        lambda: net.train_batch(X[:-1], y),
        lambda: net.evaluate(X, y[:-1]),
        lambda: trainer.fit(X, y[:-1], epochs=1, verbose=False),
        lambda: trainer.fit(X, y, X, y[:-1], epochs=1, verbose=False),
        lambda: trainer.step(X, y[:-1]),
    ):
        with pytest.raises(gn.ShapeError, match=r"8 rows.*7|7 rows.*8") as caught:
            take()
        assert isinstance(caught.value, ValueError)
    assert_same(before, snapshot(net.graph))
    with pytest.raises(gn.ArgumentError, match="X_test and y_test"):
        trainer.fit(X, y, X_test=X, epochs=1, verbose=False)
    assert_trains(net)


@pytest.mark.parametrize("label", [3, -1, 1.5, np.nan, 99])
def test_labels(net, label):
    X, y = batch()
    wrong = y.astype(float)
    wrong[3] = label
    before = snapshot(net.graph)
    for targets in (wrong, wrong.reshape(-1, 1)):
        with pytest.raises(gn.ArgumentError, match="0 … 2") as caught:
            net.train_batch(X, targets)
        assert str(float(label)) in str(caught.value)
        assert "SoftmaxCrossEntropy" in str(caught.value)
        assert_same(before, snapshot(net.graph))
    fresh = gn.NeuralNetwork([gn.Dense(3)], gn.SoftmaxCrossEntropy())
    with pytest.raises(gn.ArgumentError, match="0 … 2"):
        fresh.train_batch(X, wrong)
    assert_trains(fresh)
    assert_trains(net)


def test_features_that_changed_width(net):
    before = snapshot(net.graph)
    X, y = batch(features=6)
    for take in (
        lambda: net.forward(X),
        lambda: net.predict(X),
        lambda: net.train_batch(X, y),
        lambda: gn.Trainer(net, gn.SGD(0.1)).fit(X, y, epochs=1, verbose=False),
    ):
        with pytest.raises(gn.ShapeError, match=r"\(8, 6\).*\(5,\)"):
            take()
    assert_same(before, snapshot(net.graph))
    assert_trains(net)

    layer = gn.Dense(2)
    layer.forward(np.ones((3, 4)))
    with pytest.raises(gn.ShapeError, match="inner sizes 5 and 4 differ"):
        layer.forward(np.ones((3, 5)))
    assert layer.forward(np.ones((6, 4))).shape == (6, 2)
    with pytest.raises(gn.ShapeError, match=r"\(4,\)"):
        gn.Dense(2).forward(np.ones(4))


def test_an_unknown_activation():
    with pytest.raises(
        gn.ArgumentError, match=r"'sigmiod'\nDid you mean 'sigmoid'\?"
    ) as caught:
        gn.Dense(2, activation="sigmiod")
    assert isinstance(caught.value, ValueError)
    with pytest.raises(gn.ArgumentError, match="activation"):
        gn.Dense(2, activation=3)
    assert gn.Dense(2, activation="sigmoid").forward(np.zeros((1, 1))).shape == (1, 2)


def test_an_unknown_initialiser():
    with pytest.raises(gn.ArgumentError, match=r"Did you mean 'glorot"):
        gn.Dense(2, weight_init="glorott")
    with pytest.raises(gn.ArgumentError, match="initialiser"):
        gn.Dense(2, weight_init=3)
    wrong = gn.Dense(2, weight_init=lambda rng, shape: np.zeros((1, 1)))
    with pytest.raises(gn.ShapeError, match=r"\(1, 1\).*\(4, 2\)"):
        wrong.forward(np.ones((3, 4)))
    assert gn.Dense(2, weight_init="he").forward(np.ones((3, 4))).shape == (3, 2)


def test_networks_of_no_layers():
    for layers in ([], [3], [gn.Dense], gn.Dense(1)):
        with pytest.raises(gn.ArgumentError, match=r"[Ll]ayer"):
            gn.NeuralNetwork(layers, gn.MeanSquaredError())
    with pytest.raises(gn.ArgumentError, match="loss"):
        gn.NeuralNetwork([gn.Dense(1)], "mse")
    net = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError)
    with pytest.raises(gn.ArgumentError, match="NeuralNetwork"):
        gn.Trainer([gn.Dense(1)], gn.SGD(0.1))
    for optimizer in (0.1, gn.SGD, None):
        with pytest.raises(gn.ArgumentError, match="optimizer"):
            gn.Trainer(net, optimizer)
    with pytest.raises(gn.NotRunError, match="network"):
        gn.SGD(0.1).step()


# -- names, formats, folders -----------------------------------------------------------
def test_an_unknown_node(parabola):
    with pytest.raises(gn.MissingNode, match=r"Did you mean 'multiply'\?") as caught:
        parabola["multipyl"]
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith(("'", '"'))  # as KeyError would print it
    other = gn.Input("other", value=1.0)
    for run in (
        lambda: parabola.forward(target="nobody"),
        lambda: parabola.forward(target=other),
        lambda: parabola.backward("nobody"),
        lambda: parabola.backward(wrt=other),
        lambda: parabola.order("nobody"),
        lambda: parabola.draw("x.dot", target="nobody"),
    ):
        with pytest.raises(gn.MissingNode, match=r"nobody|other"):
            run()
    assert_runs(parabola)


@pytest.mark.parametrize("name", ["net.svgg", "net.jpg", "net", "net.tiff"])
def test_an_unknown_format(parabola, tmp_path, name):
    with pytest.raises(gn.ArgumentError, match=r"\.svg") as caught:
        parabola.draw(tmp_path / name)
    assert isinstance(caught.value, ValueError)
    assert name in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    parabola.draw(tmp_path / "net.dot")
    assert (tmp_path / "net.dot").read_text().startswith("digraph")


def test_a_folder_that_is_not_there(parabola, tmp_path):
    file = tmp_path / "nowhere" / "net.dot"
    with pytest.raises(gn.MissingFolder, match="nowhere") as caught:
        parabola.draw(file)
    assert isinstance(caught.value, FileNotFoundError)
    assert not file.parent.exists()
    file.parent.mkdir()
    parabola.draw(file)
    assert file.exists()


# -- failures half-way -----------------------------------------------------------------
def test_a_hook_of_the_graph_that_raises_leaves_all_as_it_was(parabola):
    before = snapshot(parabola)

    def stop(step):
        if step.node.name == "multiply":
            raise InterruptedError(step.phase)

    for handle, run in (
        (parabola.on_forward(stop), lambda: parabola.forward(x=np.zeros((1, 2)))),
        (parabola.on_backward(stop), parabola.backward),
        (parabola["multiply"].on_backward(stop), parabola.backward),
    ):
        with pytest.raises(InterruptedError):
            run()
        assert_same(before, snapshot(parabola))
        handle.remove()
    assert_runs(parabola)


def test_a_set_up_that_failed_is_done_afresh():
    layer = gn.Dense(2, activation=Faulty())
    Faulty.fault = "output raises"
    try:
        with pytest.raises(ZeroDivisionError):
            layer.forward(np.ones((3, 4)))
    finally:
        Faulty.fault = None
    assert layer.first
    assert layer.forward(np.ones((3, 5))).shape == (3, 2)


def test_a_layer_that_failed_leaves_no_nodes_behind():
    x = gn.Input("x", value=np.ones((3, 4)))
    nodes = len(x.graph)
    layer = gn.Dense(2, activation=Faulty())
    Faulty.fault = "output raises"
    try:
        with pytest.raises(ZeroDivisionError):
            layer(x)
    finally:
        Faulty.fault = None
    assert len(x.graph) == nodes
    layer(x)
    assert x.graph.forward(x=np.ones((6, 4))).shape == (6, 2)


def test_a_failed_loss_leaves_the_network_as_it_was(net):
    X, y = batch()
    fresh = gn.NeuralNetwork([gn.Dense(3)], gn.SoftmaxCrossEntropy(), seed=0)
    prediction = fresh.forward(X).copy()
    with pytest.raises(gn.ShapeError):
        fresh.train_batch(X * 2, np.zeros((8, 7)))
    np.testing.assert_array_equal(fresh.layers[0].output, prediction)
    assert fresh.train_batch(X, y) > 0


def test_a_network_that_failed_to_build_is_built_afresh():
    net = gn.NeuralNetwork(
        [gn.Dense(4), gn.Dense(2, Faulty())], gn.MeanSquaredError(), seed=0
    )
    Faulty.fault = "output raises"
    try:
        with pytest.raises(ZeroDivisionError):
            net.forward(np.ones((3, 5)))
    finally:
        Faulty.fault = None
    assert net.graph is None
    assert all(layer.first for layer in net.layers)
    assert net.forward(np.ones((3, 6))).shape == (3, 2)  # of another width
    net.train_batch(np.ones((3, 6)), np.zeros((3, 2)))
    assert [p.shape for p in net.params()] == [(6, 4), (1, 4), (4, 2), (1, 2)]


def test_complex_labels(net):
    X, y = batch()
    with pytest.raises(gn.ArgumentError, match="SoftmaxCrossEntropy"):
        net.train_batch(X, y + 1j)
    assert_trains(net)


def test_a_misspelt_name_of_the_package_suggests_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'Sigmod'.*mean 'Sigmoid'"):
        gn.Sigmod  # noqa: B018
    assert not hasattr(gn, "_private")


@pytest.mark.parametrize(
    ("name", "nearest"), [("relu", "ReLU"), ("SOFTMAX", "Softmax"), ("adam", "Adam")]
)
def test_a_name_in_other_capitals(name, nearest):
    with pytest.raises(AttributeError, match=f"Did you mean '{nearest}'"):
        getattr(gn, name)


def test_a_recipe_is_true_and_a_node_has_no_truth_value():
    assert (gn.ReLU() or None) is not None
    with pytest.raises(gn.UnsupportedError, match="is a node, not a number"):
        bool(gn.ReLU()(gn.Input("x", value=1.0)))
    with pytest.raises(gn.UnsupportedError):
        float(gn.ReLU())
