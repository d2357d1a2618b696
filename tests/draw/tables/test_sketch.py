"""A node among its neighbours, in lines of text."""

from __future__ import annotations

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import sketch
from graphnn.draw.labels import width_of


def cells(line: str) -> list[str]:
    return line.replace("► ", "").replace("┌▸", "").replace("├▸", "").split()


def test_consumers_node_inputs(two_layers):
    two_layers.backward()
    node = two_layers["dense_2/weight_multiply"]
    assert sketch(node).splitlines() == [
        "                              arg  shape   ‖value‖    ‖grad‖    ‖part‖",
        "----------------------------  ---  ------  -------  --------  --------",
        "  ┌▸ dense_2/double             0  (8, 1)      170       334       668",
        "  ►  dense_2/weight_multiply       (8, 1)     84.9       668",
        "  ├─ dense_1/double             0  (8, 5)     37.9  1.49e+03  1.49e+03",
        "  └─ dense_2/weight             1  (5, 1)     2.24  2.53e+04  2.53e+04",
    ]


def test_parts_of_a_fan_out_add_up():
    x = gn.Input("x", value=[3.0])
    loss = np.sum(x * x + x)
    loss.graph.backward(loss, wrt=x)
    lines = sketch(x).splitlines()[2:]
    assert [cells(line)[0] for line in lines] == ["multiply", "multiply", "add", "x"]
    assert [cells(line)[-1] for line in lines] == ["3", "3", "1", "7"]
    assert lines[0].startswith("  ┌▸")
    assert lines[1].startswith("  ├▸")


def test_what_has_not_been_computed(valueless):
    text = sketch(valueless["dense_1/double"])
    assert text.count("–") >= 3 * 3
    assert "0.0" not in text
    assert "None" not in text


def test_alone():
    x = gn.Input("x", value=[1.0])
    assert sketch(x).splitlines()[-1].split() == ["►", "x", "(1,)", "1", "–"]


@pytest.mark.parametrize("width", [60, 72, 80, 120])
def test_fits(width):
    x = gn.Input(
        "a/very/long/name/of/an/input/that/does/not/fit/" * 3, value=np.ones(9)
    )
    y = np.exp(x)
    z = np.stack([y] * 30)
    for node in (x, y, z):
        lines = sketch(node, width).splitlines()
        assert max(map(width_of, lines)) <= width
        assert len(lines) <= 20
    assert "fit/" in sketch(y, width), "the end of a name tells more than its front"
    assert "… 22 more" in sketch(z, width)
    assert "… 22 more" in sketch(y, width)


def test_consumers_in_other_graphs_are_left_out_on_demand():
    w = gn.Parameter(2.0, name="w")
    one, other = np.exp(w), np.sin(w)
    assert "sin" in sketch(w)
    assert "exp" in sketch(w)
    assert "sin" not in sketch(w, graph=one.graph)
    assert other.graph is not one.graph


def test_several_outputs_and_unshowable_names():
    x = gn.Input("a\x1b[31mb", value=np.ones((2, 2)))
    u, _s, _v = np.linalg.svd(x)
    assert "\x1b" not in sketch(u.inputs[0])
    assert "(2, 2), (2,), (2, 2)" in sketch(u.inputs[0], 100)


def test_nan_is_seen():
    x = gn.Input("x", value=[np.nan, 1.0])
    assert sketch(x).splitlines()[-1].split()[-2:] == ["nan", "–"]
