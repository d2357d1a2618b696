"""The picture of a failure: what ran, what failed and why, what never ran."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from drawn import arrows, boxes, statements

import graphnn as gn
from graphnn.draw.themes import THEMES

SVG = "{http://www.w3.org/2000/svg}"


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
            raise ZeroDivisionError(f"the {phase} gate is stuck\nOil it.")
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


def fails(function, *arguments, error=ZeroDivisionError, **keywords):
    with pytest.raises(error):
        function(*arguments, **keywords)


def texts(graph, **options):
    """Read all that is written in the built-in or laid out SVG."""
    picture = graph.draw(**options)._repr_svg_()
    found = [element.text or "" for element in ET.fromstring(picture).iter()]
    return " ".join(" ".join(found).split())


def fill(box):
    return box.attributes["fillcolor"]


def marked(graph, **options):
    """Tell the marks: by name, the sign, and how the box looks."""
    found = {}
    signs = {"✓": "done", "∇": "returned", "…": "ahead", "✗": "failed"}
    for name, box in boxes(graph, **options).items():
        found[name] = signs.get(box.lines[0][:1], "")
        theme = THEMES[options.get("theme", "light")]
        if found[name] == "failed":
            assert fill(box) == theme.marks["failed"].fill
            assert "ZeroDivisionError" in box.lines
        if found[name] == "ahead":
            assert fill(box) == theme.marks["ahead"].fill
            assert "dashed" in box.attributes["style"]
    return found


def check_nothing_is_told(graph):
    assert set(marked(graph).values()) == {""}
    dot = graph.to_dot()
    assert "failed" not in dot
    assert "gate" not in dot


@pytest.mark.parametrize("theme", list(THEMES))
def test_a_failed_forward_pass(graph, theme):
    Touchy.fail = {"forward"}
    fails(graph.forward, x=np.ones((7, 3)))
    assert marked(graph, theme=theme) == {
        "x": "",
        "w": "",
        "multiply": "done",
        "touchy": "failed",
        "shift": "ahead",
        "square": "ahead",
        "add": "ahead",
        "sum": "ahead",
    }
    written = texts(graph, theme=theme)
    assert "the forward pass failed at touchy" in written
    assert "after 1 of 5 operations" in written
    assert "ZeroDivisionError: the forward gate is stuck" in written
    assert "Oil it." in written
    assert "not run yet" in written  # the legend
    Touchy.fail = frozenset()
    graph.forward()
    check_nothing_is_told(graph)


def test_the_shapes_are_those_that_led_to_the_error(graph):
    fails(graph.forward, x=np.ones((7, 4)), error=gn.ShapeError)
    labels = {arrow.label for arrow in arrows(graph)}
    assert "(7, 4)" in labels
    assert "(2, 3)" not in labels
    assert "shapes (7, 4) and (3,)" in texts(graph)

    def stop(step):
        if step.node.name == "square":
            raise LookupError("stop")

    graph.on_forward(stop)
    fails(graph.forward, x=np.ones((7, 3)), error=LookupError)
    assert [arrow.label for arrow in arrows(graph)].count("(7, 3)") == 4


def test_values_of_an_earlier_pass_are_not_shown(graph):
    Touchy.fail = {"forward"}
    before = boxes(graph, show=("shape", "value"))["multiply"].lines
    fails(graph.forward)
    after = boxes(graph, show=("shape", "value"))["multiply"].lines
    assert any("2" in line for line in before)
    assert not any("2" in line for line in after)
    assert boxes(graph, show="value")["w"].lines[1:] != []  # a parameter has its own


def test_a_failed_backward_pass(graph):
    Touchy.fail = {"backward"}
    fails(graph.backward)
    assert marked(graph) == {
        "x": "",
        "w": "ahead",
        "multiply": "ahead",
        "touchy": "failed",
        "shift": "returned",
        "square": "returned",
        "add": "returned",
        "sum": "returned",
    }
    written = texts(graph)
    assert "the backward pass failed at touchy" in written
    assert "ZeroDivisionError: the backward gate is stuck" in written
    assert {arrow.label for arrow in arrows(graph)} >= {"(2, 3)", "(3,)"}
    Touchy.fail = frozenset()
    graph.backward()
    check_nothing_is_told(graph)


def test_gradients_of_an_earlier_pass_are_not_shown(graph):
    def numbers():
        found = [a for a in arrows(graph, passes="both") if a.is_gradient]
        return [a.label for a in found if any(c.isdigit() for c in a.label)]

    assert numbers()
    Touchy.fail = {"backward"}
    fails(graph.backward)
    assert not any("‖" in label for label in numbers())
    assert graph["w"].grad is not None
    Touchy.fail = frozenset()
    graph.backward()
    assert numbers()


def test_an_interrupt(graph):
    Touchy.fail = {"interrupt"}
    fails(graph.forward, error=KeyboardInterrupt)
    written = texts(graph)
    assert (
        "the forward pass was interrupted by a KeyboardInterrupt at touchy" in written
    )


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_a_plan_that_fails(graph, phase):
    plan = graph.plan(gradients_of=[graph["w"], graph["shift"]])
    for scale in (1.0, 2.0):
        plan.run(x=np.full((5, 3), scale))
    Touchy.fail = {phase}
    fails(plan.run, x=np.ones((5, 3)))
    marks = marked(graph)
    assert marks["touchy"] == "failed"
    assert marks["multiply"] == ("done" if phase == "forward" else "ahead")
    assert marks["square"] == ("ahead" if phase == "forward" else "returned")
    assert f"the {phase} gate is stuck" in texts(graph)
    assert "(5, 3)" in {arrow.label for arrow in arrows(graph)}
    Touchy.fail = frozenset()
    plan.run(x=np.ones((5, 3)))
    check_nothing_is_told(graph)


def test_an_operation_that_is_refused(graph):
    plain = graph.to_dot()
    fails(np.matmul, graph["square"], np.ones((4, 2)), error=gn.ShapeError)
    found = boxes(graph)
    red = found["matmul"]
    assert red.lines == ["✗ matmul", "failed", "ShapeError"]
    assert fill(red) == THEMES["light"].marks["failed"].fill
    into = {a.tail: a.label for a in arrows(graph) if a.key == red.key}
    assert into == {
        found["square"].key: "(2, 3)",
        found["constant"].key: "(4, 2)",
    }
    assert "building failed at matmul" in texts(graph)
    assert "cannot multiply (2, 3) by (4, 2)" in texts(graph)
    graph.forward()
    assert graph.to_dot() == plain


def test_the_first_batch_of_a_network():
    class Block(gn.Layer):
        def _setup_layer(self, input_):
            self.weight = gn.Parameter(np.ones((2, 4)), name="weight")

        def _connect(self, input_):
            return np.exp(input_) @ self.weight

    layers = [gn.Dense(3, "tanh"), Block()]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    fails(net.to_dot, error=gn.NotRunError)
    fails(net.train_batch, np.ones((5, 4)), np.ones((5, 4)), error=gn.ShapeError)
    assert net.graph is None
    found = boxes(net)
    assert found["block_1/matmul"].lines[0] == "✗ matmul"
    assert fill(found["block_1/matmul"]) == THEMES["light"].marks["failed"].fill
    into = [a.label for a in arrows(net) if a.key == found["block_1/matmul"].key]
    assert into == ["(5, 3)", "(2, 4)"]
    assert "block_1/exp" in found
    assert "cannot multiply (5, 3) by (2, 4)" in texts(net)
    assert "image/svg+xml" in net._repr_mimebundle_()
    folded = [each.lines[0] for each in statements(net, depth=1) if not each.tail]
    assert folded == ["input", "dense_1", "✗ block_1"]
    assert "✗" in net.to_dot(passes="both", color_by="value")
    net.layers[0] = gn.Dense(2, "tanh")
    net.train_batch(np.ones((5, 4)), np.ones((5, 4)))
    assert "✗" not in net.to_dot()


def test_a_layer_that_refuses_its_input():
    net = gn.NeuralNetwork([gn.Dense(3), gn.Conv2D(2, 3)], gn.MeanSquaredError())
    fails(net.forward, np.ones((5, 4)), error=gn.ShapeError)
    red = boxes(net)["conv2d_1/conv2d"]
    assert red.lines == ["✗ conv2d", "failed", "ShapeError"]
    assert [a.label for a in arrows(net) if a.key == red.key] == ["(5, 3)"]
    assert "Conv2D takes images" in texts(net)


def test_a_traced_function():
    traced = gn.trace(lambda a, b: np.sum(np.exp(a) * b))
    fails(traced, np.ones(3), np.ones(4), error=gn.ShapeError)
    written = traced.failure.draw()._repr_svg_()
    assert "building failed at multiply" in written
    red = boxes(traced.failure.graph)["multiply"]
    assert red.lines[0] == "✗ multiply"


def test_every_option_draws_a_failure(graph):
    every = ("shape", "dtype", "value", "grad", "source", "formula")
    Touchy.fail = {"backward"}
    fails(graph.backward)
    for options in (
        {"show": every, "passes": "both"},
        {"passes": "backward"},
        {"color_by": "grad_norm"},
        {"color_by": "value"},
        {"depth": 1, "direction": "LR"},
        {"max_nodes": 2},
        {"target": graph["square"], "highlight": graph["multiply"]},
        {"around": graph["square"], "radius": 1},
    ):
        assert "✗" in graph.to_dot(**options), options
    Touchy.fail = {"forward"}
    fails(graph.forward)
    assert "✗" in graph.to_dot(target=graph["square"], show=every)
    fails(np.matmul, graph["square"], np.ones((4, 2)), error=gn.ShapeError)
    assert "✗" in graph.to_dot(show=every, passes="both")
    assert "✗" not in graph.to_dot(target=graph["square"])


def test_marks_of_ones_own_are_drawn_instead(graph):
    Touchy.fail = {"forward"}
    fails(graph.forward)
    dot = graph.to_dot(marks={"square": "current"}, caption="mine")
    assert "✗" not in dot
    assert "mine" in dot
    assert "stuck" not in dot
    assert "✗" not in graph.to_dot(marks={})
    both = texts(graph, notes={"sum": "a note"}, caption="mine")
    assert "mine" in both
    assert "a note" in both
    assert "stuck" in both


def test_a_hostile_message_is_inert(graph):
    class Evil(Exception):
        pass

    def stop(step):
        raise Evil('<script>alert("\\N")</script>\x00 \u202e javascript:')

    graph.on_forward(stop)
    fails(graph.forward, error=Evil)
    assert "<script" not in graph.to_dot()
    svg = graph.draw()._repr_svg_()
    assert "<script" not in svg
    assert "alert" in texts(graph)
    assert "\x00" not in svg


def test_the_stepper_draws_its_own_picture(graph):
    stepper = gn.Stepper(graph)
    Touchy.fail = {"forward"}
    fails(list, stepper)
    dot = stepper.draw().dot
    assert dot.count("ZeroDivisionError") >= 1


def test_the_same_failure_gives_the_same_picture(graph):
    Touchy.fail = {"forward"}
    fails(graph.forward)
    first = graph.to_dot()
    fails(graph.forward)
    assert graph.to_dot() == first
    keys = [each.key for each in statements(graph) if not each.tail]
    Touchy.fail = frozenset()
    graph.forward()
    assert [each.key for each in statements(graph) if not each.tail] == keys


class Seventh(gn.Operation):
    """Passes on; the seventh of a pass fails, if it is told to."""

    turns = 0

    def _output(self):
        self.take_turn()
        return self.input_ * 1.0

    def _input_grad(self, output_grad):
        self.take_turn()
        return output_grad * 1.0

    def take_turn(self):
        Seventh.turns -= 1
        if Seventh.turns == 0:
            raise ZeroDivisionError("stuck")


class Block(gn.Layer):
    def _setup_layer(self, input_):
        self.weight = gn.Parameter(np.ones((3, 3)), name="weight")

    def _connect(self, input_):
        return Seventh()(input_) @ self.weight


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_of_equal_blocks_the_one_that_failed_stands_apart(phase):
    value = gn.Input("x", value=np.ones((2, 3)))
    for _ in range(12):
        value = Block()(value)
    graph = np.sum(value).graph

    def folds():
        found = [each for each in statements(graph, depth=1) if not each.tail]
        return {each.lines[0]: each for each in found if "block" in each.lines[0]}

    assert list(folds()) == ["block_1 … block_12 × 12"]
    Seventh.turns = 7
    if phase == "forward":
        fails(graph.forward)
        told = ["✓ block_1 … block_6 × 6", "✗ block_7", "… block_8 … block_12 × 5"]
    else:
        fails(graph.backward, wrt="x")
        told = ["… block_1 … block_5 × 5", "✗ block_6", "∇ block_7 … block_12 × 6"]
    assert list(folds()) == told
    red = folds()[told[1]]
    assert red.lines[-2:] == ["failed", "ZeroDivisionError"]
    assert fill(red) == THEMES["light"].marks["failed"].fill
    assert "dashed" not in red.attributes["style"]
    graph.forward()
    assert list(folds()) == ["block_1 … block_12 × 12"]


# -- gradients -------------------------------------------------------------------------
def gradient_labels(graph, **options):
    """Give the labels of the arrows of gradients, by the boxes that they join."""
    names = {box.key: name for name, box in boxes(graph, **options).items()}
    return {
        (names[arrow.tail], names[arrow.key]): arrow.label
        for arrow in arrows(graph, **options)
        if arrow.is_gradient
    }


def folded_lines(graph, **options):
    found = [each for each in statements(graph, depth=1, **options) if not each.tail]
    return {each.lines[0].strip("✓✗∇… "): each.lines for each in found}


@pytest.mark.parametrize("phase", ["forward", "building"])
def test_gradients_of_an_earlier_pass_are_not_shown_after_another_failure(phase):
    layers = [gn.Dense(3, "tanh"), gn.Dense(4, "sigmoid"), Block()]
    layers[1] = gn.Dense(3, "sigmoid")
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    graph_of = net.train_batch(np.ones((5, 4)), np.ones((5, 3))) and net.graph
    graph_of.backward()
    asked = {"passes": "both", "show": ("shape", "grad"), "color_by": "grad_norm"}
    assert "–" not in gradient_labels(graph_of, passes="both").values()
    if phase == "forward":
        fails(graph_of.forward, {"input": np.ones((5, 9))}, error=gn.ShapeError)
    else:
        fails(np.matmul, graph_of["input"], np.ones((9, 9)), error=gn.ShapeError)
    assert set(gradient_labels(graph_of, passes="both").values()) == {"–"}
    digits = re.compile(r"grad\S* +\[*-?[0-9]")
    dot = graph_of.to_dot(**asked) + graph_of.to_dot(depth=1, **asked)
    assert not digits.search(dot)
    assert any("‖ –" in line for line in folded_lines(graph_of, **asked)["dense_1"])


def deep(rows=40):
    """A chain of layers, whose second one fails on its way back."""
    x = gn.Input("x", value=np.linspace(-1.0, 1.0, 3 * rows).reshape(rows, 3))
    value = gn.Dense(3, "tanh")(x)
    value = Touchy()(value)
    value = gn.Dense(3, "tanh")(value)
    loss = np.mean(np.square(value + gn.Dense(3)(value)))
    loss.graph.backward()
    return loss.graph


def test_gradients_that_had_been_handed_on_are_drawn():
    graph = deep()
    options = {"passes": "both", "show": ("shape", "grad")}
    whole, lines = gradient_labels(graph, **options), boxes(graph, **options)
    folded = gradient_labels(graph, depth=1, passes="both")
    Touchy.fail = {"backward"}
    fails(graph.backward)
    now = gradient_labels(graph, **options)
    assert now.keys() == whole.keys()
    came = {ends: label for ends, label in now.items() if label != "–"}
    assert ("touchy", "dense_2/weight_multiply") in came
    assert all(label == whole[ends] for ends, label in came.items())
    missing = {tail for tail, _ in now.keys() - came.keys()}
    assert missing == {
        "dense_1/weight_multiply",
        "dense_1/bias_add",
        "dense_1/tanh",
        "dense_1/weight",
        "dense_1/bias",
    }
    failed = boxes(graph, **options)
    for name in ("touchy", "dense_2/weight", "dense_2/bias", "add"):
        line = [each for each in failed[name].lines if "grad" in each]
        assert line == [each for each in lines[name].lines if "grad" in each], name
    assert any("grad –" in each for each in failed["dense_1/weight"].lines)
    again = gradient_labels(graph, depth=1, passes="both")
    assert again.keys() == folded.keys()
    assert [again[ends] for ends in again if "dense_1" in ends[0]] == ["–"]
    assert all(again[ends] in (folded[ends], "–") for ends in folded)


def test_a_value_that_is_used_twice_has_the_sum_if_all_is_there():
    x = gn.Input("x", value=np.ones((4, 3)))
    value = Touchy()(x * gn.Parameter(np.full(3, 2.0), name="w"))
    with gn.scope("inside"):
        both = value + np.sin(value)
    graph = np.sum(both).graph
    whole = gradient_labels(graph, depth=1, passes="both")
    graph.backward()
    whole = gradient_labels(graph, depth=1, passes="both")
    Touchy.fail = {"backward"}
    fails(graph.backward)
    now = gradient_labels(graph, depth=1, passes="both")
    (ends,) = [ends for ends in whole if ends[0] == "touchy"]
    assert now[ends] == whole[ends] != "–"
    (line,) = [e for e in boxes(graph, passes="both")["touchy"].lines if "grad" in e]
    assert line.endswith("2 parts")


def test_nan_in_a_gradient_that_had_come_is_counted():
    x = gn.Input("x", value=np.ones((4, 3)))
    value = Touchy()(x * gn.Parameter(np.full(3, 2.0), name="w"))
    loss = np.sum(value * np.array([1.0, np.nan, np.inf]))
    Touchy.fail = {"backward"}
    fails(loss.graph.backward)
    assert "4 NaN, 4 inf of 12" in gradient_labels(loss.graph, passes="both").values()


def test_colours_after_a_failed_backward_pass():
    graph = deep()
    Touchy.fail = {"backward"}
    fails(graph.backward)
    found = boxes(graph, color_by="grad_norm")
    assert any(line.startswith("‖grad‖ ") for line in found["dense_2/weight"].lines)
    assert "‖grad‖ –" in found["dense_1/weight"].lines


def test_gradients_that_are_only_remembered_take_no_memory():
    graph = deep()
    Touchy.fail = {"backward"}
    fails(graph.backward)
    size = graph["dense_2/tanh"].output.nbytes
    assert f"{size} B" in boxes(graph, color_by="memory")["dense_2/tanh"].lines
