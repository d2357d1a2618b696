"""``grad(fun, argnum)`` and its like, by graphnn's functions of those names."""

import numpy as np

import graphnn as gn


def as_type_error(function):
    """Raise HIPS's TypeError where graphnn refuses what has no gradient."""

    def guarded(*arguments, **settings):
        try:
            return function(*arguments, **settings)
        except gn.GradientError as error:
            raise TypeError(str(error)) from error

    return guarded


def make_vjp(fun, argnum=0):
    return gn.make_vjp(fun, argnum)


def make_jvp(fun, argnum=0):
    return gn.make_jvp(fun, argnum)


def grad(fun, argnum=0):
    return as_type_error(gn.grad(fun, argnum))


def value_and_grad(fun, argnum=0):
    return as_type_error(gn.value_and_grad(fun, argnum))


def elementwise_grad(fun, argnum=0):
    return as_type_error(gn.elementwise_grad(fun, argnum))


def jacobian(fun, argnum=0):
    return gn.jacobian(fun, argnum)


def hessian(fun, argnum=0):
    return gn.hessian(fun, argnum)


checkpoint = gn.checkpoint


def deriv(fun, argnum=0):
    def derivative(*args, **kwargs):
        ones = np.ones_like(args[argnum])
        return gn.make_jvp(fun, argnum)(*args, **kwargs)(ones)[1]

    return derivative


def holomorphic_grad(fun, argnum=0):
    return gn.grad(lambda *args: np.real(fun(*args)), argnum)


def make_hvp(fun, argnum=0):
    """HIPS gives ``(hvp, gradient)`` at a point."""

    def at(*args, **kwargs):
        return gn.make_vjp(gn.grad(fun, argnum), argnum)(*args, **kwargs)

    return at


def hessian_tensor_product(fun, argnum=0):
    """HIPS passes the tensor last, as :func:`graphnn.hvp` does."""
    return gn.hvp(fun, argnum)


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun, argnum=0):
    def product(*args, **kwargs):
        *args, tensor = args

        def contracted(*args, **kwargs):
            return np.tensordot(tensor, fun(*args, **kwargs), np.ndim(tensor))

        return gn.jacobian(contracted, argnum)(*args, **kwargs)

    return product


vector_jacobian_product = tensor_jacobian_product


def half_square(x):
    return 0.5 * np.sum(x**2, axis=-1)


def make_ggnvp(f, g=half_square, f_argnum=0):
    """Products with J^T H J, the generalised Gauss-Newton matrix."""

    def at(*args, **kwargs):
        pull_back, value = gn.make_vjp(f, f_argnum)(*args, **kwargs)
        push_forward = gn.make_jvp(f, f_argnum)(*args, **kwargs)

        def product(vector):
            return pull_back(gn.hvp(g)(value, push_forward(vector)[1]))

        return product

    return at


def grad_and_aux(fun, argnum=0):
    """HIPS differentiates the first of two results, and hands on the second."""

    def both(*args, **kwargs):
        vjp, (value, aux) = gn.make_vjp(fun, argnum)(*args, **kwargs)
        return vjp((np.ones_like(value), np.zeros_like(aux))), aux

    return both
