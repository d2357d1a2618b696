"""Rows: short arrows, and frames one behind the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from layered_pictures import box, check, scene

from graphnn.draw.layered.ranks import ranks_of
from graphnn.draw.layered.simplex import Arc, settle
from graphnn.draw.layered.skeleton import skeleton_of
from graphnn.draw.scene import Arrow, Frame


@st.composite
def problems(draw):
    """Draw arcs between a few places, and places that keep their lengths."""
    count = draw(st.integers(1, 5))
    arcs = []
    if count > 1:
        for _ in range(draw(st.integers(0, 8))):
            tail = draw(st.integers(0, count - 2))
            head = draw(st.integers(tail + 1, count - 1))
            length, weight = draw(st.integers(0, 1)), draw(st.integers(0, 4))
            arcs.append(Arc(tail, head, length, weight))
    start = [0] * count
    for arc in sorted(arcs, key=lambda arc: arc.head):
        start[arc.head] = max(start[arc.head], start[arc.tail] + arc.length)
    return start, arcs


def cost(places, arcs):
    return sum(arc.weight * (places[arc.head] - places[arc.tail]) for arc in arcs)


def fits(places, arcs):
    return all(places[arc.head] - places[arc.tail] >= arc.length for arc in arcs)


def cheapest(count, arcs):
    """Try all places of a small problem."""
    best = None
    for code in range(count**count):
        places = [code // count**i % count for i in range(count)]
        if fits(places, arcs):
            price = cost(places, arcs)
            best = price if best is None else min(best, price)
    return best


@given(problems())
def test_the_network_simplex_finds_the_cheapest_places(problem):
    start, arcs = problem
    found = settle(start, arcs, 10_000)
    assert fits(found, arcs)
    assert cost(found, arcs) == cheapest(len(start), arcs)


@given(problems(), st.integers(0, 20))
def test_with_little_time_the_lengths_are_kept_all_the_same(problem, budget):
    start, arcs = problem
    found = settle(start, arcs, budget)
    assert fits(found, arcs)
    assert cost(found, arcs) <= cost(start, arcs)


def rows(boxes, arrows, frames=()):
    """Give the row of each box, by key."""
    a_scene = scene(boxes, arrows, frames)
    check(a_scene)
    found = ranks_of(skeleton_of(a_scene))
    return {each.key: rank for each, rank in zip(boxes, found, strict=False)}


def test_what_is_computed_for_a_late_use_stands_before_that_use():
    chain = [(f"n{i}", f"n{i + 1}") for i in range(6)]
    boxes = [box(f"n{i}") for i in range(7)] + [box("w", "parameter"), box("t")]
    found = rows(boxes, [*chain, ("w", "t"), ("t", "n6")])
    assert (found["w"], found["t"]) == (4, 5)


def test_a_frame_begins_when_the_one_that_feeds_it_has_ended():
    # In the second frame a long chain starts at a parameter.
    boxes = [box("x"), *[box(f"a{i}", frame="one") for i in range(3)]]
    boxes += [
        box("w", "parameter", "two"),
        *[box(f"b{i}", frame="two") for i in range(5)],
    ]
    arrows = [("x", "a0"), ("a0", "a1"), ("a1", "a2"), ("a2", "b4"), ("w", "b0")]
    arrows += [(f"b{i}", f"b{i + 1}") for i in range(4)]
    found = rows(boxes, arrows, ["one", "two"])
    assert found["a2"] < found["w"]


def test_a_parameter_outside_may_stand_beside_the_frame_that_it_feeds():
    boxes = [
        box("x"),
        box("w", "parameter"),
        *[box(f"b{i}", frame="f") for i in range(4)],
    ]
    arrows = [("x", "b0"), *[(f"b{i}", f"b{i + 1}") for i in range(3)], ("w", "b3")]
    found = rows(boxes, arrows, ["f"])
    assert found["w"] == found["b2"]


def test_a_layer_that_is_used_twice_goes_on_behind_what_stands_between():
    boxes = [box("a", frame="f"), box("b", frame="g"), box("c", frame="f")]
    found = rows(boxes, [("a", "b"), ("b", "c")], ["f", "g"])
    assert list(found.values()) == [0, 1, 2]


def test_what_is_in_no_circle_stands_in_sequence_all_the_same():
    boxes = [box("a", frame="f"), box("b", frame="g"), box("c", frame="f")]
    boxes += [box("w", "parameter", "h"), *[box(f"h{i}", frame="h") for i in range(5)]]
    arrows = [("a", "b"), ("b", "c"), ("c", "h4"), ("w", "h0")]
    arrows += [(f"h{i}", f"h{i + 1}") for i in range(4)]
    found = rows(boxes, arrows, ["f", "g", "h"])
    assert found["c"] < found["w"]


def test_frames_inside_a_layer_that_is_used_twice_contradict_nothing():
    frames = [Frame("f", "f"), Frame("p", "p", "f"), Frame("q", "q", "f")]
    boxes = [box("p0", frame="p"), box("q0", frame="q"), box("x")]
    boxes += [box("q1", frame="q"), box("p1", frame="p")]
    arrows = [("p0", "q0"), ("q0", "x"), ("x", "p1"), Arrow("p1", "q1")]
    found = rows(boxes, arrows, frames)
    assert [found[key] for key in ("p0", "q0", "x", "p1", "q1")] == [0, 1, 2, 3, 4]


def test_twins_draw_boxes_to_one_row():
    boxes = [box(f"n{i}") for i in range(5)] + [box("g"), box("h")]
    arrows = [(f"n{i}", f"n{i + 1}") for i in range(4)]
    arrows += [("g", "h"), Arrow("n4", "h", role="twin"), Arrow("n1", "g", role="twin")]
    found = rows(boxes, arrows)
    assert (found["g"], found["h"]) == (found["n1"], found["n4"])


def test_a_twin_draws_no_arrow_out_of_its_way():
    boxes = [box("a"), box("b"), box("g", "gradient")]
    found = rows(boxes, [("a", "b"), ("b", "g"), Arrow("a", "g", role="twin")])
    assert list(found.values()) == [0, 1, 2]


def test_what_feeds_a_frame_with_little_weight_may_stand_beside_it():
    boxes = [box("x"), box("t"), *[box(f"b{i}", frame="f") for i in range(4)]]
    arrows = [("x", "t"), Arrow("t", "b3", weight=1), ("x", "b0")]
    arrows += [(f"b{i}", f"b{i + 1}") for i in range(3)]
    assert rows(boxes, arrows, ["f"])["t"] >= 1
