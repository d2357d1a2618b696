"""What a graph remembers of passes that failed, and of operations refused."""

import copy
import gc
import pickle
import time
import weakref

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.session import Session
from graphnn.graph.watching import Watcher, set_driver, watched_by


class Touchy(gn.Operation):
    """Doubles; fails on demand. It branches on a value: a plan calls it as a whole."""

    fail = frozenset()

    def _output(self):
        self.check("forward")
        return 2.0 * self.input_ if self.input_.flat[0] < 1e9 else self.input_

    def _input_grad(self, output_grad):
        self.check("backward")
        return 2.0 * output_grad

    def check(self, phase):
        if phase in Touchy.fail:
            raise ZeroDivisionError(phase)
        if "interrupt" in Touchy.fail:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def reset():
    yield
    Touchy.fail = frozenset()


@pytest.fixture
def graph():
    x = gn.Input("x", value=np.ones((2, 3)))
    w = gn.Parameter(np.full(3, 2.0), name="w")
    shift = gn.Parameter(np.ones(3), name="shift")
    loss = np.sum(np.square(Touchy()(x * w)) + shift)
    loss.graph.backward(loss, wrt=x)
    return loss.graph


def names(nodes):
    return [node.name for node in nodes]


def fails(function, *arguments, error=ZeroDivisionError, **keywords):
    with pytest.raises(error):
        function(*arguments, **keywords)


# -- forward ---------------------------------------------------------------------------
def test_nothing_has_failed(graph):
    assert graph.failure is None
    assert gn.Graph().failure is None
    with pytest.raises(AttributeError):
        graph.failure = None


def test_a_failed_forward_pass_is_remembered_with_its_shapes(graph):
    Touchy.fail = {"forward"}
    fails(graph.forward, x=np.ones((7, 3)))
    failure = graph.failure
    assert (failure.phase, failure.error) == ("forward", "ZeroDivisionError")
    assert failure.message == failure.headline == "forward"
    assert failure.node is graph["touchy"]
    assert failure.graph is graph
    assert names(failure.ran) == ["multiply"]
    assert names(failure.ahead) == ["shift", "square", "add", "sum"]
    assert failure.returned == []
    assert graph["multiply"].shape == (2, 3)  # rolled back
    assert failure.shape_of(graph["multiply"]) == (7, 3)
    assert failure.shape_of(graph["x"]) == (7, 3)
    assert failure.shape_of(graph["w"]) == (3,)
    assert failure.shape_of(graph["touchy"]) is None
    assert str(failure) == (
        "forward failed at touchy with a ZeroDivisionError, after 1 of 5 operations"
    )
    assert repr(failure).startswith("<Failure: forward failed at touchy")


@pytest.mark.parametrize("begin", ["forward", "backward", "steps", "plan", "stepper"])
def test_the_next_pass_forgets_it(graph, begin):
    plan = graph.plan(gradients_of=[graph["w"]])
    Touchy.fail = {"forward"}
    fails(graph.forward)
    Touchy.fail = frozenset()
    assert graph.failure is not None
    if begin == "forward":
        graph.forward()
    elif begin == "backward":
        graph.backward()
    elif begin == "steps":
        next(graph.forward_steps())
    elif begin == "plan":
        plan.run()
    else:
        gn.Stepper(graph).step()
    assert graph.failure is None


def test_a_pass_that_is_refused_before_it_begins_forgets_nothing(graph):
    Touchy.fail = {"forward"}
    fails(graph.forward)
    fails(graph.forward, nobody=1.0, error=gn.FeedError)
    assert graph.failure.error == "ZeroDivisionError"


def test_an_input_without_a_value_is_the_node_that_failed():
    x, y = gn.Input("x", value=1.0), gn.Input("y")
    graph = (x + y).graph
    fails(graph.forward, error=gn.FeedError)
    assert graph.failure.node is y
    assert names(graph.failure.ahead) == ["x", "add"]


def test_what_is_told_of_a_step_fails_at_its_node(graph):
    def stop(step):
        if step.node.name == "square":
            raise LookupError("stop")

    handle = graph.on_forward(stop)
    fails(graph.forward, error=LookupError)
    handle.remove()
    assert graph.failure.node is graph["square"]
    assert names(graph.failure.ran) == ["multiply", "touchy", "square"]
    assert str(graph.failure).endswith("after 3 of 5 operations")

    class Stopping(Watcher):
        step = staticmethod(stop)

    with watched_by(Stopping()):
        fails(graph.forward, error=LookupError)
    assert graph.failure.node is graph["square"]


def test_a_hook_that_fails_in_a_pass_over_another_graph(graph):
    other = Touchy()(gn.Input("other", value=[1.0])).graph

    def run(step):
        Touchy.fail = {"forward"} if step.node.name == "square" else frozenset()
        other.forward()

    graph.on_forward(run)
    fails(graph.forward)
    assert graph.failure.node is graph["square"]
    assert other.failure.node is other["touchy"]


def test_states_that_cannot_go_on():
    class Counting(gn.Operation):
        def __init__(self, passes):
            self.states = (passes,)

        def _output(self):
            return self.input_

        def _next_states(self, passes):
            if passes > 0:
                raise ZeroDivisionError
            return (passes + 1,)

    x = gn.Input("x", value=[1.0])
    graph = np.sum(Counting(gn.State(0, name="passes"))(x)).graph
    graph.forward(training=True)
    fails(graph.forward, training=True)
    assert graph.failure.node is graph["counting"]
    assert graph.failure.ahead == []
    assert names(graph.failure.ran) == ["counting", "sum"]


def test_an_interrupt_is_no_error(graph):
    Touchy.fail = {"interrupt"}
    fails(graph.forward, error=KeyboardInterrupt)
    assert graph.failure.is_interrupt
    assert graph.failure.node is graph["touchy"]
    assert str(graph.failure).startswith(
        "forward was interrupted at touchy by a KeyboardInterrupt"
    )


def test_a_message_is_cut_and_one_that_cannot_be_had_is_empty(graph):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    errors = iter([ValueError("a" * 100_000), Mute()])

    def stop(step):
        raise next(errors)

    graph.on_forward(stop)
    fails(graph.forward, error=ValueError)
    assert len(graph.failure.message) == 2000
    fails(graph.forward, error=Mute)
    assert (graph.failure.error, graph.failure.message) == ("Mute", "")


# -- backward --------------------------------------------------------------------------
def test_a_failed_backward_pass(graph):
    Touchy.fail = {"backward"}
    fails(graph.backward)
    failure = graph.failure
    assert failure.phase == "backward"
    assert failure.node is graph["touchy"]
    assert names(failure.ran) == ["multiply", "touchy", "square", "add", "sum"]
    assert names(failure.returned) == ["square", "add", "sum", "shift"]
    assert names(failure.ahead) == ["multiply", "w"]
    assert failure.shape_of(graph["multiply"]) == (2, 3)
    assert str(failure).endswith("after 3 of 5 operations")
    Touchy.fail = frozenset()
    graph.backward()
    assert graph.failure is None


def test_a_gradient_of_the_wrong_shape_is_its_nodes():
    class Wrong(gn.Operation):
        def _output(self):
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            return output_grad[:1]

    loss = np.sum(Wrong()(np.exp(gn.Parameter(np.ones(3), name="w"))))
    fails(loss.backward, error=gn.GradientShapeError)
    failure = loss.graph.failure
    assert failure.node is loss.graph["wrong"]
    assert failure.headline.startswith("Wrong returned a gradient of shape (1,)")
    assert "broadcasts" in failure.message
    assert names(failure.returned) == ["sum"]
    assert names(failure.ahead) == ["exp", "w"]


@pytest.mark.parametrize("whose", ["graph", "node", "leaf"])
def test_hooks_of_a_backward_pass(graph, whose):
    def stop(step):
        if whose != "graph" or step.node.name == "square":
            raise LookupError("stop")

    if whose == "graph":
        graph.on_backward(stop)
    else:
        graph["square" if whose == "node" else "w"].on_backward(stop)
    fails(graph.backward, error=LookupError)
    if whose == "leaf":
        assert graph.failure.node is graph["w"]
        assert graph.failure.ahead == []
    else:
        assert graph.failure.node is graph["square"]
        assert names(graph.failure.returned) == ["square", "add", "sum", "shift"]
        assert names(graph.failure.ahead) == ["multiply", "touchy", "w"]


def test_a_backward_pass_that_went_in_groups():
    x, w = gn.Input("x", value=np.ones(3)), gn.Parameter(np.ones(3), name="w")
    h = Touchy()(x * w)
    for _ in range(700):
        h = h + w
    graph = np.sum(np.exp(h)).graph
    Touchy.fail = {"backward"}
    fails(graph.backward)
    assert graph.failure.node is graph["touchy"]
    assert len(graph.failure.returned) == 702
    assert names(graph.failure.ahead) == ["multiply", "w"]


def test_what_has_run_in_groups_is_known():
    w = gn.Parameter(np.ones(3), name="w")
    start = Touchy()(gn.Input("x", value=np.ones(3)) * w)
    level = [start * gn.Parameter(np.ones(3)) for _ in range(1024)]
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=True)]
    graph = np.sum(np.sin(level[0])).graph
    Touchy.fail = {"backward"}
    fails(graph.backward)
    assert graph.failure.node is graph["touchy"]
    done = [node for node in graph.failure.returned if node.kind == "operation"]
    assert len(done) == 1024 + 1023 + 2
    assert len(graph.failure.returned) == len(done) + 1024
    assert names(graph.failure.ahead) == ["multiply", "w"]
    record = graph._failure
    assert set(record.handed_on) == {node.id for node in done}
    assert record.gradients.keys() == {
        graph["touchy"].id,
        *[node.id for node in graph.failure.returned],
    }


def test_two_runs_and_what_fails_between_them():
    w = gn.Parameter(np.ones(3), name="w")
    h = gn.Input("x", value=np.ones(3)) * w
    for _ in range(700):
        h = h + w
    h = Touchy()(h)
    for _ in range(700):
        h = h + w
    graph = np.sum(h).graph
    Touchy.fail = {"backward"}
    fails(graph.backward)
    assert graph.failure.node is graph["touchy"]
    assert len(graph.failure.returned) == 701
    assert len(graph.failure.ahead) == 702


# -- step by step ----------------------------------------------------------------------
def test_passes_that_are_stepped(graph):
    Touchy.fail = {"forward", "backward"}
    fails(list, graph.forward_steps())
    assert names(graph.failure.ran) == ["multiply"]
    fails(list, graph.backward_steps())
    assert names(graph.failure.returned) == ["square", "add", "sum", "shift"]


def test_a_pass_that_is_left_or_overtaken_has_not_failed(graph):
    steps = graph.forward_steps()
    next(steps)
    steps.close()
    assert graph.failure is None
    steps = graph.backward_steps()
    next(steps)
    graph.forward()
    fails(list, steps, error=gn.GraphError)
    assert graph.failure is None


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_a_stepper_that_stands_in_front_of_what_fails(graph, phase):
    Touchy.fail = {phase}
    stepper = gn.Stepper(graph, {"x": np.ones((4, 3))})
    fails(list, stepper)
    failure = graph.failure
    assert (failure.phase, failure.node) == (phase, graph["touchy"])
    if phase == "forward":
        assert names(failure.ran) == ["multiply"]
        assert names(failure.ahead) == ["shift", "square", "add", "sum"]
        assert failure.shape_of(graph["x"]) == (4, 3)
    else:
        assert names(failure.returned) == ["square", "add", "sum", "shift"]
        assert names(failure.ahead) == ["multiply", "w"]
    stepper.back()
    assert graph.failure is None
    fails(list, stepper)
    Touchy.fail = frozenset()
    list(stepper)
    assert graph.failure is None


def test_a_stepper_that_is_closed_leaves_what_was_known_before(graph):
    Touchy.fail = {"forward"}
    with gn.Stepper(graph) as stepper:
        fails(list, stepper)
        assert graph.failure.node is graph["touchy"]
    assert isinstance(stepper.failure, ZeroDivisionError)
    assert graph.failure is None
    fails(graph.forward)
    Touchy.fail = frozenset()
    with gn.Stepper(graph) as stepper:
        list(stepper)
        assert graph.failure is None
    assert graph.failure.node is graph["touchy"]


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_passes_of_a_driver(graph, phase):
    set_driver(Session(stepping=False))
    try:
        Touchy.fail = {phase}
        fails(getattr(graph, phase))
        assert graph.failure.node is graph["touchy"]
        assert graph.failure.phase == phase
        Touchy.fail = frozenset()
        graph.forward()
        assert graph.failure is None
    finally:
        set_driver(None)


# -- planned ---------------------------------------------------------------------------
@pytest.mark.parametrize("phase", ["forward", "backward", "interrupt"])
def test_a_planned_pass(graph, phase):
    plan = graph.plan(gradients_of=[graph["w"], graph["shift"]])
    for scale in (1.0, 2.0):
        plan.run(x=np.full((5, 3), scale))
    Touchy.fail = {phase}
    error = KeyboardInterrupt if phase == "interrupt" else ZeroDivisionError
    with pytest.raises(error) as caught:
        plan.run(x=np.ones((5, 3)))
    assert any("in a plan" in note for note in caught.value.__notes__)
    failure = graph.failure
    assert failure.node is graph["touchy"]
    assert failure.is_interrupt == (phase == "interrupt")
    assert failure.shape_of(graph["multiply"]) == (5, 3)
    if phase == "backward":
        assert failure.phase == phase
        assert names(failure.returned) == ["square", "add", "sum", "shift"]
        assert names(failure.ahead) == ["multiply", "w"]
    else:
        assert failure.phase == "forward"
        assert names(failure.ran) == ["multiply"]
        assert names(failure.ahead) == ["shift", "square", "add", "sum"]
    Touchy.fail = frozenset()
    plan.run(x=np.ones((5, 3)))
    assert graph.failure is None


def test_training_steps_that_fail_in_their_plan():
    layers = [gn.Embedding(6, 3), gn.Flatten(), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)
    trainer = gn.Trainer(net, gn.SGD(lr=0.1))
    X, y = np.arange(6).reshape(3, 2), np.ones((3, 1))
    for _ in range(5):
        trainer.step(X, y)
    assert net.failure is net.graph.failure is None
    fails(trainer.step, X + 3, y, error=(IndexError, gn.GraphnnError))
    failure = net.failure
    assert type(failure.node).__name__ == "EmbeddingLookup"
    assert failure.ran == []
    assert failure.shape_of(failure.node.inputs[0]) == (3, 2)
    trainer.step(X, y)
    assert net.failure is None


# -- building --------------------------------------------------------------------------
def test_an_operation_that_is_refused(graph):
    before = names(graph.nodes)
    late = gn.Parameter(np.ones((4, 2)), name="late")
    fails(lambda: graph["square"] @ late, error=gn.ShapeError)
    failure = graph.failure
    assert failure.phase == "building"
    assert failure.headline.startswith("cannot multiply (2, 3) by (4, 2)")
    assert type(failure.node).__name__ == "Matmul"
    assert failure.node.name == "matmul"
    assert names(failure.node.inputs) == ["square", "late"]
    assert failure.node.inputs[0] is graph["square"]
    assert failure.node.source.function == "<lambda>"
    assert failure.node.shape is None
    assert failure.shape_of(failure.node.inputs[1]) == (4, 2)
    assert failure.node not in graph
    assert str(failure) == "building failed at matmul with a ShapeError"
    assert names(graph.nodes) == before
    assert failure.graph.nodes[-1] is failure.node
    assert names(late.consumers) == []
    assert names(graph["w"].consumers) == ["multiply"]


def test_the_next_operation_forgets_it(graph):
    fails(lambda: graph["w"] + np.ones(4), error=gn.GraphnnError)
    assert graph.failure is None  # neither of them is of a graph
    fails(lambda: graph["square"] + np.ones(4), error=gn.ShapeError)
    with pytest.raises(gn.UnsupportedError):
        bool(graph["sum"] < 3.0)
    assert graph.failure is not None  # a comparison that is set aside is none
    np.exp(graph["square"])
    assert graph.failure is None


def test_an_operation_on_two_graphs_is_refused_in_both():
    one, other = gn.Input("one", value=np.ones(3)), gn.Input("two", value=np.ones(4))
    fails(lambda: np.exp(one) * np.exp(other), error=gn.ShapeError)
    for graph in (one.graph, other.graph):
        failure = graph.failure
        known = [failure.graph.name_of(node) for node in failure.node.inputs]
        assert sorted(known) == ["exp", "exp_2"]
        assert failure.graph["exp"] is graph["exp"]
        assert failure.graph["exp_2"].shape != graph["exp"].shape
        assert len(graph.failure.graph) == len(graph) + 2


def test_a_node_that_a_guard_refuses():
    x = gn.Input("x", value=[0.0, 1.0])
    with gn.guard("nan"), np.errstate(all="ignore"):
        fails(lambda: np.log(x - 1.0), error=gn.NotFiniteError)
    assert x.graph.failure.node.name == "log"
    assert names(x.graph.failure.node.inputs) == ["subtract"]


def test_a_paused_operation_is_nobodys():
    x = gn.Input("x", value=np.ones(3))
    with gn.paused():
        fails(lambda: x + np.ones(4), error=gn.ShapeError)
    assert x.graph.failure is None


def test_a_hook_that_cannot_be_traced_has_not_failed(graph):
    (gradient,) = graph.gradient("sum", graph["w"])
    assert gradient.shape == (3,)
    assert not graph["touchy"].expandable
    assert graph.failure is None
    Touchy.fail = {"backward"}
    fails(graph.gradient, "sum", graph["w"])
    assert graph.failure is None


def test_a_function_that_is_traced():
    traced = gn.trace(lambda a, b: np.sum(np.exp(a) * b))
    assert traced.failure is None
    fails(traced, np.ones(3), np.ones(4), error=gn.ShapeError)
    failure = traced.failure
    assert names(failure.graph.nodes) == ["a", "b", "exp", "multiply"]
    assert failure.node is failure.graph["multiply"]
    assert names(failure.node.inputs) == ["exp", "b"]
    assert failure.graph["exp"].shape == (3,)
    assert traced(np.ones(3), np.ones(3)).failure is None
    assert traced.failure is None

    def raises(a):
        np.exp(a)
        raise LookupError("on purpose")

    traced = gn.trace(raises)
    fails(traced, np.ones(3), error=LookupError)
    assert traced.failure.node is None
    assert names(traced.failure.graph.nodes) == ["a", "exp"]


# -- layers and networks ---------------------------------------------------------------
class Block(gn.Layer):
    """Multiplies by a matrix that fits a batch of two features only."""

    def _setup_layer(self, input_):
        self.weight = gn.Parameter(np.ones((2, 4)), name="weight")

    def _connect(self, input_):
        return np.exp(input_) @ self.weight


def network(*layers):
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=3)


def test_the_first_batch_of_a_network():
    net = network(gn.Dense(3, "tanh"), Block(), gn.Dense(1))
    other = network(gn.Dense(2, "tanh"), Block(), gn.Dense(1))
    assert net.failure is None
    fails(net.forward, np.ones((5, 4)), error=gn.ShapeError)
    assert net.graph is None
    failure = net.failure
    assert failure.node.name == "block_1/matmul"
    assert names(failure.graph.nodes) == [
        "input",
        "dense_1/weight",
        "dense_1/bias",
        "dense_1/weight_multiply",
        "dense_1/bias_add",
        "dense_1/tanh",
        "block_1/weight",
        "block_1/exp",
        "block_1/matmul",
    ]
    assert failure.graph["dense_1/tanh"].shape == (5, 3)
    assert failure.graph["block_1/weight"].shape == (2, 4)
    assert failure.graph["block_1/weight"].value.size == 8
    net.layers[0] = gn.Dense(2, "tanh")
    net.layers[0].rng = copy.deepcopy(other.layers[0].rng)
    net.layers[2].rng = copy.deepcopy(other.layers[2].rng)
    np.testing.assert_array_equal(
        net.forward(np.ones((5, 4))), other.forward(np.ones((5, 4)))
    )
    assert net.failure is None
    assert names(net.graph.nodes) == names(other.graph.nodes)


def test_a_layer_that_refuses_its_input():
    net = network(gn.Dense(3, "tanh"), gn.Conv2D(2, 3))
    fails(net.train_batch, np.ones((5, 4)), np.ones((5, 3)), error=gn.ShapeError)
    node = net.failure.node
    assert (type(node).__name__, node.name) == ("Conv2D", "conv2d_1/conv2d")
    assert names(node.inputs) == ["dense_1/tanh"]
    assert net.failure.headline.startswith("Conv2D takes images")


def test_a_layer_that_raises_behind_its_operations():
    class Outer(gn.Layer):
        def _setup_layer(self, input_):
            self.inner = gn.Dense(2)

        def _connect(self, input_):
            self.inner(input_)
            raise LookupError("on purpose")

    x = gn.Input("x", value=np.ones((5, 3)))
    y = np.exp(x)
    fails(Outer(), y, error=LookupError)
    assert names(y.graph.nodes) == ["x", "exp"]
    failure = y.graph.failure
    assert failure.node.name == "outer_1/outer"
    assert "outer_1/dense_1/bias_add" in names(failure.graph.nodes)
    assert failure.graph["exp"] is y


def test_a_loss_that_cannot_be():
    net = network(gn.Dense(3))
    fails(net.train_batch, np.ones((5, 4)), np.ones((5, 7)), error=gn.ShapeError)
    assert net.graph is not None
    assert net.failure.node.name == "mean_squared_error"
    assert "target" in names(net.failure.node.inputs)
    net.forward(np.ones((5, 4)))
    assert net.failure is None


def test_a_layer_by_itself(graph):
    layer = Block()
    fails(layer.forward, np.ones((5, 3)), error=gn.ShapeError)
    assert layer._graph_or_remains().failure.node.name == "block_1/matmul"
    layer.forward(np.ones((5, 2)))
    assert layer._remains is None
    fails(layer.forward, np.ones((5, 3)), error=gn.ShapeError)
    assert layer.graph.failure.phase == "forward"
    layer.forward(np.ones((5, 2)))
    fails(layer.backward, np.ones((5, 3)), error=gn.ShapeError)
    assert layer.graph.failure is None  # refused before it began


# -- copies, memory, time --------------------------------------------------------------
COPIES = [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]


@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_a_copy_remembers_it_in_its_own_nodes(graph, copied, phase):
    Touchy.fail = {phase}
    fails(getattr(graph, phase))
    twin = copied(graph)
    one, other = graph.failure, twin.failure
    assert other.node is twin["touchy"]
    assert str(other) == str(one)
    for kind in ("ran", "returned", "ahead"):
        assert names(getattr(other, kind)) == names(getattr(one, kind))
        assert all(node in twin for node in getattr(other, kind))
    assert other.shape_of(twin["x"]) == (2, 3)


@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
def test_a_copy_knows_nothing_of_what_was_refused(graph, copied):
    class Local(gn.Operation):
        def _output(self):
            raise ZeroDivisionError

    fails(Local(), graph["square"])
    assert copied(graph).failure is None
    net = network(Block())
    fails(net.forward, np.ones((5, 3)), error=gn.ShapeError)
    assert copied(net).failure is None
    assert net.failure is not None
    assert copied(net).forward(np.ones((5, 2))).shape == (5, 4)


@pytest.mark.parametrize("phase", ["forward", "backward", "building"])
def test_nothing_is_kept_alive(graph, phase):
    gone = []

    class Loud(Exception):
        pass

    class Fails(gn.Operation):
        def _output(self):
            gone.append(weakref.ref(self.input_))
            raise Loud

    def stop(step):
        gone.append(weakref.ref(step.inputs[0]))
        raise Loud

    array = np.ones((50, 3))
    gone.append(weakref.ref(array))
    if phase == "building":
        with pytest.raises(Loud):
            Fails()(np.exp(gn.Input("y", value=array)) * graph["w"])
        graph.forward()
    elif phase == "forward":
        graph.on_forward(stop)
        with pytest.raises(Loud):
            graph.forward(x=array)
    else:
        graph.forward(x=array)
        handle = graph.on_backward(stop)
        with pytest.raises(Loud):
            graph.backward()
        handle.remove()
        failure = graph._failure
        graph.forward(x=np.ones((2, 3)))
        graph._failure = failure
    del array
    gc.collect()
    assert len(gone) == 2
    assert [reference() for reference in gone] == [None, None]


def test_no_weights_are_kept_of_a_network_that_was_not_built():
    gone = []

    class Scale(gn.Layer):
        def _setup_layer(self, input_):
            array = np.ones((4, 3))
            gone.append(weakref.ref(array))
            self.weight = gn.Parameter(array, name="weight")

        def _connect(self, input_):
            return input_ @ self.weight

    net = network(Scale(), Block())
    fails(net.forward, np.ones((5, 4)), error=gn.ShapeError)
    gc.collect()
    assert net.failure.graph["scale_1/weight"].value.shape == (4, 3)
    assert [reference() for reference in gone] == [None]


@pytest.mark.parametrize("phase", ["forward", "building"])
def test_a_graph_that_has_failed_is_taken_apart_when_nobody_holds_it(phase):
    gc.disable()
    try:
        value = np.ones((2, 3))
        x = gn.Input("x", value=value)
        y = np.exp(x + value)
        if phase == "forward":
            fails(y.graph.forward, x=np.ones((5, 4)), error=gn.ShapeError)
        else:
            fails(np.matmul, y, value, error=gn.ShapeError)
        assert y.graph._failure is not None
        gone = weakref.ref(y.output)
        del x, y
        gn.Graph()
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_a_long_pass_is_written_down_in_linear_time(phase):
    w = gn.Parameter(np.ones(3), name="w")
    h = Touchy()(gn.Input("x", value=np.ones(3)) * w) if phase == "backward" else w
    h = h * gn.Input("y", value=np.ones(3))
    for _ in range(50_000):
        h = h + 1.0
    graph = (Touchy()(h) if phase == "forward" else np.sum(h)).graph
    Touchy.fail = {phase}
    start = time.perf_counter()
    fails(getattr(graph, phase))
    failure = graph.failure
    assert time.perf_counter() - start < 5.0
    count = len(failure.ran if phase == "forward" else failure.returned)
    assert 50_000 <= count <= 50_003
    shapes = set(map(id, graph._failure.shapes.values()))
    assert len(shapes) < 5  # equal ones are one object


# -- gradients -------------------------------------------------------------------------
def test_what_had_been_handed_on_is_remembered_in_brief(graph):
    whole = {node.id: node.output_grad for node in graph.nodes}
    Touchy.fail = {"backward"}
    fails(graph.backward)
    record = graph._failure
    assert set(record.gradients) == {
        graph[name].id for name in ("touchy", "square", "add", "sum", "shift")
    }
    assert set(record.handed_on) == {graph[n].id for n in ("square", "add", "sum")}
    large = record.gradients[graph["touchy"].id]
    assert large.norm == np.linalg.norm(whole[graph["touchy"].id])
    assert (large.shape, large.dtype, large.numbers) == ((2, 3), np.float64, None)
    assert record.handed_on[graph["square"].id] == (large,)
    small = record.gradients[graph["shift"].id]
    np.testing.assert_array_equal(small.numbers, whole[graph["shift"].id])


@pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
def test_a_copy_has_the_gradients_in_brief(graph, copied):
    Touchy.fail = {"backward"}
    fails(graph.backward)
    twin = copied(graph)
    options = {"passes": "both", "show": "grad"}
    assert twin.to_dot(**options) == graph.to_dot(**options)
    assert copied(graph.failure).node.name == "touchy"


def test_a_record_is_small():
    x = gn.Input("x", value=np.ones((500, 400)))
    w = gn.Parameter(np.ones((400, 300)), name="w")
    graph = np.sum(np.sin(np.sin(np.sin(Touchy()(x) @ w)))).graph
    Touchy.fail = {"backward"}
    fails(graph.backward, wrt=x)
    assert len(graph._failure.handed_on) == 5
    assert len(pickle.dumps(graph._failure)) < 5000


@pytest.mark.parametrize("walk", ["steps", "stepper"])
def test_gradients_of_a_pass_in_steps_are_remembered(graph, walk):
    Touchy.fail = {"backward"}
    if walk == "steps":
        fails(lambda: list(graph.backward_steps()))
    else:
        stepper = gn.Stepper(graph)
        fails(list, stepper)
    assert graph._failure.gradients[graph["touchy"].id].norm > 0
