"""Einstein's notation: NumPy's two formats, values to the bit, all kinds of labels."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.einsum import SUBSCRIPTS
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn
from graphnn.ops.einsum import labels_of


def arrays_of(shapes, dtype=float):
    drawn = [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]
    if np.dtype(dtype).kind == "c":
        drawn = [a + 1j * numbers(*a.shape, seed=9) for a in drawn]
    return [np.asarray(a).astype(dtype) for a in drawn]


@pytest.mark.parametrize("sample", SUBSCRIPTS, ids=lambda s: s[0])
@pytest.mark.parametrize("optimize", [False, True, "greedy", "optimal"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, np.int64])
def test_values(sample, optimize, dtype):
    text, *shapes = sample
    check_values(
        lambda *a: np.einsum(text, *a, optimize=optimize), *arrays_of(shapes, dtype)
    )


@pytest.mark.parametrize("sample", SUBSCRIPTS, ids=lambda s: s[0])
@pytest.mark.parametrize("optimize", [False, True])
def test_gradients_of_complex_operands(sample, optimize):
    text, *shapes = sample
    check_function(
        lambda *a: np.einsum(text, *a, optimize=optimize), *arrays_of(shapes, complex)
    )


def test_real_and_complex_operands():
    real, other = arrays_of([(2, 3)])[0], arrays_of([(3, 2)], complex)[0]
    check_function(lambda a, b: np.einsum("ij,jk", a, b), real, other)
    check_function(lambda a, b: np.einsum("ij,ji->i", a, b), other, real)


LISTS = {
    "explicit": lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
    "implicit": lambda a, b: np.einsum(a, [30, 1], b, [1, 2]),
    "letters": lambda a, b: np.einsum(a, [51, 26], b, [26, 25], [25, 51]),
    "ellipsis": lambda a, b: np.einsum(a, [..., 1], b, [1, ...], [...]),
    "one": lambda a, b: np.einsum(a, [0, 1], [1]) + np.einsum(b, [0, 1], [0]),
}


@pytest.mark.parametrize("name", LISTS)
def test_the_format_of_lists(name):
    arrays = arrays_of([(2, 3), (3, 2)])
    check_values(LISTS[name], *arrays)
    check_function(LISTS[name], *arrays)


def test_a_path_that_was_computed_before():
    arrays = arrays_of([(2, 3), (3, 4), (4, 2)])
    nodes = [gn.Input(value=a) for a in arrays]
    path = np.einsum_path("ij,jk,kl->il", *nodes, optimize="optimal")[0]
    assert path == np.einsum_path("ij,jk,kl->il", *arrays, optimize="optimal")[0]
    check_values(lambda *a: np.einsum("ij,jk,kl->il", *a, optimize=path), *arrays)
    check_function(lambda *a: np.einsum("ij,jk,kl->il", *a, optimize=path), *arrays)


@given(data=st.data())
def test_any_labels(data):
    """Up to three operands of labels that repeat, are summed, or broadcast."""
    sizes = {"a": 2, "b": 3, "c": 1, "d": 2}
    term = st.text("abcd", max_size=3)
    terms = data.draw(st.lists(term, min_size=1, max_size=3))
    used = sorted(set("".join(terms)))
    output = "".join(data.draw(st.permutations(used)))
    output = output[: data.draw(st.integers(0, len(output)))]
    text = f"{','.join(terms)}->{output}"
    arrays = []
    for i, term in enumerate(terms):
        # an axis of size 1 broadcasts, where its label is in this operand once
        shape = [
            1 if term.count(x) == 1 and data.draw(st.booleans()) else sizes[x]
            for x in term
        ]
        arrays.append(numbers(*shape, seed=i))
    check_values(lambda *a: np.einsum(text, *a), *arrays)
    check_function(lambda *a: np.einsum(text, *a), *arrays, order=1)


def test_labels_of_an_ellipsis():
    assert labels_of("...ij,...jk->...ik", [4, 3]) == (["abij", "bjk"], "abik")
    assert labels_of("i...,...", [1, 2]) == (["i", "ab"], "abi")
    assert labels_of("bca", [3]) == (["bca"], "abc")
    assert labels_of("Ba", [2]).output == "Ba"
    assert labels_of("a..., ...b -> b...a", [2, 2]) == (["ac", "cb"], "bca")


def test_a_path_does_not_fit_the_gradient():
    """The gradient of an operand may be of more factors than the product."""
    arrays = arrays_of([(2, 3), (3, 4), (4, 2)])
    path = np.einsum_path("ij,jk,kl->i", *arrays, optimize="optimal")[0]
    check_function(lambda *a: np.einsum("ij,jk,kl->i", *a, optimize=path), *arrays)


def test_what_does_not_fit():
    x = gn.Input("x", value=numbers(2, 3))
    for attempt, message in (
        (lambda: np.einsum("ij,jk", x, x), r"np\.einsum\('ij,jk'\) of shapes \(2, 3\)"),
        (lambda: np.einsum("ijk", x), r"np\.einsum\('ijk'\) of shapes \(2, 3\)"),
        (lambda: np.einsum("ii", x), "don't match"),
        (lambda: np.einsum("ij,jk", x), r"np\.einsum\('ij,jk'\)"),
        (lambda: np.einsum("ij->k", x), r"np\.einsum\('ij->k'\)"),
    ):
        with pytest.raises(gn.ShapeError, match=message):
            attempt()
    for settings in ({"dtype": np.float32}, {"order": "F"}, {"casting": "unsafe"}):
        with pytest.raises(gn.UnsupportedError, match=next(iter(settings))):
            np.einsum("ij->i", x, **settings)
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.einsum("ij->i", x, out=np.empty(2))
    assert len(x.graph) == 1
