"""Few crossings, straight lines, and labels and titles that nothing runs through."""

from __future__ import annotations

import random

import pytest
from layered_pictures import SVG, box, check, runs_through, scene

from graphnn.draw.layered.crossings import crossings, exchange
from graphnn.draw.layered.filling import grid_of
from graphnn.draw.layered.ordering import order_rows
from graphnn.draw.layered.ranks import ranks_of
from graphnn.draw.layered.sizes import sizes_of
from graphnn.draw.layered.skeleton import skeleton_of
from graphnn.draw.scene import Arrow, Frame
from graphnn.draw.themes import LIGHT


def crossings_of(a_scene):
    """Count the crossings that are left, once the rows are in order."""
    check(a_scene)
    skeleton = skeleton_of(a_scene)
    grid = grid_of(skeleton, ranks_of(skeleton), sizes_of(a_scene), titles_after=False)
    return crossings(grid, order_rows(grid, skeleton))


def shuffled(keys, seed=1):
    keys = list(keys)
    random.Random(seed).shuffle(keys)
    return [box(key) for key in keys]


def middle(area):
    return (area[0] + area[2]) / 2, (area[1] + area[3]) / 2


@pytest.mark.parametrize("seed", range(5))
def test_a_tree_is_drawn_without_a_crossing(seed):
    boxes = shuffled([f"n{i}" for i in range(31)], seed)
    arrows = [(f"n{(i - 1) // 2}", f"n{i}") for i in range(1, 31)]
    random.Random(seed).shuffle(arrows)
    assert crossings_of(scene(boxes, arrows)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_two_chains_with_rungs_are_drawn_without_a_crossing(seed):
    boxes = shuffled([f"{side}{i}" for side in "ab" for i in range(8)], seed)
    arrows = [(f"{side}{i}", f"{side}{i + 1}") for side in "ab" for i in range(7)]
    arrows += [(f"a{i}", f"b{i + 1}") for i in range(7)]
    random.Random(seed).shuffle(arrows)
    assert crossings_of(scene(boxes, arrows)) == 0


def test_frames_side_by_side_stand_in_the_order_of_what_feeds_them():
    boxes = [box(f"x{i}") for i in range(4)]
    boxes += [box(f"{i}{j}", frame=f"f{i}") for i in (2, 0, 3, 1) for j in range(3)]
    arrows = [(f"x{i}", f"x{i + 1}") for i in range(3)]
    arrows += [(f"{i}{j}", f"{i}{j + 1}") for i in range(4) for j in range(2)]
    arrows += [Arrow("x3", f"{i}0") for i in range(4)]
    arrows += [(f"{i}2", f"y{i // 2}") for i in range(4)]
    boxes += [box("y0"), box("y1")]
    frames = [Frame(f"f{i}", f"branch {i}") for i in (3, 1, 0, 2)]
    assert crossings_of(scene(boxes, arrows, frames)) == 0


@pytest.mark.parametrize("seed", range(8))
def test_frames_are_put_in_the_order_of_what_feeds_them_however_they_come(seed):
    # Branches of different lengths off one chain, each in a frame.
    chance = random.Random(seed)
    keys = [f"{i}{j}" for i in range(5) for j in range(2 + i % 3)]
    chance.shuffle(keys)
    boxes = [box(f"x{i}") for i in range(6)]
    boxes += [box(key, frame=f"f{key[0]}") for key in keys]
    arrows = [(f"x{i}", f"x{i + 1}") for i in range(5)]
    arrows += [(f"{i}{j}", f"{i}{j + 1}") for i in range(5) for j in range(1 + i % 3)]
    arrows += [(f"x{i}", f"{i}0") for i in range(5)]
    chance.shuffle(arrows)
    frames = [Frame(f"f{i}", f"branch {i}") for i in range(5)]
    chance.shuffle(frames)
    assert crossings_of(scene(boxes, arrows, frames)) == 0


def test_neighbours_change_places_if_their_arrows_cross():
    a_scene = scene([box(key) for key in "abcd"], [("a", "d"), ("b", "c")])
    skeleton = skeleton_of(a_scene)
    grid = grid_of(skeleton, ranks_of(skeleton), sizes_of(a_scene), titles_after=False)
    place = [0, 1, 0, 1]
    assert crossings(grid, place) == 1
    exchange(grid, place, passes=1)
    assert crossings(grid, place) == 0
    assert [[place[item] for item in row] for row in grid.rows] == [[0, 1], [0, 1]]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_line_leaves_its_row_before_it_bends(direction):
    """Past neighbours that are much wider, or higher, than the box it comes from."""
    wide = {"title": "a_very_long_title_indeed", "lines": ("small",) * 6}
    boxes = [box("a"), box("b", **wide), box("c"), box("d", **wide), box("e")]
    arrows = [(tail, head) for tail in "abc" for head in "de"]
    drawn = check(scene(boxes, arrows, direction=direction))
    axis = 0 if direction == "LR" else 1
    stop = drawn.nodes["b"].area[2 + axis]
    for edge in drawn.edges:
        start = edge.curve[0][1 - axis]
        assert all(
            abs(point[1 - axis] - start) < 0.3
            for point in edge.curve
            if point[axis] < stop
        )


def random_scene(seed):
    """Many arrows between boxes in nested frames, in any direction."""
    chance = random.Random(seed)
    frames = []
    for number in range(chance.randint(0, 6)):
        parent = chance.choice([None, *[frame.key for frame in frames]])
        title = chance.choice(["", "f", "a title of some length"])
        frames.append(Frame(f"c{number}", title, parent=parent))
    places = [None, *[frame.key for frame in frames]]
    count = chance.randint(2, 25)
    boxes = [
        box(
            f"n{number}",
            chance.choice(sorted(LIGHT.looks)),
            chance.choice(places),
            title=chance.choice(["x", "weight_multiply"]),
            lines=chance.choice([(), ("one", "a longer line")]),
        )
        for number in range(count)
    ]
    arrows = []
    for _ in range(chance.randint(0, 2 * count)):
        tail, head = sorted(chance.sample(range(count), 2))
        label = chance.choice(["", "(2, 3)", "(128, 64, 3, 3)"])
        for _ in range(chance.choice([1, 1, 2, 3])):
            role = chance.choice(["value", "gradient", "both"])
            more = {"weight": chance.choice([1, 4, 8]), "span": chance.randint(1, 3)}
            arrows.append(Arrow(f"n{tail}", f"n{head}", role, label, **more))
    return scene(boxes, arrows, frames, chance.choice(["TB", "LR", "BT", "RL"]))


@pytest.mark.parametrize("seed", range(60))
def test_crowded_pictures_keep_their_promises(seed):
    drawn = check(random_scene(seed))
    labels = [area for edge in drawn.edges for area in edge.text_areas]
    for edge in drawn.edges:
        for area in labels:
            assert not runs_through(edge.curve, area, 0.5)


def test_the_main_way_is_straight_and_what_leads_past_it_is_not():
    length = 9
    boxes = [box(f"n{i}") for i in range(length)]
    arrows = [(f"n{i}", f"n{i + 1}") for i in range(length - 1)]
    arrows += [("n0", "n3"), ("n3", "n6"), ("n1", "n8")]
    drawn = check(scene(boxes, arrows))
    assert len({round(middle(node.area)[0]) for node in drawn.nodes.values()}) == 1


def test_the_labels_of_two_parallel_arrows_stand_outside():
    arrows = [
        Arrow("a", "b", label="(2, 3)"),
        Arrow("a", "b", role="gradient", label="(2, 3) 0.5"),
    ]
    drawn = check(scene([box("a"), box("b")], arrows))
    left, right = drawn.edges
    assert left.text_areas[0][2] < min(x for x, _ in left.curve)
    assert right.text_areas[0][0] > max(x for x, _ in right.curve)
    assert len({round(middle(node.area)[0]) for node in drawn.nodes.values()}) == 1


@pytest.mark.parametrize("kind", sorted(LIGHT.looks))
def test_arrows_touch_the_outline_of_a_box(kind):
    """From far aside, where a round outline lies well inside its rectangle."""
    boxes = [box("n", kind, title="a rather long title", lines=("one", "two"))]
    boxes += [box(f"m{i}") for i in range(9)]
    drawn = check(scene(boxes, [("n", f"m{i}") for i in range(9)]))
    left, top, right, foot = drawn.nodes["n"].area
    x_middle, y_middle = middle(drawn.nodes["n"].area)
    for edge in drawn.edges:
        x, y = edge.curve[0]
        assert left < x < right
        assert y_middle < y <= foot + 0.1
        if LIGHT.looks[kind].shape == "ellipse":
            across = (x - x_middle) / ((right - left) / 2)
            down = (y - y_middle) / ((foot - top) / 2)
            assert across**2 + down**2 == pytest.approx(1.0, abs=0.02)


def test_the_text_of_an_ellipse_lies_inside_it():
    lines = ("a small line of some length", "another one")
    drawn = check(scene([box("n", "parameter", title="weight", lines=lines)]))
    ellipse = drawn.nodes["n"].element.find(f"{SVG}ellipse")
    cx, cy, rx, ry = (float(ellipse.get(name)) for name in ("cx", "cy", "rx", "ry"))
    for left, top, right, foot in drawn.nodes["n"].text_areas:
        for x in (left, right):
            for y in (top, foot):
                assert ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1.0


def test_sideways_a_title_makes_way_for_a_line_that_enters_its_frame():
    # What stands beside the frame, above its first box, feeds its last.
    boxes = [box("a", frame="f"), *[box(f"b{i}", frame="f") for i in range(4)]]
    boxes += [box("x"), box("y")]
    arrows = [("a", "b0"), *[(f"b{i}", f"b{i + 1}") for i in range(3)]]
    arrows += [Arrow("x", "y"), Arrow("y", "b3"), Arrow("x", "b2")]
    frame = Frame("f", "a title of quite some length")
    drawn = check(scene(boxes, arrows, [frame], "LR"))
    for edge in drawn.edges:
        assert not runs_through(edge.curve, drawn.clusters["f"].text_areas[0], 0.5)
