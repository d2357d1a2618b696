"""HIPS's checks of derivatives: they check, to the order that is asked for.

Each compares with a central difference along a random direction, so all of the result
takes part. A second order differentiates the first derivative, as graphnn makes it.
"""

import itertools

import numpy as np
from autograd.trees import leaves, lists_as_arrays, mapped
from autograd.wrap_util import unary_to_nary

import graphnn as gn

EPSILON = 1e-6
TOLERANCE = 1e-6


def scalar_close(a, b):
    """Tell whether numbers are equal, absolutely or relatively."""
    return abs(a - b) < TOLERANCE or abs(a - b) / abs(a + b) < TOLERANCE


@unary_to_nary
def check_grads(f, x, modes=("fwd", "rev"), order=2):
    assert modes
    assert set(modes) <= {"fwd", "rev"}
    assert order >= 1
    x = lists_as_arrays(x)
    value = f(x)
    if "fwd" in modes:
        check_jvp(f, x, value)
        if order > 1:

            def jvp(x, v):
                return gn.make_jvp(f)(x)(v)[1]

            jvp.__name__ = f"jvp_{f.__name__}"
            check_grads(jvp, (0, 1), modes, order - 1)(x, drawn(x))
    if "rev" in modes:
        check_vjp(f, x, value)
        if order > 1:

            def vjp(x, v):
                return gn.make_vjp(f)(x)[0](v)

            vjp.__name__ = f"vjp_{f.__name__}"
            check_grads(vjp, (0, 1), modes, order - 1)(x, drawn(value))


def check_vjp(f, x, value):
    vjp, seen = gn.make_vjp(f)(x)
    check_same(seen, value, f"{f.__name__} has another value when it is traced")
    direction, cotangent = drawn(x), drawn(value)
    gradient = vjp(cotangent)
    check_like(gradient, x)
    exact = product(direction, gradient)
    numeric = product(cotangent, difference(f, x, direction))
    assert scalar_close(numeric, exact), (
        f"Derivative (VJP) check of {f.__name__} failed with arg {x}:\n"
        f"analytic: {exact}\nnumeric: {numeric}"
    )


def check_jvp(f, x, value):
    direction, cotangent = drawn(x), drawn(value)
    seen, tangent = gn.make_jvp(f)(x)(direction)
    check_same(seen, value, f"{f.__name__} has another value when it is traced")
    check_like(tangent, value)
    exact = product(cotangent, tangent)
    numeric = product(cotangent, difference(f, x, direction))
    assert scalar_close(numeric, exact), (
        f"Derivative (JVP) check of {f.__name__} failed with arg {x}:\n"
        f"analytic: {exact}\nnumeric: {numeric}"
    )


def difference(f, x, direction):
    """Give the central difference of f along a direction: a tuple of arrays."""
    after = leaves(f(moved(x, direction, 0.5)))
    before = leaves(f(moved(x, direction, -0.5)))
    return tuple(
        [
            (np.asarray(a) - np.asarray(b)) / EPSILON
            for a, b in zip(after, before, strict=True)
        ]
    )


def moved(x, direction, steps):
    """Go along a direction."""
    steps_of = iter([steps * EPSILON * part for part in leaves(direction)])
    return mapped(lambda part: np.asarray(part) + next(steps_of), x)


def drawn(tree):
    """Draw random numbers of the structure, shapes and kinds of values."""
    return mapped(drawn_array, tree)


def drawn_array(value):
    array = np.asarray(value)
    # HIPS's tests seed NumPy's global stream
    numbers = np.random.standard_normal(array.shape)  # noqa: NPY002
    if array.dtype.kind == "c":
        numbers = numbers + 1j * np.random.standard_normal(array.shape)  # noqa: NPY002
    return np.asarray(numbers)


def product(left, right):
    """Sum the products of all elements: what a small change does to a real number."""
    pairs = zip(leaves(left), leaves(right), strict=True)
    return sum(np.real(np.sum(np.asarray(a) * np.asarray(b))) for a, b in pairs)


def check_like(gradient, x):
    """Check structure, shapes and kinds of a derivative."""
    for part, value in zip(leaves(gradient), leaves(x), strict=True):
        part, value = np.asarray(part), np.asarray(value)
        assert part.shape == value.shape, (part.shape, value.shape)
        assert (part.dtype.kind == "c") == (value.dtype.kind == "c")


def check_same(seen, value, message):
    """Check that two values are the same."""
    for a, b in zip(leaves(seen), leaves(value), strict=True):
        # not to the bit: a graph keeps its inputs in C order, and BLAS sees that
        np.testing.assert_allclose(a, b, 1e-12, 1e-12, err_msg=message)


def check_equivalent(x, y):
    check_like(x, y)
    direction = drawn(x)
    assert scalar_close(product(x, direction), product(y, direction)), (x, y)


def combo_check(fun, *args, **kwargs):
    """Check a function for all combinations of the arguments."""
    check = check_grads(fun, *args, **kwargs)

    def check_all(*choices, **named_choices):
        for given in itertools.product(*choices):
            for named in itertools.product(*named_choices.values()):
                check(*given, **dict(zip(named_choices, named, strict=True)))

    return check_all
