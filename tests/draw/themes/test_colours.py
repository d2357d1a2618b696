"""Colours and scales: readable in grey, and for those who see fewer colours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from graphnn.draw.themes import THEMES
from graphnn.draw.themes.colours import (
    BLACK,
    READABLE,
    VISIBLE,
    WHITE,
    channels,
    contrast,
    ink_on,
    luminance,
    shade,
    shades,
)

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.0; they work
# on linear RGB.
SEEN_BY = {
    "all": np.eye(3),
    "protanopes": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopes": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopes": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    part = np.array(channels(colour))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eyes: str) -> np.ndarray:
    """Give CIE L*a*b* (D65) of what is seen."""
    seen = np.clip(SEEN_BY[eyes] @ linear(colour), 0, 1)
    x, y, z = TO_XYZ @ seen / (TO_XYZ @ np.ones(3))
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, eyes: str) -> float:
    """Give the distance in CIE L*a*b*; from 2.3 on it is noticed."""
    return float(np.linalg.norm(lab(one, eyes) - lab(other, eyes)))


@pytest.fixture(params=THEMES)
def theme(request):
    return THEMES[request.param]


# -- numbers ---------------------------------------------------------------------------
def test_matrices_leave_grey_as_it_is():
    for matrix in SEEN_BY.values():
        np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-5)


def test_luminance_is_that_of_the_linear_channels():
    for colour in ("#ff0000", "#00ff00", "#0000ff", "#8a1f3c"):
        expected = np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)
        assert luminance(colour) == pytest.approx(expected)


def test_contrast_is_symmetric_and_bounded():
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.005)


def test_some_ink_is_readable_on_every_grey():
    for level in range(256):
        ground = f"#{level:02x}{level:02x}{level:02x}"
        for preferred in ("#1b2733", "#e6ebf1"):
            assert contrast(ink_on(ground, preferred), ground) >= READABLE


def test_ends_of_a_scale_are_its_anchors():
    anchors = ("#010203", "#a0b0c0", "#ffffff")
    assert shade(anchors, 0) == shade(anchors, -3) == anchors[0]
    assert shade(anchors, 1) == shade(anchors, 7) == anchors[-1]
    assert shade(anchors, 0.5) == anchors[1]
    assert shades(anchors, 1) == anchors[:1]
    assert shades(anchors, 5)[::2] == anchors


# -- the scales of the themes ----------------------------------------------------------
def test_scale_is_monotone_in_grey(theme):
    lights = [luminance(colour) for colour in shades(theme.ramp, 200)]
    assert len(theme.ramp) >= 5
    steps = np.diff(lights)
    assert (steps < 0).all() or (steps > 0).all()


def test_what_is_most_stands_out_most_from_the_paper(theme):
    found = [contrast(colour, theme.paper) for colour in shades(theme.ramp, 50)]
    assert found == sorted(found)
    assert found[-1] > 10


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_steps_of_a_scale_are_told_apart_by_everybody(theme, eyes):
    for one, other in pairwise(theme.ramp):
        assert difference(one, other, eyes) >= 9, (one, other)
    for one, other in pairwise(shades(theme.ramp, 20)):
        assert difference(one, other, eyes) >= 2.3, (one, other)


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_steps_of_a_scale_are_even_enough(theme, eyes):
    steps = [difference(one, other, eyes) for one, other in pairwise(theme.ramp)]
    assert max(steps) < 4 * min(steps)


def test_texts_on_a_scale_are_readable(theme):
    for colour in shades(theme.ramp, 200):
        assert contrast(ink_on(colour, theme.ink), colour) >= READABLE
    for colour in theme.dtypes.values():
        assert contrast(ink_on(colour, theme.ink), colour) >= READABLE
    for paint in (theme.unknown, theme.zero, theme.bad):
        assert contrast(paint.ink or theme.ink, paint.fill) >= READABLE
        for frame in ("scope", "expanded", "gradient"):
            assert contrast(paint.line, theme.frames[frame].fill) >= VISIBLE


@pytest.mark.parametrize("eyes", ["all", "protanopes", "deuteranopes"])
def test_what_is_beside_the_scale_is_told_from_it(theme, eyes):
    for paint in (theme.zero, theme.bad):
        nearest = min(difference(paint.fill, c, eyes) for c in shades(theme.ramp, 50))
        assert nearest >= 5, paint


def test_dtypes_of_a_family_get_stronger_with_their_size(theme):
    for family in (
        ("float16", "float32", "float64", "longdouble"),
        ("complex64", "complex128"),
    ):
        found = [contrast(theme.dtypes[name], theme.paper) for name in family]
        assert found == sorted(found)


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_dtypes_are_told_apart_by_everybody(theme, eyes):
    colours = list(theme.dtypes.values())
    for i, one in enumerate(colours):
        for other in colours[:i]:
            assert difference(one, other, eyes) >= 12, (one, other)
