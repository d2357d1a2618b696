"""Decompositions: values as NumPy's, gradients to second order, where there is none."""

import copy
import pickle

import numpy as np
import pytest
from cases.checks import check_function, check_values

import graphnn as gn

LINALG = np.linalg
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def draw(*shape, dtype=float, seed=0):
    rng = np.random.default_rng([seed, *shape])
    array = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * rng.normal(size=shape)
    return array.astype(dtype)


def definite(*shape, dtype=float):
    root = draw(*shape, dtype=dtype, seed=4)
    unit = np.eye(shape[-1], dtype=dtype)
    return root @ np.conj(np.swapaxes(root, -1, -2)) + unit


def adjoint(matrix):
    return np.conj(np.swapaxes(matrix, -1, -2))


def scaled(matrix, vector):
    """Give matrix @ diag(vector)."""
    return matrix * vector[..., None, :]


def check(function, *arrays, order=2):
    check_function(function, *arrays, rtol=1e-5, atol=2e-7, order=order)


# -- values ----------------------------------------------------------------------------
SQUARE = {
    "eigh": LINALG.eigh,
    "eigh_upper": lambda a: LINALG.eigh(a, "U"),
    "eigh_lower": lambda a: LINALG.eigh(a, UPLO="l"),
    "eigvalsh": LINALG.eigvalsh,
    "eigvalsh_upper": lambda a: LINALG.eigvalsh(a, "U"),
    "eig": LINALG.eig,
    "eigvals": LINALG.eigvals,
}
ANY = {
    "svd": LINALG.svd,
    "svd_reduced": lambda a: LINALG.svd(a, full_matrices=False),
    "svd_values": lambda a: LINALG.svd(a, compute_uv=False),
    "svd_hermitian_default": lambda a: LINALG.svd(a, True, True, False),
    "svdvals": LINALG.svdvals,
    "qr": LINALG.qr,
    "qr_r": lambda a: LINALG.qr(a, mode="r"),
}
SHAPES = [(3, 3), (2, 4, 4), (4, 2), (2, 2, 5), (1, 1)]


@pytest.mark.parametrize("name", SQUARE)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4), (2, 2, 1, 1)])
def test_values_of_square_matrices(name, dtype, shape):
    check_values(SQUARE[name], draw(*shape, dtype=dtype))


@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_values(name, dtype, shape):
    check_values(ANY[name], draw(*shape, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
def test_values_of_cholesky(dtype, shape):
    check_values(LINALG.cholesky, definite(*shape, dtype=dtype))
    check_values(
        lambda a: LINALG.cholesky(a, upper=True), definite(*shape, dtype=dtype)
    )


def test_several_results_have_their_names():
    array = draw(4, 3)
    x = gn.Input("x", value=array)
    found = LINALG.svd(x, full_matrices=False)
    assert type(found) is type(LINALG.svd(array))
    u, s, vh = found
    assert (u, s, vh) == (found.U, found.S, found.Vh)
    assert u.shape == (4, 3)
    np.testing.assert_allclose((u * s @ vh).output, array, atol=1e-12)
    assert LINALG.qr(x).R.shape == (3, 3)
    square = x[:3]
    assert LINALG.eig(square).eigenvectors.shape == (3, 3)
    assert LINALG.eigh(square).eigenvalues.shape == (3,)


# -- gradients -------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(dtype, shape, upper):
    check(lambda a: LINALG.cholesky(a, upper=upper), definite(*shape, dtype=dtype))


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
@pytest.mark.parametrize("triangle", "LUlu")
def test_eigh(dtype, shape, triangle):
    array = definite(*shape, dtype=dtype)

    def parts(a):  # what does not depend on the phase of a vector
        w, v = LINALG.eigh(a, triangle)
        return w, np.abs(v), scaled(v, np.exp(-w)) @ adjoint(v)

    check(parts, array)
    check(lambda a: LINALG.eigvalsh(a, triangle), array)
    if dtype is float:
        check(lambda a: LINALG.eigh(a, triangle), array)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
@pytest.mark.parametrize("real", [False, True])
def test_eig(dtype, shape, real):
    array = draw(*shape, dtype=dtype)
    if real:
        array = array / 8 + np.diag(np.arange(shape[-1]))
    check(LINALG.eig, array)  # LAPACK's choice of the phase, too
    check(LINALG.eigvals, array)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (2, 2, 4), (2, 4, 2)])
def test_svd(dtype, shape):
    array = draw(*shape, dtype=dtype)
    count = min(shape[-2:])

    def reduced(a):  # what does not depend on the phase of a pair of vectors
        u, s, vh = LINALG.svd(a, full_matrices=False)
        return s, np.abs(u), np.abs(vh), scaled(u, np.exp(-s)) @ vh

    def full(a):  # and not on a rotation of the further vectors
        u, s, vh = LINALG.svd(a)
        left, right = u[..., count:], vh[..., count:, :]
        first = scaled(u[..., :count], s * s) @ vh[..., :count, :]
        return left @ adjoint(left), adjoint(right) @ right, first, s

    check(reduced, array)
    check(full, array)
    check(LINALG.svdvals, array)
    check(lambda a: LINALG.svd(a, compute_uv=False), array)
    if dtype is float:
        check(lambda a: LINALG.svd(a, full_matrices=False), array)
        if abs(shape[-1] - shape[-2]) < 2:
            check(LINALG.svd, array)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
def test_svd_of_a_triangle(dtype, shape):
    """With hermitian=True the upper triangle is not read."""
    array = draw(*shape, dtype=dtype)

    def parts(a):
        u, s, vh = LINALG.svd(a, hermitian=True)
        return s, np.abs(u), scaled(u, np.exp(-s)) @ vh

    check(parts, array)
    for function in (
        lambda a: LINALG.svd(a, hermitian=True),
        lambda a: LINALG.svd(a, False, hermitian=True),
        lambda a: LINALG.svd(a, compute_uv=False, hermitian=True),
    ):
        check_values(function, array)
    check(lambda a: LINALG.svd(a, compute_uv=False, hermitian=True), array)
    if dtype is float:
        check(lambda a: LINALG.svd(a, hermitian=True), array)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (2, 3, 5), (2, 5, 2)])
def test_qr(dtype, shape):
    array = draw(*shape, dtype=dtype)
    check(LINALG.qr, array)
    check(lambda a: LINALG.qr(a, "r"), array)
    if shape[-2] <= shape[-1]:
        check_values(lambda a: LINALG.qr(a, mode="complete"), array)
        check(lambda a: LINALG.qr(a, mode="complete"), array)


def test_of_a_symmetric_matrix_either_triangle_may_be_read():
    """Made symmetric first, the gradients of both triangles come together."""
    array = draw(3, 3)
    found = []
    for triangle in "LU":
        x = gn.Input("x", value=array)
        y = LINALG.eigh(x + x.T, triangle).eigenvectors[..., 0, 0] ** 2
        y.graph.backward(y, wrt=x)
        found.append(x.grad)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


@pytest.mark.parametrize("shape", [(0, 3, 3), (0, 0), (2, 0, 0), (3, 0), (0, 4, 2)])
def test_empty_matrices(shape):
    functions = list(ANY.values())
    if shape[-1] == shape[-2]:
        functions += [*SQUARE.values(), LINALG.cholesky]
    for function in functions:
        for dtype in (float, complex):
            check_values(function, np.zeros(shape, dtype))
            check(function, np.zeros(shape, dtype))


# -- special points --------------------------------------------------------------------
def grad_of(function, array, seed=None):
    x = gn.Input("x", value=array)
    y = function(x)
    y.graph.backward(y, np.ones(y.shape) if seed is None else seed, wrt=x)
    return x.grad


@pytest.mark.parametrize("dtype", [float, complex])
def test_equal_eigenvalues_and_singular_values_have_gradients(dtype):
    unit = np.eye(3, dtype=dtype)
    with np.errstate(all="raise"):
        for function in (
            LINALG.eigvalsh,
            lambda a: LINALG.eigh(a)[0],
            lambda a: LINALG.eigh(a, "U").eigenvalues,
            LINALG.eigvals,
            lambda a: LINALG.eig(a)[0],
            LINALG.svdvals,
            lambda a: LINALG.svd(a).S,
            lambda a: LINALG.svd(a, full_matrices=False)[1],
        ):
            np.testing.assert_allclose(grad_of(function, unit), unit, atol=1e-15)
            np.testing.assert_allclose(
                grad_of(lambda a, f=function: f(a) ** 2, 2 * unit), 4 * unit, atol=1e-15
            )


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_singular_values_of_a_lower_rank_have_gradients(shape, full):
    array = np.outer(np.arange(1.0, shape[0] + 1), np.arange(2.0, shape[1] + 2))
    with np.errstate(all="raise"):
        found = grad_of(
            lambda a: LINALG.svd(a, full_matrices=full).S[0], array, np.array(1.0)
        )
    np.testing.assert_allclose(found, array / LINALG.norm(array), atol=1e-12)


def test_vectors_of_equal_values_have_none():
    x = gn.Input("x", value=np.eye(3))
    for vectors in (LINALG.eigh(x)[1], LINALG.svd(x)[0]):
        with np.errstate(all="ignore"):
            vectors.graph.backward(vectors, draw(3, 3), wrt=x)
        assert not np.isfinite(x.grad).all()


def test_second_derivatives_where_the_first_are_0():
    """At the minimum of a loss of the vectors its curvature is there."""
    array = definite(3, 3)
    for vectors_of in (lambda a: LINALG.eigh(a)[1], lambda a: LINALG.svd(a)[0]):
        best = vectors_of(array)
        check(lambda a, f=vectors_of, best=best: np.sum((f(a) - best) ** 2), array)


def test_linear_dependent_columns_have_no_qr_gradient():
    x = gn.Input("x", value=np.zeros((3, 2)))
    r = LINALG.qr(x).R
    with pytest.raises(LINALG.LinAlgError, match="Singular") as caught:
        r.graph.backward(r, np.ones((2, 2)), wrt=x)
    assert "in _input_grads of qr" in caught.value.__notes__[0]


def test_eigenvalues_keep_their_order():
    from graphnn.ops.eigenvalues import eig_in_order

    array = draw(2, 4, 4)
    values, vectors = LINALG.eig(array)
    order = [2, 0, 3, 1]
    found = eig_in_order(array, values[..., order])
    np.testing.assert_array_equal(found[0], values[..., order])
    np.testing.assert_array_equal(found[1], vectors[..., order])
    twice = eig_in_order(np.eye(3), np.ones(3))
    np.testing.assert_array_equal(np.sort(twice[1].argmax(axis=0)), [0, 1, 2])


# -- bad use ---------------------------------------------------------------------------
def test_numpys_own_exception_gains_a_note():
    x = gn.Input("x", value=draw(2, 3))
    for attempt, message in (
        (lambda: LINALG.cholesky(-np.ones((2, 2)) * x[0, 0] ** 2), "positive definite"),
        (lambda: LINALG.eigh(x), "square"),
        (lambda: LINALG.eig(x), "square"),
        (lambda: LINALG.eigvals(x), "square"),
        (lambda: LINALG.svd(x[0]), "two-dimensional"),
        (lambda: LINALG.qr(x[0]), "two-dimensional"),
    ):
        with pytest.raises(LINALG.LinAlgError, match=message) as caught:
            attempt()
        assert "test_decompositions.py" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="UPLO") as wrong:
        LINALG.eigh(x[:, :2], "X")
    assert "eigh" in wrong.value.__notes__[0]
    y = np.sum(x * x)  # the graph is usable
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, 2 * draw(2, 3))


def test_what_is_refused():
    x = gn.Input("x", value=draw(3, 2))
    for attempt, message in (
        (lambda: LINALG.qr(x, mode="complete"), "more rows than columns"),
        (lambda: LINALG.qr(x, mode="raw"), "raw"),
    ):
        with pytest.raises(gn.UnsupportedError, match=message):
            attempt()


def test_inputs_that_are_fed_later():
    a = gn.Input("a")
    u, s, vh = LINALG.svd(a, full_matrices=False)
    assert u.output is None
    w, v = LINALG.eigh(a)
    q, r = LINALG.qr(a)
    total = np.sum(u @ v) + np.sum(s * w) + np.sum(vh) + np.sum(q @ r)
    array = draw(3, 3)
    found = total.graph.forward({a: array}, target=total)
    arrays = LINALG.svd(array), LINALG.eigh(array), LINALG.qr(array)
    (u, s, vh), (w, v), (q, r) = arrays
    expected = np.sum(u @ v) + np.sum(s * w) + np.sum(vh) + np.sum(q @ r)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    total.graph.backward(total, wrt=a)
    assert a.grad.shape == (3, 3)


def test_copies():
    x = gn.Input("x", value=draw(3, 3))
    y = np.sum(LINALG.svd(x)[0] @ LINALG.qr(x)[1] @ LINALG.eigh(x, "U")[1])
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        np.testing.assert_array_equal(twin.output, y.output)
        twin.graph.forward(target=twin)
        np.testing.assert_array_equal(twin.output, y.output)
