"""What a plan does, as Python: readable, and true: it runs and gives the same bits."""

import ast
import re

import numpy as np
import pytest
from cases import CASES, joined

import graphnn as gn
from graphnn.graph.gradients import is_differentiable
from graphnn.planning.constants import constant_text
from graphnn.planning.planned import same_bits
from graphnn.planning.source import source_of, written

RNG = np.random.default_rng(0)


class Halve(gn.Operation):
    """An operation that branches on a value: it cannot be traced."""

    def _output(self):
        return self.input_ / 2.0 if self.input_.sum() > 0 else self.input_ * 0.5

    def _input_grad(self, output_grad):
        return output_grad / 2.0


class Logit(gn.Operation):
    def _output(self):
        return np.log(self.input_ / (1.0 - self.input_))

    def _input_grad(self, output_grad):
        return output_grad / (self.input_ * (1.0 - self.input_))


def given(planned, update=None):
    """Copy what the text has to be given, as it is now."""
    return {
        name: thing.copy() if isinstance(thing, np.ndarray) else thing
        for name, thing in written(planned, update).given.items()
    }


def ran(planned, update=None, names=None):
    """Run the text on what it has to be given; give all its names."""
    names = given(planned, update) if names is None else names
    with np.errstate(all="ignore"):
        exec(compile(written(planned, update).text, "plan", "exec"), names)
    return names


def result_of(names, text):
    """Give the first of the values that the text gives back."""
    return names[re.findall(r"^(\w+) = .+\.copy\(\)$", text, re.MULTILINE)[0]]


def lines_of(text, section):
    """List the lines under a heading."""
    return text.split(f"# --- {section}\n")[1].split("\n\n")[0].rstrip().split("\n")


def calls_of(text, section):
    """List the code under a heading, without comments."""
    return [line.split("  # ")[0].rstrip() for line in lines_of(text, section)]


# -- the text is a program, and the plan's ---------------------------------------------
def check(node):
    loss = np.sum(node * np.cos(np.arange(node.size).reshape(node.shape)))
    leaves = [n for n in loss.graph.nodes if n.kind in ("input", "parameter")]
    wrt = [leaf for leaf in leaves if is_differentiable(leaf.output)]
    if not is_differentiable(loss.output):
        wrt = []
    plan = loss.graph.plan(loss, gradients_of=wrt or None)
    planned = plan._planned()
    names = ran(planned)
    assert same_bits(result_of(names, plan.source()), plan.run())
    for leaf, gradient in zip(planned.wrt, planned.gradients, strict=True):
        if gradient is not None:
            assert same_bits(names[f"grad_{leaf.name}"], gradient)


# of each operation the first and the last
SOME = {
    id(case): case
    for cases in (reversed(CASES), CASES)
    for case in {case.operation: case for case in cases}.values()
}


@pytest.mark.parametrize("case", SOME.values(), ids=str)
def test_it_runs_and_gives_the_bits_of_the_plan(case):
    inputs = [
        array if isinstance(array, gn.Node) else gn.Input(f"x{place}", value=array)
        for place, array in enumerate(case.inputs)
    ]
    with np.errstate(all="ignore"):
        check(joined(case.make()(*inputs)))


NUMBERS = RNG.normal(size=(8, 6)).astype(np.float32)
CLASSES = RNG.integers(0, 3, 8)
NETWORKS = {
    "dense": ([gn.Dense(5, "tanh"), gn.Dense(3)], NUMBERS, gn.SGD(0.1)),
    "dropout": (
        [gn.Dense(5, "relu"), gn.Dropout(0.2), gn.Dense(3)],
        NUMBERS,
        gn.Adam(0.01, weight_decay=0.1),
    ),
    "normalized": ([gn.Dense(5), gn.BatchNorm(), gn.Dense(3)], NUMBERS, gn.RMSProp()),
    "images": (
        [
            gn.Conv2D(2, 3, activation="relu"),
            gn.MaxPool2D(2),
            gn.Flatten(),
            gn.Dense(3),
        ],
        RNG.normal(size=(8, 8, 8, 1)).astype(np.float32),
        gn.AdamW(0.01),
    ),
    "sequences": (
        [gn.LSTM(4), gn.Dense(3)],
        RNG.normal(size=(8, 5, 2)),
        gn.SGDMomentum(0.1),
    ),
    "attention": (
        [gn.Embedding(9, 8), gn.TransformerBlock(2), gn.Flatten(), gn.Dense(3)],
        RNG.integers(0, 9, (8, 4)),
        gn.Adam(0.01, clip_norm=1e9),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_whole_step_runs_and_gives_the_bits_of_the_plan(name):
    layers, X, optimizer = NETWORKS[name]
    network = gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=1)
    network.train_batch(X, CLASSES)
    plan = network.graph.plan(network.loss, optimizer=optimizer)
    plan.run()
    planned, update = plan._planned(), plan._update
    before = given(planned, update)
    loss, text = plan.run(), plan.source()
    for name, array in written(planned, update).given.items():
        if any(array is number for _, number in update.named if not number.ndim):
            before[name] = array  # the learning rate and the like, of this step
    names = ran(planned, update, before)
    assert same_bits(result_of(names, text), loss)
    for node in [*network.parameters, *network.graph.states]:
        assert same_bits(names[node.name.replace("/", "_")], node.value), node
    long = [line for line in text.splitlines() if len(line) > 100]
    assert len(long) <= text.count("\n") / 100


# -- what it looks like ----------------------------------------------------------------
def small_plan():
    x = gn.Input("x", value=np.ones((4, 3), np.float32))
    w = gn.Parameter(np.ones((3, 2), np.float32), name="layer/weight")
    loss = np.mean(np.maximum(x @ w, 0.0) ** 2)
    return loss.graph.plan(loss, gradients_of=[w])


def test_a_small_plan_reads_as_one_would_write_it():
    text = small_plan().source()
    assert calls_of(text, "forward") == [
        "np.matmul(x, layer_weight, out=b0)",
        "np.maximum(b0, 0.0, out=b1)",
        "np.square(b1, out=b2)",
        "np.add.reduce(b2, axis=None, out=b3)",
        "np.divide(b3, 8.0, out=b3)",
    ]
    assert calls_of(text, "backward")[-1] == "np.matmul(x.T, b1, out=grad_layer_weight)"
    assert calls_of(text, "gradients") == [
        "grad_layer_weight = np.empty((3, 2), np.float32)"
    ]
    assert calls_of(text, "what is given back") == ["mean = b3.copy()"]
    given = lines_of(text, "given")
    assert given == [
        "x: np.ndarray             # input, (4, 3) float32",
        "layer_weight: np.ndarray  # parameter, (3, 2) float32",
    ]


def test_each_line_names_the_node_and_the_line_that_made_it():
    forward = lines_of(small_plan().source(), "forward")
    comments = [line.split("  # ")[1] for line in forward]
    assert re.fullmatch(r"matmul  test_source\.py:\d+", comments[0])
    assert re.fullmatch(r"mean  test_source\.py:\d+", comments[3])
    assert comments[4] == '"'  # the same node once more
    assert len({line.index("  # ") for line in forward}) == 1


def test_a_name_that_does_not_tell_the_class_has_it_beside_it():
    x = gn.Input("x", value=np.ones(3))
    with gn.Graph():
        node = np.exp(gn.Input("x", value=np.ones(3)))
        node.name = "gate"
    assert "# gate (Exp)  test_source.py:" in node.graph.plan(node).source()
    assert x.output is not None


def test_the_heading_tells_the_kind_of_batch_and_the_memory():
    plan = small_plan()
    heading = plan.source().splitlines()[:3]
    assert heading[0] == "# A plan of mean and its gradient by 1 parameter"
    assert heading[1] == "# for x (4, 3) float32; not training"
    assert re.fullmatch(
        r"# \d+ calls; \d+ bytes of buffers \(without reuse \d+ bytes\)", heading[2]
    )


def test_one_buffer_has_one_number_whatever_lies_in_it():
    x = gn.Input("x", value=np.ones((4, 4)))
    total = np.sum(np.exp(x), axis=0, keepdims=True)
    node = np.sum(np.sin(np.cos(np.reshape(np.tanh(total), (2, 2)))) > 0.5)
    text = node.graph.plan(node).source()
    buffers = "\n".join(
        lines_of(text, "buffers; those of one number are the same memory")
    )
    assert re.search(r"^b\d+_2x2 = b\d+\.reshape", buffers, re.MULTILINE) or re.search(
        r"^b\d+\w* = b\d+\w*\.", buffers, re.MULTILINE
    )


def test_views_are_written_where_they_are_read():
    x = gn.Input("x", value=np.ones((4, 6)))
    node = np.exp(x[1:, 0]) + np.sin(x.T[0, 1:]) + np.cos(np.reshape(x, (8, 3))[0])
    forward = "\n".join(calls_of(node.graph.plan(node).source(), "forward"))
    assert "np.exp(x[1:, 0], out=" in forward
    assert "np.sin(x.T[0, 1:], out=" in forward or "np.sin(x[1:, 0], out=" in forward
    assert "np.cos(x.reshape(8, 3)[0], out=" in forward


def test_names_of_the_users_become_identifiers():
    with gn.Graph():
        x = gn.Input("lambda", value=np.ones((2, 2)))
        b0 = gn.Parameter(np.ones((2, 2)), name="b0")
        c0 = gn.Parameter(np.ones((2, 2)), name="b 0")
        odd = gn.Parameter(np.ones((2, 2)), name="2\n+ x ½")
        node = np.sum(np.sin((x * b0 + c0) @ odd))
    plan = node.graph.plan(node, gradients_of=[b0])
    text = plan.source()
    ast.parse(text)
    names = ran(plan._planned())
    assert same_bits(result_of(names, text), plan.run())
    assert {"lambda_", "b0", "b_0"} <= names.keys()
    assert "buffer0" in names  # b0 is the user's


def test_constants_are_written_out_named_or_given():
    x = gn.Input("x", value=np.ones((2, 3), np.float32))
    large = np.linspace(0, 1, 600, dtype=np.float32).reshape(200, 3)
    node = (x * np.float32(0.1) + np.array([1, 2, 3], np.float32)) @ large.T
    text = node.graph.plan(node).source()
    assert "np.multiply(x, 0.1, out=" in text
    given = "\n".join(lines_of(text, "given"))
    assert re.search(r"^constant_\d: np.ndarray +# constant, \(3, 200\)", given, re.M)
    assert lines_of(text, "constants") == ["c0 = np.array([1.0, 2.0, 3.0], np.float32)"]


def test_zeros_are_told_from_negative_zeros():
    assert constant_text(np.zeros(3)) == "np.zeros(3, np.float64)"
    assert constant_text(-np.zeros(3)) == "np.array([-0.0, -0.0, -0.0], np.float64)"
    assert constant_text(np.array([np.nan, 1.0])) is None


def test_numpy_scalars_stay_scalars():
    class Scale(gn.Operation):
        def _output(self):
            return self.input_ / np.sum(self.input_) ** 0.5

        def _input_grad(self, output_grad):
            return output_grad

    x = gn.Input("x", value=np.array([1.0, 2.0, 3.3]))
    plan = Scale()(x).graph.plan()
    text = plan.source()
    assert re.search(r"b\d\[\.\.\.\] = b\d\[\(\)\] \*\* 0\.5 ", text)
    assert same_bits(result_of(ran(plan._planned()), text), plan.run())


def test_a_hook_that_is_called_as_a_whole_is_named():
    x = gn.Input("x", value=np.ones((2, 3)))
    node = np.sum(Halve()(np.exp(x)) * x)
    text = node.graph.plan(node, gradients_of=[x]).source()
    ast.parse(text)
    assert re.search(r"^b\d+\[\.\.\.\] = halve\._output\(b\d+\)", text, re.MULTILINE)
    (gradient,) = re.findall(r"np\.multiply\(c0, x, out=(b\d+)\)", text)
    assert f"= halve._input_grads({gradient})[0]" in text
    assert "called through its hooks" in text


def test_a_formula_of_the_users_is_written_call_by_call():
    x = gn.Input("p", value=np.full((2, 3), 0.25))
    node = Logit()(x)
    assert calls_of(node.graph.plan(node).source(), "forward") == [
        "np.subtract(1.0, p, out=b0)",
        "np.divide(p, b0, out=b0)",
        "np.log(b0, out=b0)",
    ]


def test_a_long_plan_is_cut_in_the_middle():
    x = gn.Input("x", value=np.ones(3))
    node = x
    for _ in range(30):
        node = np.sin(node)
    plan = node.graph.plan(node)
    text = source_of(plan._planned(), None, limit=10)
    ast.parse(text)
    assert text.count("np.sin(") == 10
    assert "# … 20 calls more: plan.source(limit=None)" in text
    assert plan.source(limit=4).count("np.sin(") == 4
    assert plan.source().count("np.sin(") == 30
    assert plan.source(limit=None) == plan.source()


def test_the_text_is_the_same_each_time():
    plan = small_plan()
    assert plan.source() == plan.source()


def test_memory_tells_bytes_in_units():
    memory = small_plan().memory
    assert repr(memory) == (
        f"Memory({memory.bytes} bytes, {memory.without_reuse} bytes without reuse)"
    )
    assert type(memory.bytes) is int
    large = type(memory)(12_400, 4_010_000)
    assert repr(large) == "Memory(12.4 kB, 4.0 MB without reuse)"
    assert large.saved == pytest.approx(1 - 12_400 / 4_010_000)


def test_tiny_calls_that_run_as_one_are_counted():
    weights = [gn.Parameter(value, name=f"w{i}") for i, value in enumerate(range(512))]
    x = gn.Input("x", value=0.5)
    nodes = [np.tanh(weight * x + 1.0) for weight in weights]
    nodes = [one * other for one, other in zip(nodes, nodes[::-1], strict=True)]
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        nodes = [one + other for one, other in pairs]
    (total,) = nodes
    plan = total.graph.plan(total, gradients_of=weights[:3])
    text = plan.source()
    assert re.search(
        r"np\.tanh\(b0\[\d+:\d+\].*  # tanh, and \d+ more  test_source", text
    )
    names = ran(plan._planned())
    plan.run()
    for weight in weights[:3]:
        assert same_bits(names[f"grad_{weight.name}"], weight.grad)
