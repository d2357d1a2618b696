"""Inverses, determinants, equations, least squares: values, gradients, refusals."""

import copy
import pickle

import numpy as np
import pytest
from cases.checks import check_function, check_values

import graphnn as gn
from graphnn.graph.dispatch import OPERATIONS

LINALG = np.linalg
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def draw(*shape, dtype=float, seed=0):
    rng = np.random.default_rng([seed, *shape])
    array = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * rng.normal(size=shape)
    return array.astype(dtype)


def regular(*shape, dtype=float, seed=0):
    return draw(*shape, dtype=dtype, seed=seed) + 3 * np.eye(shape[-1], dtype=dtype)


def well_posed(*shape, dtype=float):
    """Draw a matrix, a regular one if it is square, or the right-hand side."""
    square = len(shape) > 1 and shape[-1] == shape[-2]
    return (regular if square else draw)(*shape, dtype=dtype, seed=1)


def check(function, *arrays):
    check_function(function, *arrays, rtol=5e-6, atol=5e-8)


SQUARE = {
    "inv": LINALG.inv,
    "det": LINALG.det,
    "slogdet": LINALG.slogdet,
    "pinv": LINALG.pinv,
    "pinv_hermitian": lambda a: LINALG.pinv(a, hermitian=True),
    "pinv_hermitian_rtol": lambda a: LINALG.pinv(a, None, True, rtol=1e-3),
    "matrix_power": lambda a: LINALG.matrix_power(a, 2),
    "matrix_power_3": lambda a: LINALG.matrix_power(a, 3),
    "matrix_power_7": lambda a: LINALG.matrix_power(a, n=7),
    "matrix_power_negative": lambda a: LINALG.matrix_power(a, -2),
    "cond": LINALG.cond,
    "cond_2": lambda a: LINALG.cond(a, 2),
    "cond_smallest": lambda a: LINALG.cond(a, -2),
    "cond_fro": lambda a: LINALG.cond(a, "fro"),
    "cond_1": lambda a: LINALG.cond(a, p=1),
    "cond_inf": lambda a: LINALG.cond(a, -np.inf),
    "trace": LINALG.trace,
    "trace_offset": lambda a: LINALG.trace(a, offset=1),
    "diagonal": LINALG.diagonal,
    "diagonal_offset": lambda a: LINALG.diagonal(a, offset=-1),
    "matrix_transpose": LINALG.matrix_transpose,
    "solve_itself": lambda a: LINALG.solve(a, a[..., :2]),
}
OTHERS = {
    "pinv_tall": (LINALG.pinv, (4, 2)),
    "pinv_wide": (LINALG.pinv, (2, 3, 5)),
    "pinv_rcond": (lambda a: LINALG.pinv(a, 1e-3), (3, 4)),
    "pinv_rcond_stack": (lambda a: LINALG.pinv(a, np.array([0.1, 1e-3])), (2, 3, 4)),
    "pinv_rtol": (lambda a: LINALG.pinv(a, rtol=1e-3), (3, 4)),
    "pinv_rtol_none": (lambda a: LINALG.pinv(a, rtol=None), (3, 4)),
    "tensorinv": (LINALG.tensorinv, (2, 3, 3, 2)),
    "tensorinv_ind": (lambda a: LINALG.tensorinv(a, ind=1), (6, 3, 2)),
    "tensorsolve": (LINALG.tensorsolve, (2, 3, 6), (2, 3)),
    "tensorsolve_axes": (
        lambda a, b: LINALG.tensorsolve(a, b, axes=(1,)),
        (3, 6, 2),
        (3, 2),
    ),
    "solve_vector": (LINALG.solve, (3, 3), (3,)),
    "solve_matrix": (LINALG.solve, (3, 3), (3, 2)),
    "solve_stack_vector": (LINALG.solve, (2, 3, 3), (3,)),
    "solve_stack_matrix": (LINALG.solve, (2, 3, 3), (3, 2)),
    "solve_stacks": (LINALG.solve, (2, 1, 3, 3), (4, 3, 2)),
    "lstsq": (lambda a, b: LINALG.lstsq(a, b)[0], (5, 3), (5,)),
    "lstsq_residuals": (lambda a, b: LINALG.lstsq(a, b)[1], (5, 3), (5, 2)),
    "lstsq_values": (lambda a, b: LINALG.lstsq(a, b, rcond=None)[3], (5, 3), (5,)),
    "lstsq_wide": (lambda a, b: LINALG.lstsq(a, b, -1)[0], (3, 5), (3, 2)),
    "lstsq_square": (lambda a, b: LINALG.lstsq(a, b, 1e-9)[0], (3, 3), (3,)),
}


@pytest.mark.parametrize("name", SQUARE)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 4)])
def test_values_of_square_matrices(name, dtype, shape):
    as_complex = LINALG.cond(np.eye(2, dtype=complex), 1).dtype.kind == "c"
    if name.startswith("cond_") and np.dtype(dtype).kind == "c" and as_complex:
        pytest.skip("an earlier NumPy's condition number is complex")
    check_values(SQUARE[name], regular(*shape, dtype=dtype))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(name, dtype):
    function, *shapes = OTHERS[name]
    check_values(function, *[well_posed(*s, dtype=dtype) for s in shapes])


@pytest.mark.parametrize("name", SQUARE)
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2)])
def test_gradients_of_square_matrices(name, dtype, shape):
    check(SQUARE[name], regular(*shape, dtype=dtype))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("kinds", ["rr", "rc", "cr", "cc"])
def test_gradients(name, kinds):
    function, *shapes = OTHERS[name]
    arrays = [
        well_posed(*s, dtype=complex if kind == "c" else float)
        for s, kind in zip(shapes, kinds, strict=False)
    ]
    check(function, *arrays)


def test_every_function_of_linalg_and_fft_has_an_operation():
    about_sizes = {np.fft.fftfreq, np.fft.rfftfreq, np.linalg.LinAlgError}
    for module in (np.linalg, np.fft):
        functions = {getattr(module, name) for name in module.__all__}
        functions = {f for f in functions if callable(f)} - about_sizes
        assert functions - set(OPERATIONS) == set()


# -- special points --------------------------------------------------------------------
def grad_of(function, array, pick=lambda result: result):
    x = gn.Input("x", value=array)
    y = pick(function(x))
    y.graph.backward(y, np.ones(y.shape), wrt=x)
    return x.grad


def test_the_determinant_of_a_singular_matrix_has_a_gradient():
    with np.errstate(all="raise"):
        np.testing.assert_allclose(
            grad_of(LINALG.det, np.array([[1.0, 2.0], [2.0, 4.0]])),
            [[4, -2], [-2, 1]],
            atol=1e-14,
        )
        check_function(LINALG.det, np.arange(9.0).reshape(3, 3), order=1)
        singular = np.stack([np.diag([0.0, 2.0, 3.0]), np.eye(3)])
        check_function(LINALG.det, singular, order=1)
        np.testing.assert_array_equal(
            grad_of(LINALG.det, np.zeros((3, 3))), np.zeros((3, 3))
        )
    complex_one = np.array([[1j, 2.0], [1j, 2.0]])
    check_function(LINALG.det, complex_one, order=1)


def test_the_second_derivative_of_a_singular_determinant_is_refused():
    x = gn.Input("x", value=[[1.0, 2.0], [2.0, 4.0]])
    y = LINALG.det(x)
    (first,) = y.graph.gradient(y, [x])
    with pytest.raises(LINALG.LinAlgError, match="Singular"):
        first.graph.backward(np.sum(first * first), wrt=x)


def test_the_sign_of_a_real_determinant_does_not_move():
    found = grad_of(LINALG.slogdet, regular(2, 3, 3), lambda r: r.sign)
    np.testing.assert_array_equal(found, np.zeros((2, 3, 3)))


def test_a_pseudo_inverse_of_lower_rank():
    """Along directions that keep the rank, it is the derivative."""
    left, right = draw(4, 2, seed=1), draw(2, 3, seed=2)
    check(lambda u, v: LINALG.pinv(u @ v), left, right)
    check(
        lambda u, v, b: LINALG.lstsq(u @ v, b, rcond=1e-9)[0],
        left,
        right,
        draw(4, seed=3),
    )


@pytest.mark.parametrize("shape", [(0, 3, 3), (0, 0), (2, 0, 0)])
def test_empty_matrices(shape):
    empty = np.zeros(shape)
    for function in (LINALG.inv, LINALG.det, LINALG.slogdet, LINALG.pinv, LINALG.trace):
        check_values(function, empty)
        check(function, empty)
    check_function(LINALG.solve, empty, np.zeros((*shape[:-1], 2)))
    x = gn.Input("x", value=empty)
    if shape[-1]:
        check(LINALG.cond, empty)
    else:
        with pytest.raises(LINALG.LinAlgError, match="empty"):
            LINALG.cond(x)


def test_powers_that_are_no_products():
    array = regular(2, 3, 3)
    x = gn.Input("x", value=array)
    assert LINALG.matrix_power(x, 1) is x
    zeroth = LINALG.matrix_power(x, 0)
    np.testing.assert_array_equal(zeroth, LINALG.matrix_power(array, 0), strict=True)
    assert isinstance(zeroth, np.ndarray)  # the shape alone decides it
    y = LINALG.matrix_power(x, np.int64(-1))
    np.testing.assert_array_equal(y.output, LINALG.inv(array))
    with pytest.raises(TypeError, match="integer"):
        LINALG.matrix_power(x, 1.5)


def test_matrix_rank_is_a_count():
    array = np.stack([np.ones((3, 3)), np.eye(3)])
    check_values(LINALG.matrix_rank, array)
    check_values(lambda a: LINALG.matrix_rank(a, tol=1e-9, hermitian=True), array)
    x = gn.Input("x", value=array)
    with pytest.raises(gn.GradientError, match="no gradient for int"):
        x.graph.backward(LINALG.matrix_rank(x), [1, 1], wrt=x)


def test_named_results():
    array = regular(2, 3, 3)
    x = gn.Input("x", value=array)
    result = LINALG.slogdet(x)
    expected = LINALG.slogdet(array)
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result.sign.output, expected.sign)
    np.testing.assert_array_equal(result.logabsdet.output, expected.logabsdet)
    found = LINALG.lstsq(x[0], array[0])
    assert type(found) is tuple
    assert [part.output.shape for part in found] == [(3, 3), (0,), (), (3,)]


def test_inputs_that_are_fed_later():
    a, b = gn.Input("a"), gn.Input("b")
    sign, log = LINALG.slogdet(a)
    total = sign * LINALG.det(a) + np.sum(LINALG.solve(a, b)) + LINALG.norm(b) + log
    total = total + np.sum(LINALG.lstsq(a, b)[0])
    arrays = regular(3, 3), draw(3)
    found = total.graph.forward({a: arrays[0], b: arrays[1]}, target=total)
    x = LINALG.solve(*arrays).sum()
    s, log_of = LINALG.slogdet(arrays[0])
    expected = s * LINALG.det(arrays[0]) + x + LINALG.norm(arrays[1]) + log_of + x
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    total.graph.backward(total, wrt=[a, b])
    assert a.grad.shape == (3, 3)
    again = total.graph.forward({a: 2 * arrays[0]}, target=total)
    assert again != found


def test_copies():
    x = gn.Input("x", value=regular(3, 3))
    y = np.sum(LINALG.pinv(x, rtol=1e-9)) + LINALG.slogdet(x)[1]
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        np.testing.assert_array_equal(twin.output, y.output)
        twin.graph.forward(target=twin)
        np.testing.assert_array_equal(twin.output, y.output)


# -- bad use ---------------------------------------------------------------------------
SINGULAR = np.ones((2, 2))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (LINALG.inv, "Singular"),
        (lambda x: LINALG.solve(x, np.ones(2)), "Singular"),
        (lambda x: LINALG.inv(x[:, :1]), "square"),
        (lambda x: LINALG.det(x[:, :1]), "square"),
        (lambda x: LINALG.slogdet(x[:, :1]), "square"),
        (lambda x: LINALG.inv(x[0]), "at least two-dimensional"),
        (lambda x: LINALG.solve(x[:, :1], np.ones(2)), "square"),
        (lambda x: LINALG.matrix_power(x, -1), "Singular"),
    ],
)
def test_numpys_own_exception_gains_a_note(attempt, message):
    x = gn.Input("x", value=SINGULAR.copy())
    with pytest.raises(LINALG.LinAlgError, match=message) as caught:
        attempt(x)
    assert "test_linalg.py" in caught.value.__notes__[0]
    y = np.sum(x * x)  # the graph is usable
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, 2 * SINGULAR)


def test_a_gradient_that_does_not_exist_gains_a_note():
    x = gn.Input("x", value=np.array([[1.0, 1.0], [1.0, 1.0]]))
    with np.errstate(all="ignore"):
        y = LINALG.slogdet(x)[1]
    assert y.output == -np.inf
    with pytest.raises(LINALG.LinAlgError, match="Singular") as caught:
        y.graph.backward(y, wrt=x)
    assert "in _input_grads of slogdet" in caught.value.__notes__[0]


def test_shapes_that_do_not_fit():
    x = gn.Input("x", value=regular(2, 3, 3))
    for attempt, message in (
        (lambda: LINALG.solve(x, np.ones(2)), "A has 3 rows, b has 2"),
        (lambda: LINALG.solve(x, np.ones((2, 3))), "A has 3 rows, b has 2"),
        (lambda: LINALG.solve(x, np.ones((4, 3, 1))), "leading axes"),
        (lambda: LINALG.lstsq(x[0], np.ones(4)), "has 3 rows, b of shape .* has 4"),
        (lambda: LINALG.tensorsolve(x, np.ones((2, 3))), "18 elements"),
        (lambda: LINALG.matrix_power(x[0, 0], 2), "not square"),
        (lambda: LINALG.matrix_power(x[:, :2], 0), "not square"),
        (lambda: LINALG.tensorinv(x, ind=0), "ind is positive"),
    ):
        with pytest.raises(ValueError, match=message):
            attempt()


def test_what_is_refused():
    x = gn.Input("x", value=regular(3, 3))
    for attempt, message in (
        (lambda: LINALG.trace(x, dtype=np.float32), "dtype="),
        (lambda: LINALG.tensorinv(gn.Input("y")), "has no value yet"),
        (lambda: LINALG.matrix_power(gn.Input("y"), 2), "has no value yet"),
    ):
        with pytest.raises(gn.UnsupportedError, match=message):
            attempt()
    with pytest.raises(ValueError, match="both"):
        LINALG.pinv(x, rcond=1e-3, rtol=1e-3)
