"""Tensors as text: statistics, small arrays in full, larger ones as heat maps."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphnn as gn
from graphnn.debug.terminal.colour import Palette, plain
from graphnn.debug.terminal.tensors import statistics, tensor_lines


def text(value, *arguments, **settings):
    return "\n".join(tensor_lines(value, *arguments, **settings))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            np.float32([[1, -3], [0, 0.5]]),
            "float32 (2, 2)  min -3  mean -0.375  max 1  norm 3.202  zeros 25%",
        ),
        (np.arange(5), "int64 (5,)  min 0  mean 2  max 4  norm 5.477  zeros 20%"),
        (
            np.uint8([200, 100]),
            "uint8 (2,)  min 100  mean 150  max 200  norm 223.6",
        ),
        (
            np.array([3 + 4j, 0]),
            "complex128 (2,)  |min| 0  mean 1.5+2j  |max| 5  norm 5  zeros 50%",
        ),
        (np.array([True, False]), "bool (2,)  1 of 2 True"),
        (np.zeros((0, 3)), "float64 (0, 3)  empty"),
        (np.array(2.5), "float64 () 2.5"),
        (np.float32(2.5), "float32 () 2.5"),
        (2.5, "2.5"),
        (3, "3"),
        (True, "True"),
        (None, "None"),
        ("text\x1b[2J", r"'text\x1b[2J'"),
        (np.array(["a", "b"]), "<U1 (2,)"),
        (
            np.array([1e308, 1e308]),
            "float64 (2,)  min 1e+308  mean 1e+308  max 1e+308  norm 1.414e+308",
        ),
        (
            np.float16([6e4, 6e4]),
            "float16 (2,)  min 6e+04  mean 6e+04  max 6e+04  norm 8.485e+04",
        ),
        (
            np.array([np.nan, np.nan, np.inf, 2.0]),
            "float64 (4,)  2 NaN!  1 Inf!  finite:  min 2  mean 2  max 2  norm 2",
        ),
        (np.array([np.nan]), "float64 (1,)  1 NaN!"),
        (
            np.array([-0.0, -0.0]),
            "float64 (2,)  min 0  mean 0  max 0  norm 0  zeros 100%",
        ),
        (
            np.array([-0.0, 1.0])[:1] * 1j,
            "complex128 (1,)  |min| 0  mean 0+0j  |max| 0  norm 0  zeros 100%",
        ),
        (np.array(-0.0), "float64 () 0"),
        (np.float32(-0.0), "float32 () 0"),
    ],
    ids=str,
)
def test_one_line_of_statistics(value, line):
    assert statistics(value) == line


def test_a_node_in_a_trace_is_named():
    assert statistics(gn.Input("x", value=[1.0])) == "node 'x'"


def test_what_is_not_finite_is_loud():
    loud = Palette(8).bad("1 NaN!")
    assert loud in statistics(np.array([np.nan, 1.0]), Palette(8))
    assert "\x1b[1;31m" in statistics(np.array(np.inf), Palette(8))
    assert "\x1b" not in statistics(np.array([1.0]), Palette(8))


def test_small_arrays_are_printed_as_numpy_does():
    array = np.array([[0.123456, -1.0], [np.nan, 2e-7]])
    assert tensor_lines(array)[1:] == [
        "[[ 1.2346e-01 -1.0000e+00]",
        " [        nan  2.0000e-07]]",
    ]
    assert tensor_lines(np.arange(3))[1:] == ["[0 1 2]"]
    assert tensor_lines(np.array(["a", "b"]))[1:] == ["['a' 'b']"]


def test_the_users_print_options_change_nothing():
    array = np.array([0.123456, 1e10, np.nan])
    expected = text(array)
    strange = {"float": lambda value: "#"}
    with np.printoptions(legacy="1.13", nanstr="!", formatter=strange, linewidth=10):
        assert text(array) == expected


def test_a_matrix_is_downsampled_by_area():
    array = np.zeros((16, 40))
    array[:8, :20] = 4.0
    array[8:, 20:] = -2.0
    lines = tensor_lines(array, width=45, rows=4)
    assert lines[2:6] == [
        " 0 " + "██" * 10 + " ·" * 10,
        " 4 " + "██" * 10 + " ·" * 10,
        " 8 " + " ·" * 10 + "-▒" * 10,
        "12 " + " ·" * 10 + "-▒" * 10,
    ]
    legend = " ".join(lines[6:])
    assert "░ to 1  ▒ to 2  ▓ to 3" in legend
    assert "each cell: mean of 4 × 2 elements" in legend
    assert "- negative" in legend
    assert "· zero" in legend


def test_the_mean_of_an_area_at_the_edge_is_of_what_is_there():
    array = np.full((7, 41), 8.0)  # areas of 3 x 3 elements; the last ones are smaller
    lines = tensor_lines(array, width=30, rows=3)
    assert [line for line in lines if line[:2] in ("0 ", "3 ", "6 ")] == [
        f"{row} " + "██" * 14 for row in (0, 3, 6)
    ]
    assert "each cell: mean of 3 × 3" in lines[-1]


def test_a_vector_is_one_row():
    lines = tensor_lines(np.linspace(-1, 1, 100), width=80)
    assert lines[1:] == [
        "-█-█-█-█-▓-▓-▓-▓-▒-▒-▒-▒-▒-░-░-░-░░░░░░░░░▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓██████████",
        "░ to 0.25  ▒ to 0.5  ▓ to 0.75  █ to 1  - negative",
        "  each cell: mean of 3 elements",
    ]


def test_of_more_axes_the_first_slice_is_shown_and_named():
    array = np.ones((2, 3, 30, 4))
    array[0, 0] = -1.0
    shown = text(array)
    assert "slice [0, 0] of (2, 3, 30, 4)" in shown
    assert "-█-█-█-█\n" in shown
    assert "██" not in shown


def test_what_is_not_finite_has_a_letter_of_its_own():
    array = np.ones((8, 50))
    array[0, 0], array[2, 5], array[3, 7] = np.nan, np.inf, -np.inf
    lines = tensor_lines(array, width=102, rows=8)
    assert lines[1].startswith("0  N██")
    assert lines[3][2 + 2 * 5 :][:2] == " I"
    assert lines[4][2 + 2 * 7 :][:2] == "-I"
    assert "N NaN  I Inf" in " ".join(lines)
    coarse = text(array, width=30, rows=2)
    assert " N" in coarse
    assert " I" in coarse
    bad = text(array, width=102, palette=Palette(256))
    assert Palette(256).bad(" N") in bad


def test_nothing_but_nan():
    shown = text(np.full((10, 10), np.nan), width=40)
    assert " N N N" in shown
    assert "100 NaN!" in shown
    assert " to " not in shown


def test_an_exact_zero_differs_from_a_small_number():
    array = np.zeros(50)
    array[0], array[10] = 1.0, 1e-300
    row = tensor_lines(array, width=100)[1]
    assert row == "██" + " ·" * 9 + "░░" + " ·" * 39


def test_large_and_tiny_numbers_have_a_scale():
    assert "█ to 1.7e+308" in text(np.full((20, 200), 1.7e308))
    assert "█ to 1e-310" in text(np.full((20, 200), 1e-310))
    assert "█ to 1.7e+308" in text(np.full((20, 200), 1.7e308 + 0j))


def test_bools_and_complex_numbers_have_maps():
    assert "█ to 1 " in text(np.eye(30, dtype=bool) | True)
    shown = text(np.full((8, 8), 3 - 4j))
    assert "█ to 5" in shown
    assert "magnitude" in shown


def test_without_unicode_all_is_ascii():
    array = np.zeros((20, 100))
    array[:, 50:] = -1.0
    array[0, 0] = np.nan
    shown = text(array, palette=Palette(unicode=False))
    assert shown.isascii()
    assert "-#" in shown
    assert " ." in shown


def test_several_values_are_numbered():
    lines = tensor_lines((np.eye(2), None, np.zeros(50), 1.5, 2, 3))
    assert lines[0] == "6 values"
    assert lines[1].startswith("[0] float64 (2, 2)  min 0")
    assert lines[2] == "    [[1. 0.]"
    assert lines[4] == "[1] None"
    assert lines[5].startswith("[2] float64 (50,)")
    assert lines[-1] == "and 2 more"
    assert tensor_lines(()) == ["0 values"]


def test_colour_adds_to_what_is_seen_and_carries_nothing():
    array = np.random.default_rng(0).normal(size=(20, 60))
    array[0, 0] = np.nan
    for colours in (8, 256):
        coloured = tensor_lines(array, palette=Palette(colours))
        assert any("\x1b" in line for line in coloured)
        assert list(map(plain, coloured)) == tensor_lines(array)


VALUES = hnp.arrays(
    st.sampled_from(["f2", "f4", "f8", "g", "i1", "i8", "u8", "?", "c8", "c16"]).map(
        np.dtype
    ),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=70).filter(
        lambda shape: np.prod(shape) <= 5000
    ),
)


@given(VALUES, st.integers(0, 130), st.integers(0, 12), st.sampled_from([0, 8, 256]))
def test_whatever_the_value_it_fits(value, width, rows, colours):
    palette = Palette(colours)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lines = tensor_lines(value, width, palette, rows)
    assert lines == tensor_lines(value, width, palette, rows)
    assert max(len(plain(line)) for line in lines) <= max(width, 20)
    assert len(lines) <= max(rows, 10) + 13  # figures and legend, on narrow lines
    assert all("\n" not in line for line in lines)


@given(VALUES)
def test_the_value_is_left_alone(value):
    before = value.copy()
    tensor_lines(value)
    assert value.tobytes() == before.tobytes()


def test_the_size_of_the_text_does_not_grow_with_the_array():
    small, large = np.ones((100, 100)), np.ones((1000, 2000))
    assert len(text(large)) <= len(text(small)) + 200
