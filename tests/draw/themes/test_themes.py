"""Themes: every text is readable, every line is seen, and kinds differ in shape."""

from __future__ import annotations

import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw.themes import DARK, LIGHT, THEMES, theme_called
from graphnn.draw.themes.colours import READABLE, VISIBLE, contrast
from graphnn.draw.themes.looks import Theme
from graphnn.errors import ArgumentError


@pytest.fixture(params=THEMES)
def theme(request) -> Theme:
    return THEMES[request.param]


def grounds(theme: Theme) -> list[str]:
    """List all that boxes and arrows stand on."""
    return [theme.paper, *[frame.fill for frame in theme.frames.values()]]


def test_themes_are_complete():
    for name in ("looks", "frames", "marks", "dtypes"):
        assert list(getattr(LIGHT, name)) == list(getattr(DARK, name))
    for kind, look in LIGHT.looks.items():
        other = DARK.looks[kind]
        assert look.shape == other.shape
        assert (look.rounded, look.dashed) == (other.rounded, other.dashed)
        assert (look.peripheries, look.margin) == (other.peripheries, other.margin)


def test_dark_is_dark_and_light_is_light():
    black = "#000000"
    assert contrast(DARK.paper, black) < 1.3
    assert contrast(LIGHT.paper, black) > 20
    for kind in LIGHT.looks:
        assert contrast(DARK.looks[kind].fill, black) < 3
        assert contrast(LIGHT.looks[kind].fill, black) > 14


def test_texts_in_boxes_are_readable(theme):
    for kind, look in theme.looks.items():
        for ink in (look.ink or theme.ink, look.faint_ink or theme.faint_ink):
            assert contrast(ink, look.fill) >= READABLE, kind


def test_texts_on_the_paper_are_readable(theme):
    for ground in grounds(theme):
        for ink in (theme.ink, theme.faint_ink, theme.gradient):
            assert contrast(ink, ground) >= READABLE, (ink, ground)
    for kind, frame in theme.frames.items():
        assert contrast(frame.ink, frame.fill) >= READABLE, kind


def test_outlines_and_arrows_are_seen(theme):
    for ground in grounds(theme):
        for line in (theme.edge, theme.gradient, theme.faded):
            assert contrast(line, ground) >= VISIBLE, (line, ground)
        for kind, look in theme.looks.items():
            assert contrast(look.line, ground) >= VISIBLE, (kind, ground)
        for kind, frame in theme.frames.items():
            assert contrast(frame.line, ground) >= VISIBLE, (kind, ground)


def test_kinds_are_told_apart_without_colours(theme):
    seen = {
        (look.shape, look.rounded, look.dashed, look.peripheries)
        for kind, look in theme.looks.items()
        if kind != "gradient"  # an operation that stands in a graph of its own
    }
    assert len(seen) == len(theme.looks) - 1
    colours = {(look.fill, look.line) for look in theme.looks.values()}
    assert len(colours) == len(theme.looks)


def test_marks_of_either_kind_of_wrong_are_red(theme):
    for name in ("victim", "culprit", "failed"):
        fill = theme.marks[name].fill
        red, green, blue = (int(fill[i : i + 2], 16) for i in (1, 3, 5))
        assert red > 1.1 * max(green, blue), name


def test_a_picture_has_no_colour_of_the_other_theme():
    x = gn.Input("x", value=np.ones((2, 3)))
    with gn.scope("dense"):
        y = np.exp(x @ gn.Parameter(np.ones((3, 4)), name="w") + 1.0)
    graph = np.sum(y).graph
    found = {
        name: set(re.findall("#[0-9a-f]{6}", graph.to_dot(theme=name)))
        for name in THEMES
    }
    assert found["light"].isdisjoint(found["dark"])
    assert {DARK.paper, DARK.looks["sink"].fill} <= found["dark"]
    assert 'bgcolor="#11161c"' in graph.to_dot(theme="dark")


def test_unknown_theme():
    with pytest.raises(ArgumentError, match=r"theme 'drak'\nDid you mean 'dark'"):
        theme_called("drak")
    with pytest.raises(ArgumentError, match=r"theme \['dark'\]"):
        theme_called(["dark"])
