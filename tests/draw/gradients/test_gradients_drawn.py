"""Gradients in a picture: their arrows, the numbers on them, and what adds up."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from drawn import arrows, boxes, gradients

import graphnn as gn
from graphnn.draw.themes import LIGHT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def square() -> gn.Graph:
    x = gn.Input("x", value=3.0)
    return (x * x).graph


@pytest.fixture
def network() -> gn.NeuralNetwork:
    rng = np.random.default_rng(0)
    network = gn.NeuralNetwork(
        [gn.Dense(5, "sigmoid"), gn.Dense(1)], loss=gn.MeanSquaredError()
    )
    network.batch = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    network.train_batch(*network.batch)
    return network


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", text)]


# -- fan-out: the parts add up ---------------------------------------------------------
def test_the_two_gradients_of_a_square_add_up_to_its_gradient(square):
    square.backward(wrt="x")
    parts = [float(label) for label in gradients(square, passes="both")]
    assert parts == [3.0, 3.0]
    assert sum(parts) == square.find("x").grad
    assert "grad 6 = 3 + 3" in boxes(square, passes="both")["x"].lines


def test_doubling_twice():
    a = gn.Input("a", value=1.0)
    b = a + a
    c = b + b
    c.graph.backward(c, wrt=a)
    assert gradients(c.graph, passes="both") == ["2", "2", "1", "1"]
    drawn = boxes(c.graph, passes="both")
    assert "grad 4 = 2 + 2" in drawn["a"].lines
    assert "grad 2 = 1 + 1" in drawn["add"].lines
    assert "grad 1" in drawn["add_2"].lines, "what the pass began with"


def test_a_value_that_is_used_three_times():
    x = gn.Parameter([1.0, 2.0], name="x")
    loss = np.sum(x * 2.0) + np.sum(x * -3.0) + np.sum(np.square(x))
    loss.backward()
    labels = gradients(loss.graph, passes="both")
    assert {"[2, 2]", "[-3, -3]", "[2, 4]"} <= set(labels)
    (line,) = [
        line for line in boxes(loss.graph, passes="both")["x"].lines[1:] if "=" in line
    ]
    whole, _, parts = line.partition(" = ")
    sums = np.sum([numbers(part) for part in parts.split(" + ")], axis=0)
    assert sums.tolist() == numbers(whole) == x.grad.tolist()


def test_large_parts_are_counted():
    x = gn.Parameter(np.ones((4, 3)), name="x")
    loss = np.sum(x * x)
    loss.backward()
    labels = gradients(loss.graph, passes="both")
    assert labels.count("(4, 3) norm 3.46") == 3
    assert "‖grad‖ 6.93, 2 parts" in boxes(loss.graph, passes="both")["x"].lines


def test_a_broadcast_value_gets_a_gradient_of_its_own_shape():
    bias = gn.Parameter(np.zeros((1, 5)), name="bias")
    loss = np.sum(bias + np.ones((4, 5)))
    loss.backward()
    assert "(1, 5) norm 8.94" in gradients(loss.graph, passes="both")
    assert "(4, 5) norm 4.47" in gradients(loss.graph, passes="both")


# -- one arrow for each argument that has a gradient -----------------------------------
def test_gradients_lie_beside_the_values_and_point_back(network):
    drawn = arrows(network.graph, passes="both")
    back = [arrow for arrow in drawn if arrow.is_gradient]
    ends = [(arrow.tail, arrow.key) for arrow in drawn if not arrow.is_gradient]
    assert len(ends) == len(network.graph.order()) - 1
    assert len(back) == len(ends) - 2, "neither the features nor the targets have one"
    assert {(arrow.tail, arrow.key) for arrow in back} < set(ends)
    assert {arrow.attributes["color"] for arrow in back} == {LIGHT.gradient}
    assert {arrow.attributes["weight"] for arrow in back} == {"1"}, (
        "values run straight"
    )


def test_labels_carry_shape_and_norm(network):
    weight = network.graph.find("dense_1/weight")
    label = f"(3, 5) norm {np.linalg.norm(weight.grad):.3g}"
    assert label in gradients(network.graph, passes="both")


def test_what_gets_none_has_no_arrow():
    w, frozen = gn.Parameter(2.0, name="w"), gn.Parameter(3.0, name="frozen")
    frozen.trainable = False
    loss = w * frozen + gn.stop_gradient(w * 5.0)
    loss.backward()
    for passed in ("both", "backward"):
        assert gradients(loss.graph, passes=passed) == ["3", "1"]
    kept = boxes(loss.graph, passes="backward")
    assert list(kept) == ["w", "multiply", "add"]


@pytest.mark.parametrize("passes", ["forward", "backward", "both"])
def test_each_choice_of_passes(network, passes):
    graph = network.graph
    drawn = arrows(graph, passes=passes)
    back = sum(arrow.is_gradient for arrow in drawn)
    assert (back > 0) == (passes != "forward")
    assert (len(drawn) > back) == (passes != "backward")
    names = boxes(graph, passes=passes)
    assert ("target" in names) == (passes != "backward")


def test_a_faint_line_is_left_where_only_a_value_leads():
    class First(gn.Operation):
        """The first of two values; the gradient goes to that one alone."""

        def _output(self):
            return self.input_values[0].copy()

        def _input_grads(self, output_grad):
            return output_grad, None

    w = gn.Parameter(2.0, name="w")
    middle = np.exp(w)
    loss = First()(middle, w) + middle
    loss.graph.backward(loss)
    drawn = arrows(loss.graph, passes="backward")
    assert [arrow.label for arrow in drawn if arrow.is_gradient] == [
        "14.78",
        "1",
        "1",
        "1",
    ]
    (rest,) = [arrow for arrow in drawn if not arrow.is_gradient]
    assert rest.attributes["style"] == "dashed"
    assert not rest.label


def test_a_picture_of_what_has_no_gradient_is_whole():
    counts = np.sum(gn.Input("counts", value=[1, 2, 3]))
    drawn = boxes(counts.graph, passes="backward")
    assert list(drawn) == ["counts", "sum"]
    assert "no gradient flows here" in counts.graph.to_dot(passes="backward")


# -- before a pass, and after one that keeps nothing -----------------------------------
def test_before_a_backward_pass_nothing_is_zero(square):
    drawn = [a for a in arrows(square, passes="both") if a.is_gradient]
    assert [arrow.label for arrow in drawn] == ["–", "–"]
    assert {arrow.attributes["style"] for arrow in drawn} == {"dashed"}
    assert "no backward pass has run yet" in square.to_dot(passes="both")
    assert "grad –" in boxes(square, show="grad")["x"].lines


def test_without_values_as_well():
    x = gn.Input("x")
    loss = np.sum(gn.Sigmoid()(x) * 2.0)
    assert gradients(loss.graph, passes="both") == ["–"] * 3


def test_gradients_lead_from_the_parameters_where_there_are_any():
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(x * gn.Parameter([1.0, 1.0], name="w"))
    drawn = boxes(loss.graph, passes="backward")
    assert list(drawn) == ["w", "multiply", "sum"]


def test_a_branch_that_the_pass_did_not_come_by():
    with gn.Graph():
        w = gn.Parameter(2.0, name="w")
        near, far = w * 3.0, np.exp(w)
    near.graph.backward(near)
    assert gradients(near.graph, passes="both") == ["3", "–"]
    drawn = boxes(near.graph, passes="both", show="grad")
    assert "grad –" in drawn["exp"].lines
    assert far.grad is None


def test_after_a_planned_pass_the_picture_says_how_to_get_them(network):
    for _ in range(3):
        network.train_batch(*network.batch)
    graph = network.graph
    assert graph.find("dense_1/sigmoid").output_grad is None
    assert set(gradients(graph, passes="both")) == {"–"}
    text = re.sub(r"<[^>]*>", "", graph.to_dot(passes="both"))
    assert "keeps no gradients inside" in text
    norm = np.linalg.norm(graph.find("dense_1/weight").grad)
    assert f"‖grad‖ {norm:.3g}" in boxes(graph, passes="both")["dense_1/weight"].lines
    graph.forward()
    graph.backward()
    assert "–" not in gradients(graph, passes="both")
    assert "keeps no gradients" not in graph.to_dot(passes="both")


def test_a_gradient_from_another_graph_is_no_sign_of_a_plan():
    w = gn.Parameter(2.0, name="w")
    (w * 3.0).backward()
    other = np.exp(w)
    assert "no backward pass has run yet" in other.graph.to_dot(passes="both")
    assert "grad 3" in boxes(other.graph, passes="both")["w"].lines


def test_after_a_trainer_stepped_by_plan(network):
    trainer = gn.Trainer(network, gn.SGD(lr=0.1))
    for _ in range(3):
        trainer.step(*network.batch)
    assert set(gradients(network.graph, passes="both")) == {"–"}


def test_a_layer_by_itself():
    layer = gn.Dense(4, "relu")
    layer.forward(np.ones((2, 3)))
    layer.backward(np.ones((2, 4)))
    labels = gradients(layer.graph, passes="both")
    assert len(labels) == 5
    assert "–" not in labels


# -- gradients that are more than the parts of one pass --------------------------------
def test_gradients_of_earlier_passes_are_told_apart():
    x = gn.Parameter(3.0, name="x")
    loss = x * x
    loss.backward()
    loss.graph.backward(accumulate=True)
    assert x.grad == 12.0
    lines = boxes(loss.graph, passes="both")["x"].lines
    assert "grad 12, last pass 3 + 3" in lines


def test_a_gradient_that_was_clipped_is_told_apart():
    w = gn.Parameter(np.ones((3, 3)), name="w")
    loss = np.sum(w * 2.0)
    loss.backward()
    w.grad *= 0.5
    assert "‖grad‖ 3, last pass norm 6" in boxes(loss.graph, passes="both")["w"].lines


def test_a_gradient_that_somebody_has_set():
    w = gn.Parameter(3.0, name="w")
    loss = w * w
    loss.backward()
    for odd in (np.ones(3), np.array(4), 5.0):
        w.grad = odd
        lines = boxes(loss.graph, passes="both")["w"].lines
        assert any(line.endswith("last pass 3 + 3") for line in lines)
    w.grad = None
    assert "grad –" in boxes(loss.graph, passes="both", show="grad")["w"].lines


def test_the_gradient_of_a_target_whose_consumers_are_not_drawn():
    x = gn.Input("x", value=2.0)
    middle = np.exp(x)
    loss = middle * 3.0
    loss.graph.backward(loss, wrt=x)
    assert "grad 3" in boxes(loss.graph, passes="both", target=middle)["exp"].lines
    assert len(boxes(loss.graph, passes="both")["exp"].lines) == 1


def test_many_parts_are_counted():
    x = gn.Parameter(1.0, name="x")
    node = x
    for _ in range(99):
        node = node + x
    node.backward()
    assert "grad 100, 100 parts" in boxes(node.graph, passes="both")["x"].lines


# -- values of several parts, and what is no number ------------------------------------
def test_several_outputs():
    x = gn.Input("x", value=np.array([[2.0, 0.0], [0.0, 3.0]]))
    _, logdet = np.linalg.slogdet(x)
    logdet.graph.backward(logdet, wrt=x)
    drawn = boxes(logdet.graph, passes="both", show="grad")
    labels = gradients(logdet.graph, passes="both")
    assert "1" in labels
    assert "[[0.5, 0], [0, 0.3333]]" in labels
    assert any("grad" in line for line in drawn["x"].lines)


def test_gradients_that_are_not_finite_are_counted():
    x = gn.Input("x", value=np.zeros((4, 4)))
    with np.errstate(all="ignore"):
        loss = np.sum(np.sqrt(x) * np.sqrt(x))
        loss.graph.backward(loss, wrt=x)
    labels = gradients(loss.graph, passes="both")
    assert "16 NaN of 16" in labels
    lines = boxes(loss.graph, passes="both", show="grad")["x"].lines
    assert "grad: 16 NaN of 16, 2 parts" in lines


# -- where boxes are folded ------------------------------------------------------------
def folded_twice() -> gn.Graph:
    x = gn.Input("x", value=[3.0, 4.0])
    with gn.scope("inner"):
        branches = [np.exp(x * 0.0), np.tanh(x) * 0.0, x * 2.0]
        inner = branches[0] + branches[1] + branches[2]
    y = np.sum(inner)
    y.graph.backward(y, wrt=x)
    return y.graph


def test_what_a_fold_hands_back_is_the_sum_of_its_parts():
    graph = folded_twice()
    assert len(gradients(graph, passes="both")) > 4
    assert gradients(graph, passes="both", depth=1) == ["[2, 2]", "[1, 1]"]
    assert graph.find("x").grad.tolist() == [2.0, 2.0]


def test_what_a_fold_hands_back_to_several():
    a, b = gn.Parameter(np.ones(9), name="a"), gn.Parameter(np.ones(9), name="b")
    with gn.Graph() as graph:
        with gn.scope("inner"):
            pair = np.exp(a), np.exp(b)
        with gn.scope("outer"):
            loss = np.sum(pair[0] * 3.0) + np.sum(pair[1] * 4.0)
    graph.backward(loss)
    (label,) = [
        arrow.label
        for arrow in arrows(graph, passes="both", depth=1)
        if arrow.is_gradient and "2 ×" in arrow.label
    ]
    assert label == "2 × (9,) norm 15"


def test_only_what_lies_around_a_node(network):
    graph = network.graph
    for passes in ("both", "backward"):
        drawn = boxes(graph, passes=passes, around="dense_1/sigmoid", radius=1)
        assert "dense_2/weight_multiply" in drawn
        labels = gradients(graph, passes=passes, around="dense_1/sigmoid", radius=1)
        assert len(labels) >= 2


# -- in the SVG, and at once -----------------------------------------------------------
def test_the_numbers_are_in_the_svg(square):
    square.backward(wrt="x")
    root = ET.fromstring(square.draw(passes="both")._repr_svg_())
    texts = [text.text.strip() for text in root.iter(f"{SVG}text") if text.text]
    assert texts.count("3") == 2
    assert "grad 6 = 3 + 3" in texts


def test_from_left_to_right(network):
    assert "rankdir=LR" in network.to_dot(passes="both", direction="LR")
    down = arrows(network.graph, passes="both")
    assert arrows(network.graph, passes="both", direction="LR") == down


def test_a_ladder_of_60_diamonds():
    node = x = gn.Input("x", value=0.5)
    for _ in range(60):
        node = node * node
    start = time.perf_counter()
    assert len(gradients(node.graph, passes="both")) == 120
    node.graph.backward(node, wrt=x)
    assert len(gradients(node.graph, passes="both")) == 120
    assert time.perf_counter() - start < 5.0


def test_a_long_chain(chain):
    graph = chain(10_000)
    start = time.perf_counter()
    assert graph.to_dot(passes="both").count("dir=back") == 10_000
    assert time.perf_counter() - start < 30.0, "linear: two seconds or so"
