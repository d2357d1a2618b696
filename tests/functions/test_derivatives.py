"""Derivatives of plain NumPy functions: right, nested, and clear about bad use."""

import numpy as np
import pytest

import graphnn as gn


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    gradient = np.zeros_like(x)
    gradient[:-1] = -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    gradient[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return gradient


def rosenbrock_hessian(x):
    n = len(x)
    hessian = np.zeros((n, n))
    for i in range(n - 1):
        hessian[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        hessian[i + 1, i + 1] += 200.0
        hessian[i, i + 1] = hessian[i + 1, i] = -400.0 * x[i]
    return hessian


X = np.array([-1.2, 1.0, 0.5, 0.3])


def test_grad():
    np.testing.assert_allclose(gn.grad(rosenbrock)(X), rosenbrock_gradient(X))
    value, gradient = gn.value_and_grad(rosenbrock)(X)
    assert value == rosenbrock(X)
    assert isinstance(value, float)
    np.testing.assert_array_equal(gradient, gn.grad(rosenbrock)(X))


def test_numbers_in_numbers_out():
    for x in (2.0, 2, np.float64(2.0), np.array(2.0)):
        slope = gn.grad(lambda x: x**3)(x)
        assert isinstance(slope, np.float64)
        assert slope == 12.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_input_are_kept(dtype):
    x = X.astype(dtype)
    kept = x.copy()
    gradient = gn.grad(rosenbrock)(x)
    assert gradient.dtype == dtype
    np.testing.assert_array_equal(x, kept)
    gradient[:] = 0.0
    np.testing.assert_array_equal(x, kept)


def test_the_gradient_is_an_array_of_its_own():
    x = np.array([1.0, 2.0])
    same = gn.grad(lambda x, y: np.sum(x * y), (0, 1))(x, x)
    assert not np.shares_memory(same[0], same[1])
    assert not np.shares_memory(same[0], x)


def test_any_order():
    f = derivative = np.exp
    for _ in range(5):
        derivative = gn.grad(derivative)
        assert derivative(0.5) == pytest.approx(f(0.5), rel=1e-14)
    cube = gn.grad(gn.grad(gn.grad(lambda x: x**3)))
    assert cube(0.0) == 6.0
    fifth = gn.elementwise_grad(gn.elementwise_grad(lambda x: x**5))
    np.testing.assert_allclose(fifth(np.array([1.0, -2.0])), [20.0, -160.0])


def test_derivatives_of_derivatives_do_not_mix_variables():
    """What Siskind and Pearlmutter call perturbation confusion."""

    def outer(x):
        return x * gn.grad(lambda y: x + y)(1.0)

    assert gn.grad(outer)(3.0) == 1.0
    assert gn.grad(lambda x: x * gn.grad(lambda y: x * y)(x))(3.0) == 6.0
    assert gn.grad(lambda x: gn.grad(lambda y: x * y * y)(2.0))(3.0) == 4.0
    assert gn.grad(lambda x: gn.grad(lambda y: x * y * y)(x))(3.0) == 12.0


def test_argnums():
    def f(a, b, c):
        return a * b**2 * c**3

    assert gn.grad(f)(2.0, 3.0, 1.0) == 9.0
    assert gn.grad(f, 1)(2.0, 3.0, 1.0) == 12.0
    assert gn.grad(f, -1)(2.0, 3.0, 1.0) == 54.0
    assert gn.grad(f, (2, 0))(2.0, 3.0, 1.0) == (54.0, 9.0)
    assert gn.grad(f, [1])(2.0, 3.0, 1.0) == (12.0,)
    assert gn.grad(f)(2.0, b=3.0, c=1.0) == 9.0


def test_structures():
    def f(p):
        return np.sum(p["w"] * p["layers"][0]) + p["layers"][1][0]

    parameters = {"w": np.array([1.0, 2.0]), "layers": [np.array([3.0, 4.0]), (5.0,)]}
    gradient = gn.grad(f)(parameters)
    assert list(gradient) == ["w", "layers"]
    np.testing.assert_array_equal(gradient["w"], [3.0, 4.0])
    np.testing.assert_array_equal(gradient["layers"][0], [1.0, 2.0])
    assert gradient["layers"][1] == (1.0,)


def test_a_list_of_numbers_is_an_array():
    np.testing.assert_array_equal(gn.grad(np.sum)([1.0, 2.0]), [1.0, 1.0])
    np.testing.assert_array_equal(gn.grad(np.sum)([[1, 2], [3, 4]]), np.ones((2, 2)))


def test_what_the_result_does_not_depend_on():
    assert gn.grad(lambda x, y: y**2)(3.0, 2.0) == 0.0
    np.testing.assert_array_equal(gn.grad(lambda x: 3.0)(X), np.zeros(4))
    np.testing.assert_array_equal(
        gn.jacobian(lambda x: np.ones(2))(X), np.zeros((2, 4))
    )
    np.testing.assert_array_equal(gn.hessian(np.sum)(X), np.zeros((4, 4)))
    np.testing.assert_array_equal(gn.hvp(np.sum)(X, X), np.zeros(4))
    assert gn.make_jvp(lambda x: 3.0)(2.0)(1.0) == (3.0, 0.0)


def test_parameters_from_outside_are_left_alone():
    w = gn.Parameter([1.0, 2.0], name="w")
    w.grad = kept = np.array([7.0, 7.0])
    x = np.array([3.0, 4.0])
    np.testing.assert_array_equal(gn.grad(lambda x: np.sum(w * x**2))(x), [6.0, 16.0])
    assert w.grad is kept


def test_nothing_is_added_to_an_open_graph():
    with gn.Graph("mine") as graph:
        x = gn.Input("x", value=[1.0])
        gn.grad(np.sum)(X)
        gn.hessian(rosenbrock)(X)
        y = gn.grad(lambda x: np.sum(x * x))(x)  # but nodes join their graph
    assert y.graph is graph
    assert y.output == 2.0


def test_of_a_node_it_is_a_node():
    x = gn.Input("x", value=X)
    gradient = gn.grad(rosenbrock)(x)
    assert isinstance(gradient, gn.Node)
    np.testing.assert_allclose(gradient.output, rosenbrock_gradient(X))
    value, gradient = gn.value_and_grad(rosenbrock)(x)
    assert value.output == rosenbrock(X)
    # further on in a network
    loss = np.sum(gradient**2)
    loss.graph.backward(loss, wrt=x)
    expected = 2.0 * rosenbrock_hessian(X) @ rosenbrock_gradient(X)
    np.testing.assert_allclose(x.grad, expected)


def test_in_a_pause_nodes_are_looked_at_and_left_alone():
    x = gn.Input("x", value=X)
    with gn.paused():
        gradient = gn.grad(rosenbrock)(x)
        second = gn.hessian(rosenbrock)(x)
    assert len(x.graph) == 1
    np.testing.assert_allclose(gradient, rosenbrock_gradient(X))
    np.testing.assert_allclose(second, rosenbrock_hessian(X))


def test_jacobian():
    A = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(gn.jacobian(lambda x: A @ x)(np.ones(3)), A)
    x = np.array([[0.1, 0.2], [0.3, 0.4]])
    jacobian = gn.jacobian(lambda x: np.exp(x)[:, :1])(x)
    assert jacobian.shape == (2, 1, 2, 2)
    expected = np.zeros((2, 1, 2, 2))
    expected[0, 0, 0, 0], expected[1, 0, 1, 0] = np.exp(x[:, 0])
    np.testing.assert_array_equal(jacobian, expected)
    by_both = gn.jacobian(lambda x, y: x * y, (0, 1))(X, 2.0)
    np.testing.assert_array_equal(by_both[0], 2.0 * np.eye(4))
    np.testing.assert_array_equal(by_both[1], X)
    parts = gn.jacobian(lambda x: (x * 2.0, np.sum(x)))(X)
    np.testing.assert_array_equal(parts[0], 2.0 * np.eye(4))
    np.testing.assert_array_equal(parts[1], np.ones(4))
    assert gn.jacobian(lambda x: x[:0])(X).shape == (0, 4)


def test_hessian():
    np.testing.assert_allclose(gn.hessian(rosenbrock)(X), rosenbrock_hessian(X))
    (aa, ab), (ba, bb) = gn.hessian(lambda a, b: a**2 * b**3, (0, 1))(2.0, 3.0)
    assert (aa, ab, ba, bb) == (54.0, 108.0, 108.0, 72.0)
    blocks = gn.hessian(lambda v: np.stack([v[0] ** 2, v[0] * v[1]]))(np.ones(2))
    np.testing.assert_array_equal(blocks, [[[2.0, 0.0], [0.0, 0.0]], [[0, 1], [1, 0]]])


def test_hvp():
    v = np.array([1.0, -1.0, 0.5, 2.0])
    expected = rosenbrock_hessian(X) @ v
    np.testing.assert_allclose(gn.hvp(rosenbrock)(X, v), expected)
    np.testing.assert_allclose(gn.hvp(rosenbrock)(X, list(v)), expected)
    by_two = gn.hvp(lambda a, b: a**2 * b**3, (0, 1))(2.0, 3.0, (1.0, -1.0))
    assert by_two == (54.0 - 108.0, 108.0 - 72.0)


def test_jvp_and_vjp_agree_with_the_jacobian():
    def f(x):
        return np.stack([np.sum(x**2), x[0] * x[1], np.tanh(x[2])])

    jacobian = gn.jacobian(f)(X)
    v, u = np.array([1.0, 2.0, -1.0, 0.5]), np.array([0.5, -1.0, 2.0])
    jvp = gn.make_jvp(f)(X)
    value, tangent = jvp(v)
    np.testing.assert_array_equal(value, f(X))
    np.testing.assert_allclose(tangent, jacobian @ v)
    np.testing.assert_allclose(jvp(2.0 * v)[1], 2.0 * jacobian @ v)
    vjp, value = gn.make_vjp(f)(X)
    np.testing.assert_array_equal(value, f(X))
    np.testing.assert_allclose(vjp(u), u @ jacobian)


def test_jvp_and_vjp_of_structures():
    def f(p):
        return p[0] * p[1], np.sum(p[0])

    vjp, (product, total) = gn.make_vjp(f)((X, 2.0))
    np.testing.assert_array_equal(product, 2.0 * X)
    assert total == np.sum(X)
    by_array, by_number = vjp((np.ones(4), 1.0))
    np.testing.assert_array_equal(by_array, np.full(4, 3.0))
    assert by_number == pytest.approx(np.sum(X))
    vjp, values = gn.make_vjp(lambda x: [x, 2.0 * x])(1.0)
    assert vjp(values) == 5.0
    with pytest.raises(gn.ArgumentError, match=r"a float was given .* list of 2"):
        vjp(1.0)
    with pytest.raises(gn.ArgumentError, match="a dict of 'a' was given"):
        vjp({"a": 1.0})
    value, (d_product, d_total) = gn.make_jvp(f)((X, 2.0))((np.ones(4), 1.0))
    np.testing.assert_array_equal(value[0], 2.0 * X)
    np.testing.assert_allclose(d_product, 2.0 + X)
    assert d_total == 4.0


def test_products_keep_to_the_arrays_of_the_call():
    x = np.array([1.0, 2.0])
    vjp, _ = gn.make_vjp(lambda x: x**2)(x)
    jvp = gn.make_jvp(lambda x: x**2)(x)
    x[:] = 100.0
    np.testing.assert_array_equal(vjp(np.ones(2)), [2.0, 4.0])
    np.testing.assert_array_equal(jvp(np.ones(2))[1], [2.0, 4.0])


def test_a_complex_vector_for_a_real_argument():
    with pytest.raises(gn.ArgumentError, match="the vector is complex"):
        gn.make_jvp(np.exp)(X)(1j * X)


def test_derivatives_of_jvps():
    def f(x):
        return gn.make_jvp(np.exp)(x)(2.0)[1]

    assert gn.grad(f)(0.5) == pytest.approx(2.0 * np.exp(0.5))
    twice = gn.grad(lambda x: gn.make_vjp(lambda x: x**3)(x)[0](2.0))
    assert twice(0.5) == pytest.approx(2.0 * 6.0 * 0.5)


def test_complex_arguments():
    """A small dz changes f by Re(gradient * dz)."""
    z = np.array([1.0 + 2.0j, -0.5 + 0.25j])

    def f(z):
        return np.sum(np.real(z * z * np.conj(z)))

    gradient = gn.grad(f)(z)
    for index in range(2):
        for direction in (1.0, 1.0j):
            dz = np.zeros(2, complex)
            dz[index] = 1e-6 * direction
            change = (f(z + dz) - f(z - dz)) / 2.0
            assert change == pytest.approx(np.real(np.sum(gradient * dz)), rel=1e-7)


def test_complex_results_have_vjps_and_jvps():
    z = 0.3 - 0.7j
    jvp = gn.make_jvp(np.exp)(z)
    assert jvp(1.0)[1] == pytest.approx(np.exp(z))
    assert jvp(1.0j)[1] == pytest.approx(1.0j * np.exp(z))
    vjp, value = gn.make_vjp(np.exp)(z)
    assert value == np.exp(z)
    assert vjp(2.0j) == pytest.approx(2.0j * np.exp(z))
    from_real = gn.make_jvp(lambda x: np.exp(1.0j * x))(0.5)
    assert from_real(2.0)[1] == pytest.approx(2.0j * np.exp(0.5j))


class Softplus(gn.Operation):
    def _output(self):
        return np.log(1.0 + np.exp(self.input_))

    def _input_grad(self, output_grad):
        return output_grad / (1.0 + np.exp(-self.input_))


def test_operations_of_ones_own():
    slope = gn.grad(lambda x: np.sum(Softplus()(x)))(X)
    np.testing.assert_allclose(slope, 1.0 / (1.0 + np.exp(-X)))
    curvature = np.diagonal(gn.hessian(lambda x: np.sum(Softplus()(x)))(X))
    np.testing.assert_allclose(curvature, slope * (1.0 - slope))


def test_names_and_docstrings_are_kept():
    assert gn.grad(rosenbrock).__name__ == "rosenbrock"
    assert gn.trace(rosenbrock).__wrapped__ is rosenbrock


def branching(x):
    return x if x > 0 else -x


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: gn.grad(np.exp)(X), gn.GradientError, r"exp returned shape \(4,\)"),
        (lambda: gn.grad(np.exp)(X), ValueError, r"gn\.jacobian or gn\.elementwise"),
        (lambda: gn.grad(lambda x: (x, x))(1.0), gn.GradientError, "a tuple, not a"),
        (lambda: gn.grad(lambda z: z * z)(1j), gn.GradientError, "complex number"),
        (lambda: gn.grad(np.sum)(np.array([1, 2])), gn.GradientError, "'a' .* int64"),
        (lambda: gn.grad(np.sum)([True]), gn.GradientError, "bool values"),
        (lambda: gn.grad(np.sum)("text"), gn.ArgumentError, "dtype <U4"),
        (lambda: gn.grad(np.sum)(None), gn.ArgumentError, "is None"),
        (
            lambda: gn.grad(np.sum)([[1.0], [1.0, 2.0]]),
            gn.ArgumentError,
            "equal length",
        ),
        (lambda: gn.grad(lambda x: None)(1.0), gn.GradientError, "return missing"),
        (lambda: gn.hessian(lambda x: "a")(X), gn.GradientError, "returned a str"),
        (lambda: gn.grad(lambda x: x > 0)(1.0), gn.GradientError, "for bool values"),
        (lambda: gn.jacobian(np.argsort)(X), gn.GradientError, "for int64 values"),
        (lambda: gn.grad(3.0), gn.ArgumentError, "float is no function"),
        (lambda: gn.grad(np.exp, 1)(1.0), gn.ArgumentError, "with 1 positional"),
        (lambda: gn.grad(np.exp, -2)(1.0), gn.ArgumentError, "with 1 positional"),
        (lambda: gn.grad(np.exp)(), gn.ArgumentError, "with 0 positional"),
        (lambda: gn.grad(np.exp, True), gn.ArgumentError, "argnums is True"),
        (lambda: gn.grad(np.exp, ()), gn.ArgumentError, "argnums is"),
        (lambda: gn.grad(np.exp, "x"), gn.ArgumentError, "argnums is 'x'"),
        (lambda: gn.grad(branching)(1.0), gn.UnsupportedError, "np.where"),
        (lambda: gn.grad(float)(1.0), gn.UnsupportedError, "not a number"),
        (lambda: gn.hvp(rosenbrock)(X), gn.ArgumentError, "vector is missing"),
        (lambda: gn.hvp(rosenbrock)(X, X[:2]), gn.ArgumentError, r"\(2,\), .* \(4,\)"),
        (lambda: gn.hvp(np.exp)(X, X), gn.GradientError, "not one number"),
        (lambda: gn.make_jvp(np.exp)(X)(1.0), gn.ArgumentError, r"\(\), .* \(4,\)"),
        (lambda: gn.make_vjp(np.exp)(X)[0](1.0), gn.GradientShapeError, r"\(\)"),
        (lambda: gn.make_vjp(np.exp)(X)[0]((X, X)), gn.GradientShapeError, r"\(2, 4\)"),
    ],
)
def test_bad_use(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
    assert gn.grad(lambda x: x * x)(3.0) == 6.0


def test_an_unsupported_function_is_named_with_node_line_and_remedy():
    def f(x):
        return np.busday_count(x, x)

    with pytest.raises(gn.UnsupportedError) as caught:
        gn.grad(f)(1.0)
    message = str(caught.value)
    assert "np.busday_count of x (Input" in message
    assert "test_derivatives.py:" in message
    assert "class MyOperation(gn.Operation)" in message
    assert "_input_grad" in message
