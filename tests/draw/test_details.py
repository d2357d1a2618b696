"""What the boxes say of single nodes: each choice of `show`."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from drawn import arrows, boxes

import graphnn as gn


@pytest.fixture
def product() -> gn.Graph:
    x = gn.Input("x", value=np.linspace(-2.0, 3.0, 6, dtype=np.float32).reshape(2, 3))
    w = gn.Parameter(np.ones((3, 2), np.float32), name="w")
    loss = np.sum(np.tanh(x @ w))
    loss.backward()
    return loss.graph


def labels(graph: gn.Graph, **options) -> list[str]:
    return [arrow.label for arrow in arrows(graph, **options)]


# -- each choice -----------------------------------------------------------------------
def test_shapes_stand_beside_the_arrows_and_in_the_last_box(product):
    assert labels(product, show="shape") == ["(2, 3)", "(3, 2)", "(2, 2)", "(2, 2)"]
    assert labels(product) == labels(product, show="shape"), "as by default"
    assert "→ ()" in boxes(product, show="shape")["sum"].lines


def test_dtypes_stand_there_too(product):
    assert set(labels(product, show="dtype")) == {"float32"}
    assert "→ float32" in boxes(product, show="dtype")["sum"].lines
    assert labels(product, show=("dtype", "shape"))[0] == "(2, 3) float32"
    assert "→ () float32" in boxes(product, show=("shape", "dtype"))["sum"].lines


@pytest.mark.parametrize("show", [(), "value", "grad", "source"])
def test_without_either_arrows_have_no_labels(product, show):
    assert set(labels(product, show=show)) == {""}
    assert not any("→" in line for line in boxes(product, show=show)["sum"].lines)


def test_values_are_written_whole_or_in_brief(product):
    drawn = boxes(product, show="value")
    assert "‖value‖ 4.36, -2 … 3" in drawn["x"].lines
    assert "value: all 1" in drawn["w"].lines
    assert f"value {float(product.find('sum').output):.4g}" in drawn["sum"].lines


def test_gradients(product):
    drawn = boxes(product, show="grad")
    assert "grad –" in drawn["x"].lines
    norm = np.linalg.norm(product.find("w").grad)
    assert f"‖grad‖ {norm:.3g}" in drawn["w"].lines
    assert "grad 1" in drawn["sum"].lines


def test_the_line_that_made_a_node():
    x = gn.Input("x", value=1.0)
    y = np.exp(x)
    line = inspect.currentframe().f_lineno - 1
    assert f"test_details.py:{line}" in boxes(y.graph, show="source")["exp"].lines


def test_all_at_once_stand_one_under_the_other(product):
    show = ("shape", "dtype", "value", "grad", "source")
    lines = boxes(product, show=show)["sum"].lines
    kinds = [re.split(r"[ :]", line)[0] for line in lines]
    assert kinds == ["sum", "→", "value", "grad", "test_details.py"]


# -- what cannot have a gradient says nothing of one -----------------------------------
def test_whole_numbers_and_constants_have_no_line_of_a_gradient():
    ids = gn.Input("ids", value=[0, 2])
    table = gn.Constant(np.ones((3, 2)))
    frozen = gn.Parameter(np.ones(2), name="frozen")
    frozen.trainable = False
    y = table[ids] * frozen
    drawn = boxes(y.graph, show="grad")
    for name in ("ids", "constant"):
        assert not any("grad" in line for line in drawn[name].lines)
    assert "grad –, not trainable" in drawn["frozen"].lines


# -- whatever a value may be -----------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "line"),
    [
        (np.array(2.5), "value 2.5"),
        (np.array([1, -2, 3]), "value [1, -2, 3]"),
        (np.array([[1.0], [2.0]]), "value [[1], [2]]"),
        (np.array([True, False]), "value [True, False]"),
        (np.arange(64) < 10, "value: 10 of 64 True"),
        (np.arange(10, dtype=np.uint8), "value 0 … 9"),
        (np.array(1.0 - 2.5j), "value 1-2.5j"),
        (np.full(9, 3.0 + 4.0j), "‖value‖ 15"),
        (np.zeros((0, 3)), "value empty"),
        (np.array([np.nan, 1.0]), "value [NaN, 1]"),
        (np.array([np.nan, np.nan, -np.inf, 1.0, 2.0]), "value: 2 NaN, 1 inf of 5"),
        (np.full(100, 1e200), "value: all 1e+200"),
        (np.full(100, 7), "value: all 7"),
        (np.array([1e200, -1e200] * 50), "‖value‖ 1e+201, -1e+200 … 1e+200"),
        (np.array([1e30] * 4 + [0], np.float32), "‖value‖ 2e+30, 0 … 1e+30"),
        (np.array([3e4] * 9 + [0], np.float16), "‖value‖ 9e+04, 0 … 3e+04"),
        (np.array([0.1] * 4 + [0], np.longdouble), "‖value‖ 0.2, 0 … 0.1"),
        (np.asfortranarray(np.eye(3)), "‖value‖ 1.73, 0 … 1"),
    ],
)
def test_values_of_every_kind(value, line):
    x = gn.Input("x", value=value)
    _ = x + x
    assert line in boxes(x.graph, show="value")["x"].lines


def test_what_has_no_value():
    x = gn.Input("x")
    y = np.exp(x)
    drawn = boxes(y.graph, show=("value", "grad", "shape"))
    assert drawn["exp"].lines[1:] == ["value –", "grad –"]
    assert labels(y.graph, show=("shape", "dtype")) == [""]


def test_what_a_plan_has_taken_off():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.exp(x * 2.0))
    y.graph.plan().run()
    drawn = boxes(y.graph, show=("shape", "value"))
    assert "value –" in drawn["exp"].lines
    assert set(labels(y.graph)) == {"(2,)"}, "the shapes are known"


def test_several_outputs():
    x = gn.Input("x", value=np.array([[2.0, 0.0], [0.0, 3.0]]))
    _, logdet = np.linalg.slogdet(x)
    drawn = boxes(logdet.graph, show="value")
    (several,) = [box for name, box in drawn.items() if name.startswith("slogdet")]
    assert "value 1; 1.792" in several.lines


def test_a_large_value_is_read_a_few_times_at_most():
    x = gn.Input("x", value=np.zeros((10, 1_000_000), np.float32))
    y = np.exp(x)
    assert "value: all 0" in boxes(y.graph, show="value")["x"].lines
