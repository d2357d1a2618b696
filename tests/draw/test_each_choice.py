"""Each choice of each option, read out of the SVG of each layout."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import render
from graphnn.draw.options import COLOURINGS, DIRECTIONS, PASSES, SHOWN
from graphnn.draw.output.render import LAYOUTS
from graphnn.draw.themes import THEMES
from graphnn.draw.themes.colours import contrast

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("polygon", "path", "rect", "ellipse", "circle")


# -- what an SVG shows -----------------------------------------------------------------
@dataclass
class Shown:
    """A node or an arrow of an SVG."""

    texts: list[str]
    fill: str
    colours: set[str]
    place: tuple[float, float]


@dataclass
class Page:
    """An SVG, whichever layout it is by."""

    paper: str
    nodes: dict[str, Shown]
    edges: list[Shown]
    texts: list[str]


def page(graph: gn.Graph, layout: str, **options) -> Page:
    """Draw a graph, and read the SVG; nodes by their full names."""
    scene = graph.draw(**options).scene
    root = ET.fromstring(render(scene, "svg", layout))
    nodes, edges = {}, []
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "edge":
            edges.append(shown(group))
        elif group.get("class") == "node":
            # Graphviz numbers the groups, and writes our keys into their titles.
            by_graphviz = layout != "built-in"
            key = group.findtext(f"{SVG}title") if by_graphviz else group.get("id")
            nodes[key] = shown(group)
    assert sorted(nodes) == sorted(box.key for box in scene.boxes)
    assert len(edges) == len(scene.arrows)
    names = {box.key: box.facts.get("name", box.title) for box in scene.boxes}
    by_name = {names[key]: node for key, node in nodes.items()}
    assert len(by_name) == len(nodes)
    return Page(shown(root).fill, by_name, edges, shown(root).texts)


def shown(group: ET.Element) -> Shown:
    texts = list(group.iter(f"{SVG}text"))
    outlines = [each for each in group.iter() if each.tag[len(SVG) :] in SHAPES]
    inks = {each.get(key, "") for each in outlines for key in ("fill", "stroke")}
    return Shown(
        ["".join(each.itertext()).replace("\xa0", " ").strip() for each in texts],
        outlines[0].get("fill", "") if outlines else "",
        inks,
        (float(texts[0].get("x")), float(texts[0].get("y"))) if texts else (0.0, 0.0),
    )


@pytest.fixture(params=LAYOUTS)
def layout(request) -> str:
    if request.param == "pygraphviz":
        pytest.importorskip("pygraphviz")
    elif request.param == "dot" and shutil.which("dot") is None:
        pytest.skip("there is no program dot")
    return request.param


@pytest.fixture
def square() -> gn.Graph:
    x = gn.Input("x", value=3.0)
    y = x * x
    y.graph.backward(y, wrt=x)
    return y.graph


@pytest.fixture
def stack() -> gn.Graph:
    """Make four equal layers and a last one."""
    layers = [*[gn.Dense(4, "tanh") for _ in range(4)], gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    net.train_batch(np.ones((2, 4)), np.zeros((2, 1)))
    return net.graph


@pytest.fixture
def product() -> gn.Graph:
    """Make ``sum(tanh(x @ w))``, in which each node has another shape or size."""
    x = gn.Input("x", value=np.linspace(-2.0, 3.0, 6, dtype=np.float32).reshape(2, 3))
    w = gn.Parameter(np.full((3, 2), 0.25, np.float32), name="w")
    loss = np.sum(np.tanh(x @ w))
    loss.backward()
    return loss.graph


# -- each choice of each option --------------------------------------------------------
def written(page: Page) -> str:
    boxes = [text for node in page.nodes.values() for text in node.texts[1:]]
    return " | ".join([*boxes, *[text for edge in page.edges for text in edge.texts]])


IN_THE_PICTURE = {
    "shape": r"\(2, 3\)",
    "dtype": r"\bfloat32\b",
    "value": r"‖value‖ 4\.36",
    "grad": r"‖grad‖",
    "source": r"test_each_choice\.py:\d+",
    "formula": r"np\.tanh|tanh\(|@",
}


@pytest.mark.parametrize("word", SHOWN)
def test_each_choice_of_show(product, layout, word):
    found = written(page(product, layout, show=word))
    for other, pattern in IN_THE_PICTURE.items():
        assert bool(re.search(pattern, found)) == (other == word), (other, found)


def test_all_and_none_of_show(product, layout):
    found = written(page(product, layout, show=SHOWN))
    assert all(re.search(pattern, found) for pattern in IN_THE_PICTURE.values())
    found = written(page(product, layout, show=()))
    assert not any(re.search(pattern, found) for pattern in IN_THE_PICTURE.values())


@pytest.mark.parametrize("passes", PASSES)
def test_each_choice_of_passes(product, layout, passes):
    gradient = THEMES["light"].gradient
    drawn = page(product, layout, passes=passes)
    back = [edge for edge in drawn.edges if gradient in edge.colours]
    values = [edge for edge in drawn.edges if gradient not in edge.colours]
    assert len(values) == (0 if passes == "backward" else 4)
    norm = np.linalg.norm(product.find("w").grad)
    labels = [text for edge in back for text in edge.texts]
    is_there = any(re.search(rf"\(3, 2\) .*{norm:.3g}", label) for label in labels)
    assert is_there == (passes != "forward")
    assert len(back) == (0 if passes == "forward" else 3), "x needs no gradient"
    assert ("x" in drawn.nodes) == (passes != "backward")


def test_the_gradients_of_a_square_add_up(square, layout):
    drawn = page(square, layout, passes="both")
    gradient = THEMES["light"].gradient
    back = [edge for edge in drawn.edges if gradient in edge.colours]
    parts = [float(text) for edge in back for text in edge.texts]
    assert parts == [3.0, 3.0]
    assert sum(parts) == square["x"].grad
    assert "grad 6 = 3 + 3" in drawn.nodes["x"].texts


@pytest.mark.parametrize("word", COLOURINGS)
def test_each_choice_of_color_by(product, layout, word):
    plain = page(product, layout)
    drawn = page(product, layout, color_by=word)
    changed = {n for n in drawn.nodes if drawn.nodes[n].fill != plain.nodes[n].fill}
    # What has no gradient, or takes no time, keeps its look.
    leaves = {"grad_norm": {"x"}, "time": {"x", "w"}}.get(word, set())
    assert changed == drawn.nodes.keys() - leaves
    norm = np.linalg.norm(product["matmul"].output_grad)
    largest = np.abs(product["matmul"].output).max()
    said = {
        "grad_norm": (rf"‖grad‖ {norm:.3g}", "norm of the gradient"),
        "value": (rf"-?{largest:.3g}", "largest |value|"),
        "time": (r"[\d.]+ [mµn]?s", "time"),
        "memory": (r"\d+ B", "memory"),
        "dtype": (r"float32", "float32"),
    }
    figure, title = said[word]
    found = " | ".join(drawn.nodes["matmul"].texts)
    assert re.search(figure, found), found
    outside = list(drawn.texts)
    for one in [*drawn.nodes.values(), *drawn.edges]:
        for text in one.texts:
            outside.remove(text)
    assert any(title in text for text in outside), "the legend"
    if word in ("value", "grad_norm"):
        assert len({drawn.nodes[name].fill for name in drawn.nodes}) > 2


@pytest.mark.parametrize("theme", THEMES)
def test_each_choice_of_theme(product, layout, theme):
    drawn = page(product, layout, theme=theme, passes="both")
    assert drawn.paper == THEMES[theme].paper
    other = page(product, layout, theme=({*THEMES} - {theme}).pop())
    for name, node in drawn.nodes.items():
        assert node.fill != other.nodes[name].fill
        assert contrast(THEMES[theme].ink, node.fill) > 4.5


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_each_choice_of_direction(product, layout, direction):
    nodes = page(product, layout, direction=direction).nodes
    axis = 0 if direction in ("LR", "RL") else 1
    way = [nodes[name].place[axis] for name in ("x", "matmul", "tanh", "sum")]
    assert way == sorted(way, reverse=direction in ("BT", "RL"))
    assert way[-1] != way[0]


def test_each_of_the_others(product, layout):
    drawn = page(
        product,
        layout,
        target="tanh",
        highlight="w",
        marks={"x": "breakpoint"},
        notes={"matmul": "look here"},
        caption="as it was",
    )
    assert drawn.nodes.keys() == {"x", "w", "matmul", "tanh"}
    assert drawn.nodes["w"].texts[0].startswith("★")
    assert drawn.nodes["x"].texts[0].startswith("●")
    assert "look here" in drawn.nodes["matmul"].texts
    assert {"as it was", "highlighted", "breakpoint"} <= {*drawn.texts}


def test_each_way_to_fold(stack, layout):
    folded = page(stack, layout, depth=1)
    (run,) = [name for name in folded.nodes if name.endswith("× 4")]
    assert "dense_1 … dense_4 × 4" in " ".join(folded.nodes[run].texts)
    assert "80 parameters" in folded.nodes[run].texts
    opened = page(stack, layout, depth=1, expand="*")
    assert opened.nodes.keys() == page(stack, layout).nodes.keys()
    closed = page(stack, layout, fold="dense_1", show=())
    assert "dense_1" in closed.nodes
    few = page(stack, layout, max_nodes=8)
    assert len(few.nodes) < len(stack)
    assert any("boxes: depth= or" in text for text in few.texts)
    near = page(stack, layout, around="dense_2/tanh", radius=1)
    assert any(name.startswith("… ") for name in near.nodes)
