"""Large scenes: time grows in proportion, and no scene is too much for the layout."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from layered_pictures import SVG, box, read, scene

from graphnn.draw.layered import to_svg
from graphnn.draw.scene import Arrow, Frame


def chain(length):
    arrows = [Arrow(f"n{i}", f"n{i + 1}", label="(8, 5)") for i in range(length - 1)]
    return scene([box(f"n{i}") for i in range(length)], arrows)


def ladder(rungs):
    """Diamonds: each box is used twice by the next."""
    arrows = [
        Arrow(f"n{i}", f"n{i + 1}", label="()") for i in range(rungs) for _ in range(2)
    ]
    return scene([box(f"n{i}") for i in range(rungs + 1)], arrows)


def tangle(size, reach):
    """Each box uses two earlier ones at random, up to `reach` before it."""
    chance = random.Random(1)
    arrows = [
        (f"n{chance.randrange(max(0, i - reach), i)}", f"n{i}")
        for i in range(1, size)
        for _ in range(2)
    ]
    return scene([box(f"n{i}") for i in range(size)], arrows)


def layers(count):
    """Layers one after the other, each with a parameter, in frames of ten."""
    boxes, arrows, frames = [box("n", "input")], [], []
    before = "n"
    for i in range(count):
        if i % 10 == 0:
            frames.append(Frame(f"block{i // 10}", "block"))
        frames.append(Frame(f"layer{i}", "layer", parent=f"block{i // 10}"))
        boxes += [
            box(f"w{i}", "parameter", f"layer{i}"),
            box(f"m{i}", frame=f"layer{i}"),
        ]
        arrows += [
            Arrow(before, f"m{i}", label="(8, 5)", span=2),
            Arrow(f"w{i}", f"m{i}", weight=1),
        ]
        before = f"m{i}"
    return scene(boxes, arrows, frames)


def seconds(a_scene):
    start = time.perf_counter()
    svg = to_svg(a_scene)
    taken = time.perf_counter() - start
    assert svg.count('<g class="node"') == len(a_scene.boxes)
    assert svg.count('<g class="cluster"') == len(a_scene.frames)
    assert svg.count('<g class="edge"') == len(a_scene.arrows)
    return taken


def test_a_ladder_of_60_diamonds_is_drawn_at_once():
    assert seconds(ladder(60)) < 1.0


@pytest.mark.parametrize(
    "make",
    [chain, ladder, layers, lambda size: tangle(size, 12)],
    ids=["chain", "ladder", "layers", "tangle"],
)
def test_the_time_grows_in_proportion(make):
    small = min(seconds(make(200)) for _ in range(3))
    # Eight times the size: quadratic growth would take 64 times as long.
    assert seconds(make(1600)) < 30 * small + 0.5


def test_arrows_that_are_too_long_run_beside_the_picture():
    length = 800
    a_scene = chain(length)
    chance = random.Random(1)
    a_scene.arrows += [
        Arrow(f"n{chance.randrange(i)}", f"n{i + 1}") for i in range(1, length - 1)
    ]
    drawn = read(to_svg(a_scene))
    right = max(node.area[2] for node in drawn.nodes.values())
    # Five straight pieces and four corners, however far they lead.
    beside = [
        edge
        for edge in drawn.edges
        if edge.element.find(f"{SVG}path").get("d").count("C") == 9
        and edge.curve[-1][1] - edge.curve[0][1] > 5_000
    ]
    assert len(beside) > 100
    spans = []
    for edge in beside:
        lane = max(x for x, _ in edge.curve)
        assert edge.curve[0][0] < right < lane
        assert edge.curve[-1][0] < right
        spans.append((lane, edge.curve[0][1], edge.curve[-1][1]))
    for (lane, _, end), (other, start, _) in pairwise(sorted(spans)):
        assert lane != other or end <= start


def test_a_row_of_many_boxes_is_drawn():
    boxes = [box(f"n{i}", "parameter") for i in range(600)] + [box("sum")]
    drawn = read(to_svg(scene(boxes, [(f"n{i}", "sum") for i in range(600)])))
    assert len({node.area[1] for node in drawn.nodes.values()}) == 2


def test_frames_of_great_depth_are_no_problem():
    frames = [Frame("f0", "f0")]
    frames += [Frame(f"f{i}", f"f{i}", parent=f"f{i - 1}") for i in range(1, 300)]
    drawn = read(to_svg(scene([box("n", frame="f299")], frames=frames)))
    assert len(drawn.clusters) == 300
