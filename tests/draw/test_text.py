"""Tables: the graph, and a backward pass."""

from __future__ import annotations

import numpy as np
import pytest

from graphnn.draw import step_table, summary
from graphnn.draw.labels import table
from graphnn.draw.text import norm_text
from graphnn.engine.steps import Step
from graphnn.graph import Graph, Input, Parameter


def row(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(name)).split()


def test_summary(two_layers):
    text = summary(two_layers)
    cells = row(text, "dense_1/weight_multiply")
    assert cells[:5] == ["dense_1/weight_multiply", "WeightMultiply", "(8,", "5)", "15"]
    assert cells[5].startswith("conftest.py:")
    assert row(text, "loss")[1:4] == ["Loss", "()", "0"]
    assert text.splitlines()[-1] == "5 operations, 20 parameters (160 bytes)"


def test_unknown_shape_is_a_dash(valueless):
    assert row(summary(valueless), "x")[2] == "–"
    assert row(summary(valueless), "loss")[2] == "–"


def test_shared_parameter_is_counted_once(multiply):
    w = Parameter(np.ones(4), name="w")
    x = Input("x", value=np.ones(4))
    text = summary(multiply(multiply(x, w), w).graph)
    assert [row(text, name)[3] for name in ("multiply ", "multiply_2")] == ["4", "0"]
    assert text.endswith("2 operations, 4 parameters (32 bytes)")


def test_frozen_parameters_are_told(multiply):
    w = Parameter(np.ones(4, dtype=np.float32))
    w.trainable = False
    graph = multiply(Input("x", value=np.ones(4, dtype=np.float32)), w).graph
    total = "1 operation, 4 parameters (16 bytes), 4 of them not trainable"
    assert summary(graph).endswith(total)


def test_empty_graph():
    text = summary(Graph())
    assert text.endswith("0 operations, 0 parameters (0 bytes)")
    assert step_table([]).startswith("step")


@pytest.mark.parametrize("name", ["x" * 200, "🦊🦊", "漢字", "é", "a\nb", "a\u202eb"])
def test_wide_and_odd_names_keep_their_row(multiply, name):
    x = Input(name, value=np.ones(4))
    text = summary(multiply(x, x).graph)
    assert len(text.splitlines()) == 6
    assert "\u202e" not in text


def test_columns_of_wide_characters():
    lines = table(
        ["name", "size"], [["🦊🦊🦊", "1"], ["e\u0301", "2"]], {1}
    ).splitlines()
    assert lines[2] == "🦊🦊🦊     1"
    assert lines[3] == "e\u0301          2"


def test_step_table(two_layers):
    text = step_table(two_layers.backward_steps())
    lines = text.splitlines()
    assert lines[0].split() == [
        "step",
        "node",
        "class",
        "output_grad",
        "‖output_grad‖",
        "source",
    ]
    assert len(lines) == 2 + 5
    assert lines[2].split()[:5] == ["0", "loss", "Loss", "()", "1"]
    assert "conftest.py:" in lines[2]
    assert "dense_1/weight_multiply" in lines[-1]


def test_step_without_gradient(two_layers):
    step = Step(3, "forward", two_layers["loss"], (), np.array(1.0))
    cells = step_table([step]).splitlines()[-1].split()
    assert cells[:5] == ["3", "loss", "Loss", "–", "–"]


@pytest.mark.parametrize(
    ("gradient", "text"),
    [
        (np.array([3.0, 4.0]), "5"),
        (np.full((10, 10), 1.23456), "12.3"),
        (np.full(4, 6e4, dtype=np.float16), "1.2e+05"),
        (np.full(4, 1e30, dtype=np.float32), "2e+30"),
        ((np.array([3.0]), None, np.array([4.0])), "5"),
        (np.zeros(0), "0"),
        (np.array([np.nan, 1.0]), "nan"),
        (np.array([3 + 4j]), "5"),
        (None, "–"),
        ((None, None), "–"),
    ],
)
def test_norm(gradient, text):
    assert norm_text(gradient) == text
