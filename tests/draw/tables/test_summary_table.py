"""Tables: the graph, and a backward pass."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import step_table, summary
from graphnn.draw.labels import table, width_of
from graphnn.draw.tables.summary_table import norm_text
from graphnn.engine.steps import Step
from graphnn.graph import Graph, Input, Parameter, scope


def row(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(name)).split()


def test_summary(two_layers):
    text = summary(two_layers)
    cells = row(text, "dense_1/weight_multiply")
    assert cells[:5] == ["dense_1/weight_multiply", "WeightMultiply", "(8,", "5)", "15"]
    assert cells[5].startswith("conftest.py:")
    assert row(text, "loss")[1:4] == ["Loss", "()", "0"]
    assert text.splitlines()[-1] == (
        "5 operations, 20 parameters (160 bytes), values 1.0 kB, float64"
    )


def test_unknown_shape_is_a_dash(valueless):
    assert row(summary(valueless), "x")[2] == "–"
    assert row(summary(valueless), "loss")[2] == "–"


def test_shared_parameter_is_counted_once(multiply):
    w = Parameter(np.ones(4), name="w")
    x = Input("x", value=np.ones(4))
    text = summary(multiply(multiply(x, w), w).graph)
    assert [row(text, name)[3] for name in ("multiply ", "multiply_2")] == ["4", "0"]
    assert text.endswith(
        "2 operations, 4 parameters (32 bytes), values 96 bytes, float64"
    )


def test_frozen_parameters_are_told(multiply):
    w = Parameter(np.ones(4, dtype=np.float32))
    w.trainable = False
    graph = multiply(Input("x", value=np.ones(4, dtype=np.float32)), w).graph
    total = "1 operation, 4 parameters (16 bytes), 4 of them not trainable"
    assert total in summary(graph)


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


# -- as wide as the terminal -----------------------------------------------------------
def blocks(count: int) -> gn.NeuralNetwork:
    """A network of equal blocks of three operations, each in a scope of its own."""
    layers = [gn.Dense(4, "tanh") for _ in range(count)]
    for number, layer in enumerate(layers, start=1):
        layer.name = f"a_long_name_of_a_block_{number}"
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)
    net.forward_loss(np.ones((2, 4)), np.ones((2, 4)))
    return net


def columns_of(text: str) -> list[str]:
    return re.split("  +", text.splitlines()[0].strip())


@pytest.mark.parametrize("width", [20, 24, 33, 50, 64, 80, 100, 120])
@pytest.mark.parametrize("name", ["x" * 300, "🦊" * 60, "漢字/" * 40, "é" * 90])
def test_never_wider_than_asked_for(multiply, width, name):
    with scope("漢字" * 20):
        x = Input(name, value=np.ones(4))
        multiply(x, x).graph.backward(output_grad=np.ones(4), wrt=x)
    for text in (
        summary(x.graph, width=width),
        summary(x.graph, width=width, depth=1),
        blocks(70).summary(width=width),
    ):
        assert max(map(width_of, text.splitlines())) <= width


def test_what_goes_where_it_is_narrow():
    graph = blocks(2).graph
    graph.backward()
    found = [columns_of(summary(graph, width=width)) for width in range(140, 19, -1)]
    gone = [
        column
        for columns, after in pairwise(found)
        for column in columns
        if column not in after
    ]
    assert found[0] == [
        *("name", "class", "output", "parameters"),
        *("‖grad‖", "‖param grad‖", "source"),
    ]
    assert gone[:4] == ["‖grad‖", "source", "class", "‖param grad‖"]


def test_names_are_cut_at_their_front():
    lines = blocks(2).summary(width=50).splitlines()
    assert lines[2].startswith("input ")
    assert lines[3].startswith("…")
    assert lines[3].split()[0].endswith("_1/weight_multiply")


def test_the_terminal_decides_and_80_columns_where_there_is_none(monkeypatch):
    graph = blocks(2).graph
    monkeypatch.setenv("COLUMNS", "50")
    assert summary(graph) == summary(graph, width=50)
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("sys.__stdout__", None)
    assert summary(graph) == summary(graph, width=80)


@pytest.mark.parametrize("width", [0, 19, 80.0, "80", True])
def test_a_width_that_is_none(two_layers, width):
    with pytest.raises(gn.ArgumentError, match=r"width=.*\n.*20 or more"):
        summary(two_layers, width=width)


# -- levels, and long ones -------------------------------------------------------------
def test_depth_gives_scopes_a_row():
    net = blocks(2)
    graph = net.graph
    graph.backward()
    text = net.summary(depth=1, width=200)
    names = [line.split()[0] for line in text.splitlines()[2:-2]]
    block = "a_long_name_of_a_block_"
    assert names == ["input", f"{block}1", f"{block}2", "target", "mean_squared_error"]
    cells = re.split("  +", row_of(text, f"{block}1"))
    assert cells[1:4] == ["Dense", "(2, 4)", "20"]
    gradients = [p.grad for p in graph.parameters if p.name.startswith(f"{block}1/")]
    assert cells[5] == norm_text(tuple(gradients))
    assert text.splitlines()[-1] == summary(graph, width=200).splitlines()[-1]


def test_depth_0_is_a_row_for_all(two_layers):
    text = summary(two_layers, depth=0)
    assert len(text.splitlines()) == 5
    assert row(text, "graph")[1:3] == ["()", "20"]


def row_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_equal_blocks_are_one_where_it_is_long():
    net = blocks(70)
    text = net.summary(width=120)
    assert len(text.splitlines()) == 2 + 1 + 4 + 2 + 4
    block = row_of(text, "a_long_name_of_a_block_1…70 × 70")
    assert re.split("  +", block)[1:4] == ["Dense", "(2, 4)", "70 × 20"]
    assert "7 rows for 213" in text
    everything = net.summary(width=120, max_rows=None)
    assert len(everything.splitlines()) == 2 + 213 + 2
    assert "×" not in everything


def test_what_is_no_run_is_told_by_scopes_or_counted(multiply):
    graph = Graph()
    with graph:
        node = Input("x", value=np.ones(2))
        for number in range(40):
            with scope(f"a{number}x"):
                for _ in range(number % 7 + 1):
                    node = gn.Tanh()(multiply(node, node))
    rows = summary(graph, max_rows=60).partition("\n\n")[0].splitlines()[2:]
    assert [line.split()[0] for line in rows[:3]] == ["x", "a0x", "a1x"]
    assert len(rows) == 41
    text = summary(graph, max_rows=20)
    assert len(text.partition("\n\n")[0].splitlines()) == 2 + 20
    assert row_of(text, "⋮") == "⋮ 22 more rows"


def test_a_dtype_stands_where_it_is_not_that_of_most():
    ids = Input("ids", value=np.zeros((2, 3), int))
    text = summary(gn.Embedding(5, 4)(ids).graph)
    assert row(text, "ids")[2:5] == ["(2,", "3)", "int64"]
    assert row(text, "embedding_1")[2:6] == ["(2,", "3,", "4)", "20"]
    assert "mostly" in text.splitlines()[-1]


def test_gradients_have_a_column_when_there_are_some(two_layers):
    assert "grad" not in summary(two_layers)
    two_layers.backward()
    text = summary(two_layers, width=120)
    cells = re.split("  +", row_of(text, "dense_2/weight_multiply"))
    node = two_layers["dense_2/weight_multiply"]
    assert cells[4] == norm_text(node.output_grad)
    assert cells[5] == norm_text(two_layers["dense_2/weight"].grad)
    assert re.split("  +", row_of(text, "loss"))[4:5] == ["1"]


def test_a_long_chain_is_told_at_once(chain):
    text = summary(chain(20_000))
    assert row(text, "double … double_20000 × 20,000")
    assert len(text.splitlines()) < 12
