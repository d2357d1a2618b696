"""The picture of a stepper: progress, cursor, gradients, edits, breakpoints, errors."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.picture import caption_of, draw_stepper, marks_of, notes_of
from graphnn.errors import ArgumentError

SVG = "{http://www.w3.org/2000/svg}"


def stepper_of(seed: int = 0) -> gn.Stepper:
    rng = np.random.default_rng(seed)
    network = gn.NeuralNetwork(
        [gn.Dense(4, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=1
    )
    X, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    return gn.Stepper.of_network(network, X, y)


def stepper_of_chain(length: int) -> gn.Stepper:
    node = w = gn.Parameter(np.ones(2), name="w")
    for _ in range(length):
        node = np.negative(node)
    return gn.Stepper(np.sum(node).graph, wrt=w)


def named(said: dict) -> dict:
    return {node.name: what for node, what in said.items()}


# -- progress --------------------------------------------------------------------------
def test_the_beginning():
    stepper = stepper_of()
    marks = marks_of(stepper)
    assert {node.kind for node in marks} == {"operation"}
    assert set(map(tuple, marks.values())) == {("ahead",)}
    assert "step 0 of 12: before the first" in draw_stepper(stepper).dot


def test_in_mid_forward():
    stepper = stepper_of()
    stepper.seek(3)
    assert named(marks_of(stepper)) == {
        "dense_1/weight_multiply": ["done"],
        "dense_1/bias_add": ["done"],
        "dense_1/sigmoid": ["current"],
        "dense_2/weight_multiply": ["ahead"],
        "dense_2/bias_add": ["ahead"],
        "mean_squared_error": ["ahead"],
    }
    assert "step 3 of 12: forward, dense_1/sigmoid" in draw_stepper(stepper).dot


def test_in_mid_backward():
    stepper = stepper_of()
    stepper.seek(9)
    assert named(marks_of(stepper)) == {
        "dense_1/weight_multiply": ["done"],
        "dense_1/bias_add": ["done"],
        "dense_1/sigmoid": ["done"],
        "dense_2/weight_multiply": ["current"],
        "dense_2/weight": ["returned"],
        "dense_2/bias_add": ["returned"],
        "dense_2/bias": ["returned"],
        "mean_squared_error": ["returned"],
    }


def test_every_index_there_and_back_is_the_same_picture():
    stepper = stepper_of()
    there = [draw_stepper(stepper).dot]
    while stepper.step():
        there.append(draw_stepper(stepper).dot)
    assert len(there) == len(stepper) + 1
    assert all(one != other for one, other in pairwise(there))
    back = []
    for index in reversed(range(len(stepper) + 1)):
        stepper.seek(index)
        back.append(draw_stepper(stepper).dot)
    assert back[::-1] == there


def test_a_shared_parameter_is_done_when_all_its_uses_are():
    w = gn.Parameter([2.0], name="w")
    x = gn.Input("x", value=[1.0])
    stepper = gn.Stepper(np.sum((x * w) * w).graph)
    states = []
    while stepper.step():
        states.append((marks_of(stepper).get(w), notes_of(stepper).get(w)))
    assert states == [
        (None, "‖value‖ 2"),
        (None, "‖value‖ 2"),
        (None, "‖value‖ 2"),
        (None, "‖grad‖ –"),
        (None, "‖grad‖ 2"),
        (["returned"], "‖grad‖ 4"),
    ]


def test_what_the_pass_does_not_need_is_left_out():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter([1.0, 1.0], name="w")
    loss = np.sum(x * w)
    other = np.exp(loss)
    stepper = gn.Stepper(loss.graph, target=loss)
    assert f"{other.name} (" not in draw_stepper(stepper).dot


def test_forward_only():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.exp(np.sin(x))
    stepper = gn.Stepper(y.graph, backward=False)
    stepper.seek(2)
    assert "step 2 of 2: forward, exp" in draw_stepper(stepper).dot


# -- notes -----------------------------------------------------------------------------
def test_norms_of_values_then_of_gradients():
    stepper = stepper_of()
    stepper.seek(2)
    notes = named(notes_of(stepper))
    value = stepper.graph["dense_1/bias_add"].output
    assert notes["dense_1/bias_add"] == f"‖value‖ {np.linalg.norm(value):.3g}"
    assert notes["dense_1/sigmoid"] == "‖value‖ –"
    assert "input" not in notes
    stepper.seek(10)
    notes = named(notes_of(stepper))
    gradient = stepper.graph["dense_2/weight"].grad
    assert notes["dense_2/weight"] == f"‖grad‖ {np.linalg.norm(gradient):.3g}"
    assert notes["dense_1/weight"] == "‖grad‖ –"
    assert notes["mean_squared_error"] == "‖grad‖ 1"


def test_an_input_whose_gradient_is_wanted():
    x = gn.Input("x", value=[3.0, 4.0])
    stepper = gn.Stepper(np.sum(x * x).graph, wrt=x)
    stepper.seek(len(stepper))
    assert notes_of(stepper)[x] == "‖grad‖ 10"
    assert marks_of(stepper)[x] == ["returned"]


# -- what went wrong -------------------------------------------------------------------
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_of_a_value():
    w = gn.Parameter([4.0, -1.0, 1.0], name="w")
    loss = np.sum(np.sqrt(w) * 2.0)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(2)
    assert named(marks_of(stepper)) == {
        "sqrt": ["done", "culprit"],
        "multiply": ["current", "victim"],
        "sum": ["ahead"],
    }
    assert named(notes_of(stepper))["sqrt"] == "1 NaN of 3"
    stepper.seek(5)
    notes = named(notes_of(stepper))
    assert (notes["multiply"], notes["sum"]) == (
        "value: 1 NaN of 3",
        "value: 1 NaN of 1",
    )
    stepper.seek(6)
    assert named(marks_of(stepper))["sqrt"] == ["current", "culprit"], "not a victim"
    assert named(notes_of(stepper))["w"] == "1 NaN of 3"
    stepper.seek(2)
    stepper.set("w", 1.0)
    assert not any("culprit" in marks for marks in marks_of(stepper).values())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_of_a_value_and_of_its_gradient():
    loss = np.sum(np.sqrt(gn.Parameter([-1.0, 1.0])) ** 2)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(5)
    notes = named(notes_of(stepper))
    assert notes["sqrt"] == "1 NaN of 2", "the gradient's"
    assert notes["power"] == "value: 1 NaN of 2"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_inf_of_a_gradient():
    w = gn.Parameter([4.0, 0.0], name="w")
    loss = np.sum(np.sqrt(w))
    stepper = gn.Stepper(loss.graph)
    stepper.seek(3)
    assert "culprit" not in marks_of(stepper)[loss.inputs[0]]
    stepper.seek(4)
    assert named(marks_of(stepper))["sqrt"] == ["current", "culprit"]
    assert named(marks_of(stepper))["w"] == ["returned", "victim"]
    assert named(notes_of(stepper))["w"] == "1 inf of 2"


def test_an_infinity_that_is_meant_is_no_trouble():
    """As where attention is masked."""
    w = gn.Parameter([1.0, 2.0], name="w")
    loss = np.sum(np.exp(w + np.array([0.0, -np.inf])))
    stepper = gn.Stepper(loss.graph)
    while stepper.step():
        marks = marks_of(stepper).values()
        assert not any({"culprit", "victim"} & set(names) for names in marks)


def test_nan_that_was_fed():
    x = gn.Input("x", value=[1.0, np.nan])
    stepper = gn.Stepper(np.sum(x * gn.Parameter([1.0, 1.0])).graph)
    assert named(marks_of(stepper))["x"] == ["culprit"]
    assert named(notes_of(stepper))["x"] == "1 NaN of 2"


# -- edits, breakpoints, errors --------------------------------------------------------
def test_edited_nodes():
    stepper = stepper_of()
    stepper.seek(3)
    stepper.set("dense_1/bias_add", 1.0)
    stepper.set("dense_1/weight", 1.0)
    marks = named(marks_of(stepper))
    assert marks["dense_1/bias_add"] == ["done", "edited"]
    assert marks["dense_1/weight"] == ["edited"]
    stepper.seek(8)
    stepper.set_grad("dense_2/bias_add", 0.0)
    assert named(marks_of(stepper))["dense_2/bias_add"] == ["current", "edited"]
    stepper.reset()
    assert not any("edited" in marks for marks in marks_of(stepper).values())


def test_breakpoints():
    stepper = stepper_of()
    first = stepper.breakpoints.add("dense_*/bias_add")
    stepper.breakpoints.add(None, condition="index > 5")
    dotted = [n for n, m in named(marks_of(stepper)).items() if "breakpoint" in m]
    assert dotted == ["dense_1/bias_add", "dense_2/bias_add"]
    assert first.hits == 0, "a picture meets no breakpoint"
    stepper.breakpoints.disable(first)
    assert not any("breakpoint" in marks for marks in marks_of(stepper).values())


class Fails(gn.Operation):
    """Fails where it is told to."""

    def __init__(self, hook: str) -> None:
        self.hook = hook

    def _output(self):
        if self.hook == "_output" and self.input_.size == 3:
            raise ValueError("three is one too many\nand more of this")
        return self.input_ * 2

    def _input_grad(self, output_grad):
        if self.hook == "_input_grad":
            raise ValueError("no way back")
        return output_grad * 2


@pytest.mark.parametrize("hook", ["_output", "_input_grad"])
def test_what_failed(hook):
    w = gn.Parameter(np.ones(1), name="w")
    x = gn.Input("x", value=np.ones(2))
    loss = np.sum(Fails(hook)(x * w))
    stepper = gn.Stepper(loss.graph, {"x": np.ones(3)})
    with pytest.raises(ValueError, match=r"three|way back") as failure:
        stepper.seek(len(stepper))
    marks = named(marks_of(stepper, failure.value))
    assert marks["fails"] == ["failed"]
    dot = draw_stepper(stepper, error=failure.value).dot
    assert "fails raised ValueError" in dot
    assert "and more" not in dot
    assert ("step 2 of 6" in dot) == (hook == "_output")
    assert "failed" not in draw_stepper(stepper).dot


def test_the_name_of_what_failed_is_written_once():
    x = gn.Input("x", value=np.ones((2, 3)))
    loss = np.sum(x @ gn.Parameter(np.ones((3, 1)), name="w"))
    stepper = gn.Stepper(loss.graph, {"x": np.ones((2, 4))})
    with pytest.raises(gn.ShapeError) as failure:
        stepper.step()
    caption = caption_of(stepper, failure.value)
    assert caption.startswith("step 1 of 4: matmul raised ShapeError: ")
    assert caption.count("matmul") == 1
    assert "(2, 4)" in caption


# -- large graphs, files ---------------------------------------------------------------
def test_a_large_pass_is_drawn_around_the_cursor():
    stepper = stepper_of_chain(300)
    dot = draw_stepper(stepper).dot
    assert "w (Parameter)" in dot
    assert "… 296 nodes" in dot
    stepper.seek(150)
    dot = draw_stepper(stepper).dot
    assert dot.count('shape=box style="rounded') == 9
    assert dot.count("label=<… ") == 2
    wider = draw_stepper(stepper, radius=6).dot
    assert wider.count('shape=box style="rounded') == 13


def test_a_pass_of_some_size_is_drawn_whole():
    stepper = stepper_of_chain(148)
    assert len(stepper.graph) == 150
    assert 'label="… ' not in draw_stepper(stepper).dot


def test_radius_of_a_small_one():
    stepper = stepper_of()
    stepper.seek(3)
    dot = draw_stepper(stepper, radius=0).dot
    assert dot.count("label=<… ") == 2
    with pytest.raises(ArgumentError, match="number of steps"):
        draw_stepper(stepper, radius=-1)


def test_drawing_changes_nothing():
    stepper = stepper_of()
    stepper.breakpoints.add("sigmoid")
    stepper.seek(8)
    before = [held for n in stepper.graph.nodes for held in (n.output, n.output_grad)]
    draw_stepper(stepper)
    after = [held for n in stepper.graph.nodes for held in (n.output, n.output_grad)]
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert stepper.index == 8
    assert stepper.stop.reason == "step"


def test_a_file(tmp_path):
    stepper = stepper_of()
    stepper.seek(9)
    path = draw_stepper(stepper, tmp_path / "pass.svg", direction="LR")
    root = ET.fromstring(path.read_bytes())
    shown = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any(text.startswith("►") for text in shown)
    assert sum(text.startswith("∇") for text in shown) == 5, "four, and the legend's"
