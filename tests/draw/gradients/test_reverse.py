"""The reverse pass as a graph: its colour, its place, and the orders of derivatives."""

from __future__ import annotations

import time

import numpy as np
import pytest
from drawn import Drawn, arrows, boxes, frames

import graphnn as gn
from graphnn.draw.gradients.reverse import order_of
from graphnn.draw.themes import DARK, LIGHT

GRADIENT, OPERATION = LIGHT.looks["gradient"], LIGHT.looks["operation"]


@pytest.fixture
def cube() -> gn.Graph:
    """A sum of cubes, its gradient, and the gradient of that one's sum."""
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(x**3)
    (first,) = y.graph.gradient(y, x)
    y.graph.gradient(np.sum(first), x)
    return y.graph


def values(graph: gn.Graph, **options) -> dict[tuple[str, str], list[Drawn]]:
    """Read the arrows by what they lead from and to, whichever way they are laid."""
    names = {box.key: name for name, box in boxes(graph, **options).items()}
    found: dict[tuple[str, str], list[Drawn]] = {}
    for arrow in arrows(graph, **options):
        ends = names[arrow.tail], names[arrow.key]
        if arrow.is_gradient:
            ends = ends[::-1]
        found.setdefault(ends, []).append(arrow)
    return found


def twins(graph: gn.Graph) -> set[tuple[str, str]]:
    return {
        ends
        for ends, several in values(graph).items()
        for arrow in several
        if arrow.attributes.get("style") == "dotted"
    }


# -- a colour of its own ---------------------------------------------------------------
def test_gradients_have_a_look_of_their_own(cube):
    drawn = boxes(cube)
    for node in cube.nodes:
        if node.name not in drawn or node.kind != "operation":
            continue
        order = order_of(node)
        fill = drawn[node.name].attributes["fillcolor"]
        assert (fill == GRADIENT.fill) == (order == 1)
        assert drawn[node.name].lines[0].startswith("∂²") == (order == 2)
    fills = {box.attributes["fillcolor"] for box in drawn.values()}
    assert len(fills) == 5, (
        "input, operation, sink, gradient, and gradient of a gradient"
    )


def test_frames_of_gradients_too():
    rng = np.random.default_rng(0)
    network = gn.NeuralNetwork([gn.Dense(2, "tanh")], loss=gn.MeanSquaredError())
    network.train_batch(rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
    graph = network.graph
    graph.gradient(graph.sink(), graph.parameters)
    found = {frame["tooltip"]: frame["fillcolor"] for frame in frames(graph)}
    assert found["dense_1"] == LIGHT.frames["scope"].fill
    inner = {name: fill for name, fill in found.items() if name.endswith("_grad")}
    assert "dense_1/bias_add_grad" in inner, "which holds a constant besides"
    assert set(inner.values()) == {LIGHT.frames["gradient"].fill}


def test_what_was_asked_for_is_outlined_twice(cube):
    ends = [
        name
        for name, box in boxes(cube).items()
        if box.attributes["peripheries"] == "2"
    ]
    assert ends == ["sum", "sum_2", "power_grad/power_grad/multiply_2"]
    assert "→ (2,)" in boxes(cube)[ends[-1]].lines


def test_a_legend_where_there_are_two_orders(cube):
    assert "gradient of a gradient" in cube.to_dot()
    x = gn.Input("x", value=2.0)
    y = x**3
    y.graph.gradient(y, x)
    assert "gradient of a gradient" not in y.graph.to_dot()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_deeper_ground_leaves_texts_readable(cube, theme):
    from graphnn.draw.themes.colours import contrast

    (box,) = [
        b for name, b in boxes(cube, theme=theme.name).items() if "→ (2,)" in b.lines
    ]
    ground = box.attributes["fillcolor"]
    assert ground != theme.looks["gradient"].fill
    assert contrast(theme.ink, ground) >= 4.5
    assert f'color="{theme.ink}"' in box.attributes["label"], "of the small lines"


def test_third_derivatives():
    x = gn.Input("x", value=2.0)
    node = x**4
    for _ in range(5):
        (node,) = x.graph.gradient(node, x)
    signs = {box.lines[0].split(" ")[0] for box in boxes(x.graph).values()}
    assert {"∂²", "∂³", "∂^4"} <= signs


# -- beside what it belongs to ---------------------------------------------------------
def test_gradients_are_laid_out_against_the_values(cube):
    found = values(cube)
    (down,) = found["power", "sum"]
    assert not down.is_gradient
    (up,) = found["sum_grad/broadcast_to", "power_grad/multiply"]
    assert up.is_gradient
    assert up.attributes["color"] == LIGHT.gradient
    assert up.label == "(2,)"
    (inside,) = found["power_grad/power", "power_grad/multiply_2"]
    assert inside.is_gradient, "within the gradient of one node as well"
    assert {arrow.attributes["minlen"] for arrow in (up, inside)} == {"1"}
    last = "power_grad/power_grad/multiply", "power_grad/power_grad/multiply_2"
    (again,) = found[last]
    assert not again.is_gradient, "gradients of gradients go down again"
    assert again.attributes["color"] == LIGHT.gradient


def test_values_that_gradients_are_computed_with_are_thin_in_colour(cube):
    (used,) = values(cube)["x", "power_grad/power"]
    assert used.attributes["color"] == LIGHT.faded
    assert not used.label


def test_a_dotted_line_leads_to_the_last_part_of_the_gradient(cube):
    assert twins(cube) == {
        ("sum", "sum_grad/broadcast_to"),
        ("power", "power_grad/multiply_2"),
        ("sum_2", "sum_2_grad/broadcast_to"),
    }


def test_a_dotted_line_leads_from_fold_to_fold():
    x = gn.Input("x", value=[1.0, 2.0])
    with gn.scope("first"):
        node = -(x * 3.0)
    with gn.scope("second"):
        node = np.exp(node * 2.0)
    y = np.sum(node)
    y.graph.gradient(y, x)
    drawn = arrows(y.graph, depth=1)
    dotted = [a for a in drawn if a.attributes.get("style") == "dotted"]
    titles = {b.key: b.lines[0] for b in boxes(y.graph, depth=1).values()}
    ends = {(titles[arrow.tail], titles[arrow.key]) for arrow in dotted}
    assert ("first", "first (gradient)") in ends
    assert ("second", "second (gradient)") not in ends, "a value leads there already"
    assert len(dotted) == len(ends), "one for each, however many nodes are in it"


def test_no_argument_is_lost(cube):
    scalars = sum(node.kind == "constant" for node in cube.nodes)
    shown = sum(len(several) for several in values(cube).values()) - len(twins(cube))
    assert shown == sum(len(node.input_ids) for node in cube.nodes) - scalars


def test_gradients_of_a_backward_pass_over_gradients(cube):
    cube.backward("sum_2", wrt="x")
    names = {box.key: name for name, box in boxes(cube, passes="both").items()}
    (down,) = [a for a in arrows(cube, passes="both") if a.label == "[3, 3]"]
    assert not down.is_gradient, "it points against the gradient, which goes up"
    ends = names[down.tail], names[down.key]
    assert ends == ("power_grad/multiply_2", "power_grad/power")
    assert down.attributes["color"] == LIGHT.gradient
    assert "[6, 12]" in " ".join(boxes(cube, passes="both", show="grad")["x"].lines)


def test_the_order_is_one_that_any_layout_can_keep(cube):
    """No arrow leads back to where others come from."""
    after: dict[str, set[str]] = {}
    waiting: dict[str, int] = {}
    for arrow in arrows(cube, passes="both"):
        if arrow.key not in after.setdefault(arrow.tail, set()):
            after[arrow.tail].add(arrow.key)
            waiting[arrow.key] = waiting.get(arrow.key, 0) + 1
    ready = [key for key in after if not waiting.get(key)]
    done = 0
    while ready:
        done += 1
        for key in after.get(ready.pop(), ()):
            waiting[key] -= 1
            if not waiting[key]:
                ready.append(key)
    assert done == len(set(after) | set(waiting))


# -- where gradients come from functions -----------------------------------------------
def test_a_hessian_times_a_vector():
    product = gn.hvp(lambda x: np.sum(x**3))
    graph = gn.trace(product)(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    drawn = boxes(graph)
    (result,) = [b for b in drawn.values() if b.attributes["peripheries"] == "2"]
    assert result.attributes["color"] == GRADIENT.line
    assert result.lines == ["∂² multiply_2", "→ (2,)"]
    assert any(box.attributes["fillcolor"] == GRADIENT.fill for box in drawn.values())


def test_only_the_gradient_as_a_target():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(x**3)
    (first,) = y.graph.gradient(y, x)
    drawn = boxes(y.graph, target=first)
    assert "power" not in drawn, "it is not needed for the number"
    assert "power_grad/multiply_2" in drawn


def test_long_chains_of_gradients():
    x = gn.Input("x", value=0.5)
    node = x
    for _ in range(2_000):
        node = np.sin(node)
    node.graph.gradient(node, x)
    start = time.perf_counter()
    assert len(boxes(node.graph)) > 4_000
    assert time.perf_counter() - start < 10.0
