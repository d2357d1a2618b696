"""What boxes are coloured by: numbers of one node and of several, and how they read."""

from __future__ import annotations

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.heat.colouring import nodes_of
from graphnn.draw.heat.measures import (
    bytes_held,
    dtype_name,
    figure,
    gradient_norm,
    largest_value,
    seconds,
    with_unit,
)
from graphnn.draw.options import Options
from graphnn.draw.pieces import Piece, Pieces
from graphnn.draw.view import View


@pytest.fixture
def layer():
    """One layer with two parameters, after a backward pass."""
    x = gn.Input("x", value=np.array([[1.0, -2.0]]))
    w = gn.Parameter(np.array([[3.0], [-50.0]]), name="w")
    b = gn.Parameter(np.array([4.0]), name="b")
    y = np.sum(np.tanh((x @ w + b) * 0.001))
    y.backward()
    return y.graph


def test_norm_of_several_is_that_of_one_vector(layer):
    w, b = layer["w"], layer["b"]
    whole = np.concatenate([w.grad.ravel(), b.grad.ravel()])
    reading = gradient_norm([w, b])
    assert reading.number == pytest.approx(np.linalg.norm(whole))
    operations = [node for node in layer.nodes if node.kind == "operation"]
    squares = sum(np.sum(node.output_grad**2) for node in operations)
    assert gradient_norm(operations).number == pytest.approx(np.sqrt(squares))


def test_norm_of_what_is_no_number():
    w = gn.Parameter(np.ones(3), name="w")
    w.grad = np.array([np.nan, 1.0, np.inf])
    assert gradient_norm([w])[::2] == ("bad", "grad: 1 NaN, 1 inf of 3")
    w.grad = np.zeros(3)
    assert gradient_norm([w]) == ("zero", 0.0, "‖grad‖ 0")
    w.grad = None
    assert gradient_norm([w]).state == "missing"
    w.trainable = False
    assert gradient_norm([w]).state == "none"


def test_norm_of_an_empty_gradient_is_not_dead():
    w = gn.Parameter(np.ones((0, 3)), name="w")
    w.grad = np.ones((0, 3))
    assert gradient_norm([w]).state == "none"


def test_norm_of_complex_gradients():
    z = gn.Parameter(np.array([1.0 + 1.0j]), name="z")
    z.grad = np.array([3.0 + 4.0j])
    assert gradient_norm([z]).number == 5.0


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_norm_of_any_size(size):
    w = gn.Parameter(np.ones(2), name="w")
    w.grad = np.array([3.0, 4.0]) * size
    assert gradient_norm([w]).number == pytest.approx(5 * size)


def test_norm_in_half_precision_does_not_overflow():
    w = gn.Parameter(np.ones(2, dtype=np.float16), name="w")
    w.grad = np.array([30000.0, 40000.0], dtype=np.float16)
    assert gradient_norm([w]).number == pytest.approx(50000, rel=1e-3)


def test_magnitude_of_several_is_the_largest_of_either_sign(layer):
    reading = largest_value(layer.nodes)
    assert reading.number == 107.0
    assert largest_value([layer["w"]]) == ("known", 50.0, "value -50 … 3")


def test_costs_add_up(layer):
    operations = [node for node in layer.nodes if node.kind == "operation"]
    alone = bytes_held([layer["w"]]).number, bytes_held([layer["b"]]).number
    assert bytes_held([layer["w"], layer["b"]]).number == sum(alone) == 48
    assert seconds(operations).number > 0
    assert seconds([layer["w"]]).state == "none"


def test_a_part_that_is_unknown_makes_the_sum_unknown():
    with gn.Graph() as graph:
        x = gn.Input("x")
        np.exp(x)
    assert seconds(graph.nodes).state == "missing"
    assert bytes_held(graph.nodes).state == "missing"


def test_dtypes_of_several_are_each_named_once():
    a, b = gn.Input("a", value=1.0), gn.Input("b", value=np.float32(1.0))
    assert dtype_name([a, b, a]) == "float32, float64"
    assert dtype_name([gn.Input("c")]) == ""


def test_all_that_a_box_stands_for_is_measured(layer):
    view = View(layer, Options())
    first, second = layer["multiply"], layer["tanh"]
    piece = Piece("n0", (first,), ())
    pieces = Pieces([piece], {first.id: piece, second.id: piece})
    assert nodes_of(view, pieces) == {"n0": [first, second]}


def test_mode_of_the_graph_is_that_of_the_measurement():
    seen = []

    class Asks(gn.Operation):
        def _output(self):
            seen.append(self.training)
            return self.input_ * 1.0

    y = Asks()(gn.Input("x", value=1.0))
    for training in (True, False):
        y.graph.forward(training=training)
        seen.clear()
        seconds([y])
        assert set(seen) == {training}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (-12345.0, "-1.23e+04"),
        (1e-7, "1e-07"),
        (999.6, "1e+03"),
        (5e-324, "4.94e-324"),
        (1.7e308, "1.7e+308"),
    ],
)
def test_figures(number, text):
    assert figure(number) == text


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0, "s", "0 s"),
        (1.5, "s", "1.5 s"),
        (90.0, "s", "90 s"),
        (0.0123, "s", "12.3 ms"),
        (4.56e-6, "s", "4.56 µs"),
        (78e-9, "s", "78 ns"),
        (8, "B", "8 B"),
        (999, "B", "999 B"),
        (1000, "B", "1 kB"),
        (999_999, "B", "1 MB"),
        (4_123_456, "B", "4.12 MB"),
        (3.2e9, "B", "3.2 GB"),
        (5e12, "B", "5 TB"),
    ],
)
def test_units(number, unit, text):
    assert with_unit(number, unit) == text
