"""Operations that are taken apart: their formulas as boxes, wired to all around."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from cases import CASES, numbers

import graphnn as gn
from graphnn.draw import to_dot
from graphnn.draw.compose import compose
from graphnn.draw.options import Options
from graphnn.errors import ArgumentError, MissingNode, NotRunError
from graphnn.graph.watching import Watcher, watched_by


def scene_of(graph, **options):
    return compose(graph, Options(**options))


def titles(scene):
    return [box.title for box in scene.boxes]


def links(scene, role="value"):
    """List the arrows as (title of tail, title of head)."""
    called = {box.key: box.title for box in scene.boxes}
    return [
        (called[arrow.tail], called[arrow.head])
        for arrow in scene.arrows
        if arrow.role == role
    ]


def frame_of(scene, title):
    (frame,) = [frame for frame in scene.frames if frame.title == title]
    return frame


def inside(scene, frame):
    return [box.title for box in scene.boxes if box.frame == frame.key]


@pytest.fixture
def network():
    """A dense layer with a sigmoid, and a loss that has been differentiated."""
    x = gn.Input("x", value=numbers(4, 5))
    y = gn.Input("y", value=np.eye(3)[[0, 1, 2, 0]])
    hidden = gn.Dense(8, "sigmoid")(x)
    loss = gn.SoftmaxCrossEntropy()(gn.Dense(3)(hidden), y)
    loss.backward()
    return loss.graph


class Logistic(gn.Operation):
    def _output(self):
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad):
        return output_grad * self.output * (1 - self.output)


class Halves(gn.Operation):
    """Two outputs, of which one is the input itself."""

    arity = 1

    def _output(self):
        return self.input_, np.exp(self.input_) * 0.5

    def _input_grads(self, output_grad):
        same, half = output_grad
        return (same + half * self.output[1],)


class Branching(gn.Operation):
    def _output(self):
        return self.input_ if np.sum(self.input_) > 0 else -self.input_

    def _input_grad(self, output_grad):
        return output_grad


# -- what is drawn ---------------------------------------------------------------------
def test_a_sigmoid_in_a_layer_is_its_formula(network):
    scene = scene_of(network, expand="dense_1/sigmoid")
    frame = frame_of(scene, "sigmoid")
    assert frame.kind == "expanded"
    assert frame.parent == frame_of(scene, "dense_1").key
    assert inside(scene, frame) == [
        "minimum",
        "maximum",
        "exp",
        "negative",
        "exp_2",
        "add",
        "divide",
    ]
    assert "sigmoid" not in titles(scene)
    assert links(scene)[4:] == [
        ("bias_add", "minimum"),
        ("bias_add", "maximum"),
        ("minimum", "exp"),
        ("maximum", "negative"),
        ("negative", "exp_2"),
        ("exp", "add"),
        ("exp_2", "add"),
        ("exp", "divide"),
        ("add", "divide"),
        ("divide", "weight_multiply"),
        ("weight", "weight_multiply"),
        ("weight_multiply", "bias_add"),
        ("bias", "bias_add"),
        ("bias_add", "softmax_cross_entropy"),
        ("y", "softmax_cross_entropy"),
    ]


def test_numbers_stand_in_labels_and_shapes_on_arrows(network):
    scene = scene_of(network, expand="dense_1/sigmoid", show=("shape", "dtype"))
    boxes = {box.title: box for box in scene.boxes}
    assert boxes["minimum"].suffix == "(·, 0.0)"
    inner = [a for a in scene.arrows if a.tail == boxes["exp"].key]
    assert [arrow.label for arrow in inner] == ["(4, 8) float64"] * 2
    assert boxes["exp"].tip.startswith("dense_1/sigmoid/exp (Exp): (4, 8) float64")


def test_values_are_those_of_the_formula():
    x = gn.Input("x", value=[0.0])
    scene = scene_of(Logistic()(x).graph, expand="logistic", show="value")
    shown = {box.title: box.lines[-1] for box in scene.boxes}
    assert shown == {
        "x": "value 0",
        "multiply": "value 0",
        "exp": "value 1",
        "add": "value 2",
        "divide": "value 0.5",
    }


def test_a_composite_in_a_composite_is_taken_apart_as_well(network):
    scene = scene_of(network, expand="softmax_cross_entropy")
    frame = frame_of(scene, "softmax_cross_entropy")
    assert {"max", "subtract", "log", "where", "divide"} <= set(inside(scene, frame))
    assert all(type(box).__name__ == "Box" for box in scene.boxes)
    (sink,) = [box for box in scene.boxes if box.kind == "sink"]
    assert sink.title == "divide"
    assert sink.lines[0] == "→ ()"


def test_parameters_stay_outside():
    y = gn.WeightMultiply(numbers(4, 3))(gn.Input("x", value=numbers(2, 5, 4)))
    scene = scene_of(y.graph, expand="weight_multiply")
    frame = frame_of(scene, "weight_multiply")
    assert inside(scene, frame) == ["reshape", "dot", "reshape_2"]
    assert ("weight", "dot") in links(scene)
    assert ("x", "reshape") in links(scene)
    (weight,) = [box for box in scene.boxes if box.kind == "parameter"]
    assert weight.frame is None


def test_arrays_of_the_graph_are_not_drawn_twice():
    mask = np.array([True, False, True])
    y = gn.Softmax()(np.where(mask, gn.Input("x", value=numbers(2, 3)), -np.inf))
    scene = scene_of(y.graph, expand="softmax")
    assert titles(scene)[:3] == ["x", "constant", "where"]
    z = Scaled()(gn.Input("x", value=numbers(2, 3)), numbers(3), 2.0)
    scene = scene_of(z.graph, expand="scaled")
    assert sorted(titles(scene)) == ["constant", "exp", "multiply", "multiply_2", "x"]
    (scaled,) = [box for box in scene.boxes if box.title == "multiply_2"]
    assert scaled.suffix == "(·, 2.0)"
    assert ("constant", "multiply") in links(scene)


class Scaled(gn.Operation):
    arity = 3

    def _output(self):
        x, scale, number = self.input_values
        return np.exp(x) * scale * number

    def _input_grads(self, output_grad):
        return (None, None, None)


def test_arrays_that_a_hook_makes_are_in_the_frame():
    class Weighted(gn.Operation):
        def _output(self):
            return np.exp(self.input_) * np.arange(3.0)

        def _input_grad(self, output_grad):
            return output_grad

    y = Weighted()(gn.Input("x", value=numbers(2, 3)))
    scene = scene_of(y.graph, expand="weighted")
    frame = frame_of(scene, "weighted")
    assert sorted(inside(scene, frame)) == ["constant", "exp", "multiply"]


def test_the_frame_says_the_class_where_the_name_does_not():
    y = Logistic()(gn.Input("x", value=[1.0]))
    assert frame_of(scene_of(y.graph, expand="logistic"), "logistic").suffix == ""
    y.name = "gate"
    frame = frame_of(scene_of(y.graph, expand="gate"), "gate")
    assert frame.suffix == "Logistic"
    assert frame.tip.startswith("gate (Logistic): (1,) float64, test_expanded.py:")


def test_a_frame_is_told_from_a_scope_of_the_same_name():
    x = gn.Input("x", value=[1.0])
    y = Logistic()(x)
    with gn.scope("logistic"):
        z = np.exp(y)
    scene = scene_of(z.graph, expand="logistic")
    one, other = [frame for frame in scene.frames if frame.title == "logistic"]
    assert {one.kind, other.kind} == {"scope", "expanded"}
    assert sorted(map(len, [inside(scene, one), inside(scene, other)])) == [1, 4]


# -- several outputs -------------------------------------------------------------------
def test_each_output_leads_to_its_own_users():
    same, half = Halves()(gn.Input("x", value=numbers(3)))
    total = np.tanh(same) + np.sin(half)
    scene = scene_of(total.graph, expand="halves")
    assert titles(scene) == ["x", "exp", "multiply", "tanh", "sin", "add"]
    assert links(scene) == [
        ("x", "exp"),
        ("exp", "multiply"),
        ("x", "tanh"),
        ("multiply", "sin"),
        ("tanh", "add"),
        ("sin", "add"),
    ]


def test_a_recurrent_layer_is_taken_apart():
    states = gn.LSTM(3)(gn.Input("x", value=numbers(2, 3, 4)))
    graph = states.graph
    (name,) = [n.name for n in graph.nodes if type(n).__name__ == "LSTMSequence"]
    scene = scene_of(graph, expand=name)
    keys = {box.key for box in scene.boxes}
    assert all({arrow.tail, arrow.head} <= keys for arrow in scene.arrows)
    assert len(scene.boxes) > 30
    assert all("/" not in box.title for box in scene.boxes)
    assert {"h", "c", "x_0", "candidate"} <= set(titles(scene))
    (frame,) = [frame for frame in scene.frames if frame.title == "step_1"]
    assert frame.kind == "scope"


# -- which ones ------------------------------------------------------------------------
def test_a_glob_expands_what_it_fits_and_can_be(network):
    scene = scene_of(network, expand="dense_1/*")
    assert [f.title for f in scene.frames if f.kind == "expanded"] == ["sigmoid"]
    scene = scene_of(network, expand=lambda name: "entropy" in name or "weight" in name)
    kinds = [f.title for f in scene.frames if f.kind == "expanded"]
    assert kinds == ["softmax_cross_entropy"]


def test_what_fits_a_scope_is_about_scopes(network):
    for given in ("dense_1", "dense_*", lambda name: name.startswith("dense")):
        scene = scene_of(network, expand=given)
        assert all(frame.kind == "scope" for frame in scene.frames)


def test_several_are_named(network):
    scene = scene_of(network, expand=["dense_1/sigmoid", "softmax_cross_entropy"])
    assert [f.title for f in scene.frames if f.kind == "expanded"] == [
        "sigmoid",
        "softmax_cross_entropy",
    ]
    assert ("divide", "weight_multiply") in links(scene)


def test_one_expanded_operation_leads_into_another():
    x = gn.Input("x", value=numbers(2, 3))
    y = Logistic()(Logistic()(x))
    scene = scene_of(y.graph, expand=["logistic", "logistic_2"])
    assert len(scene.frames) == 2
    assert ("divide", "multiply") in links(scene)
    passed = gn.Softmax()(Halves()(x)[0])
    scene = scene_of(passed.graph, expand=lambda name: True)
    assert ("x", "max") in links(scene)


def test_scopes_around_are_opened(network):
    scene = scene_of(network, expand="dense_1/sigmoid", depth=1)
    assert "dense_2" in titles(scene)
    assert frame_of(scene, "sigmoid").kind == "expanded"
    scene = scene_of(network, expand="dense_1/sigmoid", fold="dense_*")
    assert frame_of(scene, "sigmoid").kind == "expanded"
    scene = scene_of(network, expand="dense_1/sigmoid", max_nodes=3)
    assert frame_of(scene, "sigmoid").kind == "expanded"


def test_equal_blocks_are_expanded_once():
    x = gn.Input("x", value=numbers(2, 4))
    for number in range(6):
        with gn.scope(f"block_{number}"):
            x = Logistic()(x * 0.5)
    scene = scene_of(np.sum(x).graph, expand="*/logistic", depth=1)
    assert [f.kind for f in scene.frames] == ["scope", "expanded"]
    assert scene.frames[0].suffix == "× 6"
    assert titles(scene) == ["x", "multiply", "multiply", "exp", "add", "divide", "sum"]


def test_what_each_of_equal_blocks_gives_is_one_arrow():
    x, outputs = gn.Input("x", value=numbers(2, 4)), []
    for number in range(3):
        with gn.scope(f"block_{number}"):
            x = Logistic()(x * 0.5)
            outputs.append(x)
    scene = scene_of(np.stack(outputs).graph, expand="*/logistic", depth=1)
    assert links(scene).count(("divide", "stack")) == 1
    (arrow,) = [a for a in scene.arrows if a.head == scene.boxes[-1].key]
    assert arrow.label == "3 × (2, 4)"


def test_only_what_is_near_is_drawn(network):
    scene = scene_of(network, expand="dense_1/sigmoid", around="dense_2/bias_add")
    keys = {box.key for box in scene.boxes}
    assert all({arrow.tail, arrow.head} <= keys for arrow in scene.arrows)
    scene = scene_of(network, expand="dense_1/sigmoid", target="dense_1/sigmoid")
    (sink,) = [box for box in scene.boxes if box.kind == "sink"]
    assert sink.title == "divide"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plus", "cannot be expanded: it is elementary"),
        ("x", "computes nothing"),
        ("dense_1/weight", "computes nothing"),
    ],
)
def test_what_has_no_formula_is_refused_where_it_is_named(network, name, message):
    (network["softmax_cross_entropy"] + 1.0).name = "plus"
    with pytest.raises(ArgumentError, match=message):
        scene_of(network, expand=name)
    with pytest.raises(ArgumentError, match=message):
        scene_of(network, expand=["dense_1/sigmoid", name])


def test_a_glob_that_fits_nothing_to_expand_is_refused(network):
    with pytest.raises(ArgumentError, match="it is one call"):
        scene_of(network, expand="*/bias_add")
    np.exp(network["softmax_cross_entropy"])
    with pytest.raises(ArgumentError, match="it is elementary"):
        scene_of(network, expand="ex*")


def test_one_call_is_drawn_where_it_is_named(network):
    scene = scene_of(network, expand="dense_1/bias_add")
    assert inside(scene, frame_of(scene, "bias_add")) == ["add"]


def test_unknown_names_are_refused(network):
    with pytest.raises(MissingNode, match="Did you mean 'dense_1/sigmoid'"):
        scene_of(network, expand="dense_1/sigmiod")


def test_a_hook_that_cannot_be_traced_is_refused():
    y = Branching()(gn.Input("x", value=[1.0]))
    with pytest.raises(ArgumentError, match="cannot be traced"):
        scene_of(y.graph, expand="branching")


def test_what_has_not_run_is_refused():
    y = Logistic()(gn.Input("x"))
    with pytest.raises(NotRunError, match="has no value yet"):
        scene_of(y.graph, expand="logistic")
    y.graph.forward(x=[1.0])
    assert len(scene_of(y.graph, expand="logistic").frames) == 1


# -- gradients and colours -------------------------------------------------------------
def test_gradients_end_where_the_values_do(network):
    scene = scene_of(network, expand="dense_1/sigmoid", passes="both")
    back = links(scene, "gradient")
    assert ("divide", "weight_multiply") in back
    assert ("bias_add", "minimum") in back
    assert not {("exp", "divide"), ("minimum", "exp")} & set(back)
    plain = scene_of(network, passes="both")
    assert len(back) == len(links(plain, "gradient"))
    sizes = sorted(a.label for a in scene.arrows if a.role == "gradient")
    assert sizes == sorted(a.label for a in plain.arrows if a.role == "gradient")


def test_the_result_has_the_gradient_and_the_marks(network):
    node = network["dense_1/sigmoid"]
    scene = scene_of(
        network,
        expand="dense_1/sigmoid",
        show=("shape", "grad"),
        marks={node: "culprit"},
        notes={node: "look here"},
    )
    boxes = {box.title: box for box in scene.boxes}
    plain = {box.title: box for box in scene_of(network, show="grad").boxes}
    assert plain["sigmoid"].lines[0] in boxes["divide"].lines
    assert boxes["divide"].signs
    assert boxes["divide"].lines[-1] == "look here"
    assert boxes["exp"].lines == ()
    assert not boxes["exp"].signs


@pytest.mark.parametrize("word", ["grad_norm", "value", "time", "memory", "dtype"])
def test_colours_of_formulas(network, word):
    scene = scene_of(network, expand="dense_1/sigmoid", color_by=word)
    assert "divide" in titles(scene)


def test_nodes_of_a_gradient_are_operations_too():
    y = np.sum(gn.Softmax()(gn.Input("x", value=numbers(2, 3))))
    y.graph.gradient(y, wrt="x")
    made = [n for n in y.graph.nodes if n.forward_node is not None and n.expandable]
    if not made:
        made = [gradient_of_a_hook()]
    graph = made[0].graph
    scene = scene_of(graph, expand=made[0].name)
    (frame,) = [frame for frame in scene.frames if frame.kind == "expanded"]
    parts = [box for box in scene.boxes if box.frame == frame.key]
    assert parts
    assert all(box.kind == "gradient" for box in parts)
    assert all("→" not in str(box.lines) for box in parts[:-1])


def test_a_gradient_that_nothing_uses_says_its_shape():
    node = gradient_of_a_hook()
    graph = node.graph
    (plain,) = [b for b in scene_of(graph).boxes if b.title == node.name.split("/")[-1]]
    is_end = node.id not in {i for each in graph.nodes for i in each.input_ids}
    scene = scene_of(graph, expand=node.name)
    (last,) = [
        box for box in scene.boxes if box.title == "divide" and box.kind == "gradient"
    ]
    assert ("→" in str(last.lines)) == is_end == ("→" in str(plain.lines))


def gradient_of_a_hook():
    class Gelu(gn.Operation):
        def _output(self):
            return gn.ops.activations.logistic(self.input_)

        def _input_grad(self, output_grad):
            return Logistic()(output_grad * self.input_)

    y = np.sum(Gelu()(gn.Input("x", value=numbers(2, 3))))
    y.graph.gradient(y, wrt="x")
    return next(n for n in y.graph.nodes if n.forward_node is not None and n.expandable)


# -- all operations of the library -----------------------------------------------------
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_operation_is_expanded_or_says_why_not(case):
    node = case.make()(*case.inputs)
    before = shape_of(node.graph)
    answer = node.expandable
    if not answer:
        with pytest.raises(ArgumentError) as caught:
            scene_of(node.graph, expand=node.name)
        assert answer.reason in str(caught.value)
    else:
        scene = scene_of(node.graph, expand=node.name, passes="both")
        keys = {box.key for box in scene.boxes}
        assert len(keys) == len(scene.boxes)
        assert all({arrow.tail, arrow.head} <= keys for arrow in scene.arrows)
        heads = {arrow.head for arrow in scene.arrows if arrow.role == "value"}
        parts = [box for box in scene.boxes if box.key.count("_")]
        assert parts
        assert all(box.key in heads or box.kind == "constant" for box in parts)
    assert shape_of(node.graph) == before


def shape_of(graph):
    return [
        (n.id, graph.name_of(n), n.input_ids, len(n.consumers)) for n in graph.nodes
    ]


# -- nothing is changed, and all is the same each time ---------------------------------
def test_the_graph_stays_as_it_is(network):
    before, count = shape_of(network), len(network)
    outputs = [node.output for node in network.nodes]
    grads = [node.output_grad for node in network.nodes]
    dot = to_dot(network, expand=["dense_1/sigmoid", "softmax_cross_entropy"])
    assert shape_of(network) == before
    assert len(network) == count
    assert all(n.output is o for n, o in zip(network.nodes, outputs, strict=True))
    assert all(n.output_grad is g for n, g in zip(network.nodes, grads, strict=True))
    assert to_dot(network, expand=["dense_1/sigmoid", "softmax_cross_entropy"]) == dot
    y = np.exp(network["dense_1/sigmoid"])
    assert y.name == "exp"


def test_watchers_hear_nothing(network):
    heard = []

    class Listening(Watcher):
        def step(self, step):
            heard.append(step)

    with watched_by(Listening()):
        scene_of(network, expand="dense_1/sigmoid", show="formula")
        assert heard == []
        np.exp(network["dense_1/sigmoid"])
    assert len(heard) == 1


SCRIPT = """
import numpy as np, graphnn as gn
x = gn.Input("x", value=np.arange(6.0).reshape(2, 3))
print(gn.Softmax()(gn.Dense(3, "sigmoid")(x)).graph.to_dot(
    expand=["dense_1/sigmoid", "softmax"], show=("shape", "formula")))
"""


def test_the_dot_text_is_the_same_in_every_process():
    texts = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("0", "1")
    }
    (text,) = texts
    assert "subgraph cluster_1" in text
    assert "n6_0" in text or "n5_0" in text


def test_many_are_expanded_in_no_time():
    node = gn.Input("x", value=numbers(4, 8))
    for _ in range(100):
        node = gn.Softmax()(node)
    start = time.perf_counter()
    scene = scene_of(node.graph, expand="softmax*", max_nodes=None)
    assert len(scene.boxes) == 501
    assert time.perf_counter() - start < 5.0
