"""Any scene: nothing overlaps, frames hold what is theirs and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layered_pictures import box, check, scene

from graphnn.draw.layered import to_svg
from graphnn.draw.scene import Arrow, Frame
from graphnn.draw.themes import LIGHT


@st.composite
def scenes(draw):
    """Draw boxes in nested frames, with arrows of all roles between them."""
    frames = []
    for number in range(draw(st.integers(0, 5))):
        parent = draw(st.sampled_from([None, *[frame.key for frame in frames]]))
        title = draw(st.sampled_from(["", "f", "a title of some length"]))
        frames.append(Frame(f"c{number}", title, parent=parent))
    boxes = [
        box(
            f"n{number}",
            draw(st.sampled_from(sorted(LIGHT.looks))),
            draw(st.sampled_from([None, *[frame.key for frame in frames]])),
            title=draw(st.sampled_from(["x", "weight_multiply", "层"])),
            lines=draw(st.sampled_from([(), ("Small",), ("one", "a longer line")])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    arrows = []
    if len(boxes) > 1:
        for _ in range(draw(st.integers(0, 18))):
            tail = draw(st.integers(0, len(boxes) - 2))
            head = draw(st.integers(tail + 1, len(boxes) - 1))
            arrows.append(
                Arrow(
                    f"n{tail}",
                    f"n{head}",
                    role=draw(st.sampled_from(["value", "gradient", "both", "cut"])),
                    label=draw(st.sampled_from(["", "(2, 3)", "(128, 64, 3, 3)"])),
                    faded=draw(st.booleans()),
                    weight=draw(st.sampled_from([1, 4, 8])),
                    span=draw(st.integers(1, 3)),
                )
            )
    return scene(boxes, arrows, frames, draw(st.sampled_from(["TB", "LR", "BT", "RL"])))


@given(scenes())
def test_pictures_keep_their_promises(a_scene):
    check(a_scene)


@given(scenes())
def test_the_same_scene_gives_the_same_bytes(a_scene):
    assert to_svg(a_scene) == to_svg(a_scene)


@pytest.mark.parametrize("direction", ["TB", "LR", "BT", "RL"])
def test_nothing_at_all_is_a_picture(direction):
    check(scene([], direction=direction))
