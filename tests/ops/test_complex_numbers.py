"""Complex numbers: values, gradients, and questions about dtypes."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

X = numbers(2, 3)
Z = numbers(2, 3) + 1j * numbers(2, 3, seed=1)

FUNCTIONS = {
    "real": np.real,
    "real_property": lambda z: z.real,
    "imag": np.imag,
    "imag_property": lambda z: z.imag,
    "conj": np.conj,
    "conjugate": np.conjugate,
    "conj_method": lambda z: z.conj(),
    "conjugate_method": lambda z: z.conjugate(),
    "angle": np.angle,
    "angle_in_degrees": lambda z: np.angle(z, deg=True),
    "angle_positional": lambda z: np.angle(z, True),
    "abs": np.abs,
    "real_if_close": np.real_if_close,
    "real_if_close_tol": lambda z: np.real_if_close(z, tol=1000),
    "iscomplex": np.iscomplex,
    "isreal": np.isreal,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", "fdFDl")
def test_values(name, dtype):
    array = (Z if dtype in "FD" else 5 * X).astype(dtype)
    check_values(FUNCTIONS[name], array)
    check_values(FUNCTIONS[name], array[0, :1].reshape(()))


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if not n.startswith("is")])
@pytest.mark.parametrize("array", [X, Z], ids=["real", "complex"])
def test_derivatives(name, array):
    check_function(FUNCTIONS[name], array)


@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.real(z) ** 2 * np.imag(z),
        lambda z: np.conj(z) * z * z,
        lambda z: np.abs(z) ** 3 + np.angle(z),
        lambda z: np.exp(1j * np.angle(z)) * np.sqrt(z),
        lambda z: np.where(z.real > 0, z, np.conj(z)) / z,
    ],
)
def test_what_is_not_holomorphic(f):
    check_function(f, Z)


def test_a_gradient_moves_the_loss_by_its_real_product():
    z = gn.Input("z", value=np.array([3.0 - 4.0j]))
    loss = np.sum(np.abs(z) ** 2)
    loss.graph.backward(loss, wrt=z)
    np.testing.assert_array_equal(z.grad, [6.0 + 8.0j])  # 2 conj(z)


def test_real_inputs_of_complex_functions_have_real_gradients():
    x, y = gn.Input("x", value=X), gn.Input("y", value=X.T.copy())
    z = x + 1j * y.T
    loss = np.sum(np.abs(z) ** 2)
    loss.graph.backward(loss, wrt=[x, y])
    np.testing.assert_allclose(x.grad, 2 * X)
    np.testing.assert_allclose(y.grad, 2 * X.T)
    assert x.grad.dtype == np.float64


def test_the_angle_at_0_has_no_gradient():
    z = gn.Input("z", value=np.array([0j, 1j]))
    loss = np.sum(np.angle(z))
    with np.errstate(all="raise"):
        loss.graph.backward(loss, wrt=z)
    np.testing.assert_array_equal(z.grad, [0, -1])


def test_real_if_close_of_what_is_close():
    close = Z.real + 1e-16j * Z.imag
    check_values(np.real_if_close, close)
    z = gn.Input("z", value=close)
    y = np.real_if_close(z)
    assert y.dtype == np.float64
    y.graph.backward(y, X, wrt=z)
    np.testing.assert_array_equal(z.grad, X + 0j)


def test_questions_are_answered_with_a_bool():
    x, z = gn.Input("x", value=X), gn.Input("z", value=Z)
    assert np.iscomplexobj(z) is True
    assert np.iscomplexobj(x) is False
    assert np.isrealobj(x) is True
    assert np.isrealobj(z) is False
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.iscomplexobj(gn.Input("y"))
    assert len(x.graph) == len(z.graph) == 1


def test_a_part_is_not_written_to():
    z = gn.Input("z", value=Z)
    with pytest.raises(AttributeError):
        z.real = X
