"""Options together, at random: each format can be read, and nothing changes."""

from __future__ import annotations

import json
import pickle
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.formats.written import write
from graphnn.draw.layered import to_svg
from graphnn.draw.options import COLOURINGS, DIRECTIONS, PASSES, SHOWN
from graphnn.draw.themes import THEMES
from graphnn.errors import GraphnnError

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    *('"', "<script>alert(1)</script>", "<b>", "\\N", ":", "a\0b", "x" * 100_000),
    *("\u05e9\u05dc\u05d5\u05dd \u202eabc", "🦊👩‍🚀", "javascript:alert(1)", "]]>"),
    *("-->", "\ud800x", "end", "{{x}}", "%%{init}", "\\", "\n", "#35;", "*", "[", " "),
    *("n0", "cluster_0", "|", "\ufffe", "&lt;", "<br/>", "$x", "`", "'"),
]


# -- graphs of many kinds --------------------------------------------------------------
def square() -> gn.Graph:
    x = gn.Input("x", value=3.0)
    y = x * x
    y.graph.backward(y, wrt=x)
    return y.graph


def network(*layers: gn.Layer, rows: int = 4, outputs: int = 1) -> gn.Graph:
    rng = np.random.default_rng(0)
    net = gn.NeuralNetwork([*layers, gn.Dense(outputs)], gn.MeanSquaredError(), seed=1)
    net.train_batch(rng.normal(size=(rows, 4)), rng.normal(size=(rows, outputs)))
    return net.graph


def stack() -> gn.Graph:
    return network(*[gn.Dense(4, "tanh") for _ in range(4)], gn.Dropout(0.25))


def residual() -> gn.Graph:
    blocks = [gn.Residual([gn.Dense(4, "relu"), gn.BatchNorm()]) for _ in range(3)]
    return network(*blocks)


def unrolled() -> gn.Graph:
    rng = np.random.default_rng(0)
    layers = [gn.RNN(3, unroll=True), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    net.train_batch(rng.normal(size=(2, 4, 3)), np.ones((2, 1)))
    return net.graph


def planned() -> gn.Graph:
    net = gn.NeuralNetwork([gn.Dense(3, "tanh")], gn.MeanSquaredError(), seed=1)
    net.train_batch(np.ones((2, 2)), np.ones((2, 3)))
    net.graph.plan(net.loss, optimizer=gn.SGD(0.1)).run()
    return net.graph


def traced() -> gn.Graph:
    def function(a, b):
        product = np.sin(a) @ b
        return product, np.sum(product, axis=0), np.max(a)

    return gn.trace(function)(np.ones((2, 3)), np.ones((3, 2)))


def several() -> gn.Graph:
    x = gn.Input("x", value=np.arange(6.0).reshape(2, 3))
    first, second, _ = np.split(x, 3, axis=1)
    y = np.sum(first * second)
    y.graph.backward(y, wrt=x)
    return y.graph


def without_values() -> gn.Graph:
    x = gn.Input("x")
    with gn.scope("half"):
        y = np.tanh(x) * 2.0
    return (y + x).graph


def empty_arrays() -> gn.Graph:
    weight = gn.Parameter(np.zeros((3, 0)), name="weight")
    y = np.sum(np.tanh(gn.Input("x", value=np.zeros((0, 3)))) @ weight)
    y.backward()
    return y.graph


def complex_numbers() -> gn.Graph:
    z = gn.Input("z", value=np.array([1.0 + 2.0j, 3.0j]))
    y = np.real(np.sum(z * np.conj(z)))
    y.graph.backward(y, wrt=z)
    return y.graph


def wrong() -> gn.Graph:
    x = gn.Input("x", value=np.array([1.0, 0.0, -1.0]))
    with np.errstate(all="ignore"):
        y = np.sum(np.log(x) * 2.0)
        y.graph.backward(y, wrt=x)
    return y.graph


def failed() -> gn.Graph:
    x = gn.Input("x", value=np.ones((2, 3)))
    with gn.scope("first"):
        h = np.tanh(x)
    with gn.scope("second"):
        y = np.sum(h @ np.ones((3, 2)))
    with pytest.raises(GraphnnError):
        y.graph.forward({x: np.ones((2, 4))})
    return y.graph


def twice_differentiated() -> gn.Graph:
    x = gn.Input("x", value=np.arange(1.0, 4.0))
    with gn.scope("cube"):
        y = np.sum(x**3)
    (first,) = y.graph.gradient(y, x)
    y.graph.gradient(np.sum(first), x)
    return y.graph


def named(text: str) -> gn.Graph:
    with gn.Graph(text) as graph, gn.scope(text):
        x = gn.Input(text, value=np.ones(2))
        y = np.sum(x * gn.Parameter(np.ones(2), name=text))
    y.backward()
    return graph


GRAPHS = {
    "square": square,
    "stack": stack,
    "residual": residual,
    "unrolled": unrolled,
    "planned": planned,
    "traced": traced,
    "several": several,
    "without values": without_values,
    "empty arrays": empty_arrays,
    "complex": complex_numbers,
    "wrong": wrong,
    "failed": failed,
    "twice": twice_differentiated,
    "nothing": partial(gn.Graph, "nothing"),
    **{f"named {i}": partial(named, text) for i, text in enumerate(HOSTILE)},
}


# -- options together, at random -------------------------------------------------------
COMBINATIONS = 400


def chosen(rng: random.Random, names: list[str]) -> object:
    """Choose what `fold`, `expand` and `highlight` may be given."""
    name = rng.choice(names or ["x"])
    ways = [name, [name], "*", "**/*", [], "not there", f"{name[:3]}*", _is_even]
    return rng.choice(ways)


def _is_even(name: str) -> bool:
    return len(name) % 2 == 0


def combination(rng: random.Random, graph: gn.Graph) -> dict[str, object]:
    """Choose some of the options, and of each what it may be."""
    names = [graph.name_of(node) for node in graph.nodes]
    scopes = list(dict.fromkeys("/".join(n.scope) for n in graph.nodes if n.scope))
    name = rng.choice(names or ["x"])
    marks = rng.choice(["failed", "current", ["ahead", "breakpoint"], "culprit"])
    options = {
        "target": rng.choice([name, [name, rng.choice(names or ["x"])]]),
        "within": rng.choice(scopes or ["x"]),
        "repeats": rng.random() < 0.5,
        "show": rng.sample(SHOWN, rng.randrange(7)),
        "depth": rng.randrange(4),
        "fold": chosen(rng, scopes),
        "expand": chosen(rng, scopes + names),
        "direction": rng.choice(DIRECTIONS),
        "passes": rng.choice(PASSES),
        "highlight": chosen(rng, names + scopes),
        "color_by": rng.choice(COLOURINGS),
        "theme": rng.choice(list(THEMES)),
        "max_nodes": rng.choice([None, 1, 4, 200]),
        "around": name,
        "radius": rng.randrange(5),
        "marks": {name: marks},
        "notes": {name: rng.choice(HOSTILE)},
        "caption": rng.choice(HOSTILE),
    }
    often = {"show", "passes", "color_by", "depth"}
    kept = [key for key in options if rng.random() < (0.5 if key in often else 0.25)]
    if "around" not in kept and "radius" in kept:
        kept.remove("radius")
    return {key: options[key] for key in kept}


def state_of(graph: gn.Graph) -> tuple[object, ...]:
    """Write down all that a picture may not change."""
    nodes = list(graph.nodes)
    values = [(graph.name_of(n), n.kind, n.output, n.output_grad) for n in nodes]
    # The arrays that a plan has lent are taken over where they are read: before this.
    whole = pickle.dumps(graph)
    legacy = np.random.get_state()[1].tobytes()  # noqa: NPY002
    streams = legacy, random.getstate()
    return len(graph), graph.training, repr(values), whole, streams


def drawings() -> list[tuple[gn.Graph, dict[str, object]]]:
    """Choose graphs, and how each is to be drawn."""
    rng = random.Random(6)
    drawn = []
    made: dict[str, gn.Graph | None] = {}
    for _ in range(COMBINATIONS):
        name = rng.choice(list(GRAPHS))
        if name not in made:
            try:
                made[name] = GRAPHS[name]()
            except GraphnnError:
                made[name] = None  # what cannot be a name is refused
        graph = made[name]
        if graph is not None:
            drawn.append((graph, combination(rng, graph)))
    return drawn


def check_formats(scene) -> None:
    """Read each format with what it is meant for."""
    networkx = pytest.importorskip("networkx")
    counts = len(scene.boxes), len(scene.arrows)
    data = json.loads(write(scene, "json"))
    network = networkx.node_link_graph(data, edges="edges")
    assert (network.number_of_nodes(), network.number_of_edges()) == counts
    network = networkx.parse_graphml(write(scene, "graphml"), force_multigraph=True)
    assert (network.number_of_nodes(), network.number_of_edges()) == counts
    groups = ET.fromstring(to_svg(scene)).iter(f"{SVG}g")
    classes = [group.get("class") for group in groups]
    assert (classes.count("node"), classes.count("edge")) == counts
    mermaid = write(scene, "mermaid")
    for box in scene.boxes:
        assert len(re.findall(rf'^ *{box.key}\W+".*"\W+$', mermaid, re.MULTILINE)) == 1
    begun = len(re.findall(r'^ *subgraph \w+\[".*"\]$', mermaid, re.MULTILINE))
    ended = len(re.findall(r"^ *end$", mermaid, re.MULTILINE))
    assert begun == ended == len(scene.frames)
    try:
        import pygraphviz
    except ImportError:
        return
    parsed = pygraphviz.AGraph(string=write(scene, "dot"))
    assert (parsed.number_of_nodes(), parsed.number_of_edges()) == counts
    parsed.close()


def test_options_at_random_draw_a_picture_and_change_nothing():
    pictures, refusals = 0, []
    for graph, options in drawings():
        before = state_of(graph)
        try:
            scene = graph.draw(**options).scene
        except GraphnnError as error:
            if len(graph):
                refusals.append(str(error))
        else:
            check_formats(scene)
            if options.get("color_by") != "time":
                assert graph.to_dot(**options) == write(scene, "dot")
            pictures += 1
        assert state_of(graph) == before
    assert pictures > len(refusals) > 10
    assert all("\n" in message for message in refusals), "they say what to do"


def print_all() -> None:
    """Write all the pictures, but for those that show times."""
    for graph, options in drawings():
        if options.get("color_by") == "time":
            continue
        try:
            scene = graph.draw(**options).scene
        except GraphnnError as error:
            sys.stdout.write(f"{str(error)!a}\n")
            continue
        for form in ("dot", "mermaid", "json", "graphml"):
            sys.stdout.write(ascii(write(scene, form)) + "\n")
        sys.stdout.write(ascii(to_svg(scene)) + "\n")


def test_the_bytes_are_the_same_in_every_process():
    outputs = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, __file__],
            capture_output=True,
            text=True,
            env={
                "PYTHONPATH": str(Path(gn.__file__).parents[1]),
                "PATH": "",
                "PYTHONHASHSEED": seed,
            },
        )
        assert done.returncode == 0, done.stderr[-2000:]
        outputs.append(done.stdout)
    assert outputs[0].count("digraph") > 100
    assert outputs[0] == outputs[1]


if __name__ == "__main__":
    print_all()
