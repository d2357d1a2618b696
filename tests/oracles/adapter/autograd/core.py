"""The unary forms, and functions that bring a gradient of their own."""

import numpy as np

import graphnn as gn

primitive_vjps = {}
"""Makers of vector-Jacobian products: by function, then by number of the argument."""


def make_vjp(fun, x):
    return gn.make_vjp(fun)(x)


def make_jvp(fun, x):
    return gn.make_jvp(fun)(x)


class Primitive(gn.Operation):
    """A function as an operation of graphnn."""

    def __init__(self, wrapped, slots, arguments, settings):
        self.wrapped, self.slots = wrapped, slots
        self.arguments, self.settings = arguments, settings

    def given(self):
        """Put the inputs among the other arguments."""
        given = list(self.arguments)
        for slot, value in zip(self.slots, self.input_values, strict=True):
            given[slot] = value
        return given

    def _output(self):
        return self.wrapped(*self.given(), **self.settings)

    def _input_grads(self, output_grad):
        makers = primitive_vjps.get(self.wrapped, {})
        grads = []
        for slot, value in zip(self.slots, self.input_values, strict=True):
            if slot not in makers:
                raise NotImplementedError(f"VJP of argument {slot} is not defined")
            if makers[slot] is None:
                grads.append(np.zeros_like(value))
            else:
                vjp = makers[slot](self.output, *self.given(), **self.settings)
                grads.append(vjp(output_grad))
        return tuple(grads)


def primitive(function):
    """Make a function one node, with the gradients that :func:`defvjp` gives it."""

    def wrapped(*arguments, **settings):
        slots = [i for i, a in enumerate(arguments) if isinstance(a, gn.Node)]
        if not slots:
            return function(*arguments, **settings)
        others = [None if i in slots else a for i, a in enumerate(arguments)]
        recipe = Primitive(wrapped, slots, others, settings)
        return recipe(*[arguments[slot] for slot in slots])

    def defgrad(maker, argnum=0):
        primitive_vjps.setdefault(wrapped, {})[argnum] = maker

    def define(vjp, argnum=0):
        def maker(ans, *args):
            return lambda g: vjp(g, ans, None, None, *args)

        defgrad(maker, argnum)

    def defvjp_is_zero(argnums=(0,)):
        for argnum in argnums:
            defgrad(None, argnum)

    wrapped.defgrad, wrapped.defvjp = defgrad, define
    wrapped.defvjp_is_zero = defvjp_is_zero
    wrapped.__name__ = getattr(function, "__name__", "function")
    return wrapped


def defvjp(wrapped, *makers, argnums=None):
    """Give a primitive its gradients, one maker for each argument."""
    numbers = range(len(makers)) if argnums is None else argnums
    for number, maker in zip(numbers, makers, strict=True):
        primitive_vjps.setdefault(wrapped, {})[number] = maker
