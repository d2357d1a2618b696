"""Gradients, Jacobians, Hessians and products with them, of plain NumPy functions.

A function is called on nodes once; NumPy's calls make the graph. Derivatives nest:
where the argument is itself a node, or the function uses one from outside, the result
is a node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.functions.recording import (
    Function,
    Recording,
    as_returned,
    check_arguments,
    gradient_nodes,
)
from graphnn.functions.replaying import Replays
from graphnn.functions.structures import leaves, leaves_like, mapped, rebuilt
from graphnn.graph.context import changed
from graphnn.graph.leaves import Input, as_values
from graphnn.graph.node import Node

Argnums = int | Sequence[int]


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes the gradient of `f`.

    Parameters
    ----------
    f : callable
        Written in NumPy; returns one real number.
    argnums : int or sequence of int
        Which positional arguments to differentiate by. They may be numbers, arrays, or
        lists, tuples and dicts of arrays.

    Returns
    -------
    callable
        Of the same arguments as `f`. It returns the gradient, with the argument's
        shape, dtype and structure; a tuple of them for a sequence of `argnums`.

    Raises
    ------
    GradientError
        When called: for a result that is not one real number, and for arguments that
        have no derivative.

    Notes
    -----
    By a complex argument z = x + iy the gradient is df/dx - i df/dy, as in HIPS
    autograd and JAX: a small change dz changes f by Re(sum(gradient * dz)).

    From the fourth call on with arguments of the same shapes, a plan computes: `f` runs
    as before, on nodes without values, to see that it does the same operations. Where
    it does others, or looks at a node's value, it runs a second time, as in the first
    call; after two such calls that is the way for those shapes. The numbers are the
    same to the bit.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> def f(x):
    ...     return np.sum(np.sin(x) ** 2)
    >>> gn.grad(f)(np.array([0.0, np.pi / 4]))
    array([0., 1.])
    >>> second = gn.grad(gn.grad(lambda x: x**3))
    >>> float(second(2.0))
    12.0
    """
    check_arguments(f, argnums)
    replays = Replays(f, argnums, "grad")

    @wraps(f)
    def gradient(*arguments: Any, **keywords: Any) -> Any:
        return replays.value_and_gradient(arguments, keywords)[1]

    return gradient


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes `f` and its gradient, in one go.

    See :func:`grad` for the parameters.

    Returns
    -------
    callable
        It returns ``(value, gradient)``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> f = gn.value_and_grad(lambda x: np.sum(x * x))
    >>> value, gradient = f(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    check_arguments(f, argnums)
    replays = Replays(f, argnums, "value_and_grad")

    @wraps(f)
    def value_and_gradient(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        return replays.value_and_gradient(arguments, keywords)

    return value_and_gradient


def elementwise_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes the derivative of each element of `f`'s result.

    That is the sum of the Jacobian's rows: the derivative where each element of the
    result depends on one element of the argument, as NumPy's elementwise functions do.

    See :func:`grad` for the parameters.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.elementwise_grad(np.tanh)(np.array([0.0, 100.0]))
    array([1., 0.])
    """
    check_arguments(f, argnums)

    @wraps(f)
    def gradient(*arguments: Any, **keywords: Any) -> Any:
        recording = Recording(f, argnums, arguments, keywords)
        ones = mapped(np.ones_like, recording.result)
        return recording.structured(recording.pull_back(ones))

    return gradient


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes all derivatives of all elements of `f`'s result.

    See :func:`grad` for the parameters; the result may have any shape.

    Returns
    -------
    callable
        It returns an array of shape ``f(x).shape + x.shape``; for structures, the
        argument's structure in place of each leaf of the result's.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.jacobian(lambda x: x * x[0])(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """
    check_arguments(f, argnums)

    @wraps(f)
    def matrix(*arguments: Any, **keywords: Any) -> Any:
        recording = Recording(f, argnums, arguments, keywords)
        return mapped(lambda part: rows(recording, part), recording.result)

    return matrix


def rows(recording: Recording, result: Any) -> Any:
    """Give the Jacobian of one result: a reverse pass for each of its elements."""
    shape = np.shape(result)
    found = [
        recording.pulled_back([result], [seed])
        for seed in unit_seeds(shape, np.result_type(result))
    ]
    by_node = [
        np.reshape(np.stack(by), shape + node.shape)
        if by
        else np.zeros(shape + node.shape, node.dtype)
        for *by, node in zip(*found, recording.nodes, strict=True)
    ]
    return recording.structured([unwrapped(matrix) for matrix in by_node])


def unit_seeds(shape: tuple[int, ...], dtype: Any) -> list[Any]:
    """List the arrays that are 1 at one element and 0 elsewhere."""
    size = math.prod(shape)
    return [seed.reshape(shape) for seed in np.eye(size, dtype=dtype)]


def unwrapped(value: Any) -> Any:
    """Return a number for a 0-d array, a node as it is."""
    return value if isinstance(value, Node) else as_returned(value)


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes the second derivatives of `f`.

    See :func:`grad` for the parameters.

    Returns
    -------
    callable
        It returns an array of shape ``f(x).shape + x.shape + x.shape``; for two
        arguments, a tuple of tuples of blocks.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(jacobian(f, argnums), argnums)


def hvp(f: Function, argnums: Argnums = 0) -> Function:
    """Make the function that computes a product of the Hessian with a vector.

    It costs a few passes, however large the Hessian would be: the gradient is written
    down as a graph and pulled back once more (B. Pearlmutter, "Fast exact
    multiplication by the Hessian", Neural Computation 6, 1994).

    See :func:`grad` for the parameters.

    Returns
    -------
    callable
        Of the arguments of `f`, and last the vector, which has the shape (and
        structure) of the argument.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> product = gn.hvp(lambda x: x[0] ** 2 * x[1])
    >>> product(np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """
    check_arguments(f, argnums)

    @wraps(f)
    def product(*arguments: Any, **keywords: Any) -> Any:
        if len(arguments) < 2:
            raise ArgumentError(
                "hvp: the vector is missing",
                "gn.hvp(f)(x, v): the vector comes last, of the shape of x.",
            )
        *given, vector = arguments
        recording = Recording(f, argnums, tuple(given), keywords)
        recording.check_number("hvp")
        first = gradient_nodes(recording.result, recording.nodes)
        vectors = matching(recording, vector, "hvp")
        return recording.structured(recording.pulled_back(first, vectors))

    return product


def make_jvp(f: Function, argnums: Argnums = 0) -> Function:
    """Make products of the Jacobian of `f` with vectors (forward mode).

    The reverse pass is linear in the gradient that it starts with; its own derivative
    is the product wanted (J. Townsend, "A new trick for calculating Jacobian vector
    products", 2017).

    See :func:`grad` for the parameters; the result may have any shape.

    Returns
    -------
    callable
        Of the arguments of `f`. It returns a function that takes a vector of the shape
        (and structure) of the argument, and returns ``(value, product)``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> jvp = gn.make_jvp(lambda x: x * x[0])(np.array([2.0, 3.0]))
    >>> jvp(np.array([1.0, 0.0]))
    (array([4., 6.]), array([4., 3.]))
    """
    check_arguments(f, argnums)

    @wraps(f)
    def at(*arguments: Any, **keywords: Any) -> Function:
        recording = Recording(f, argnums, arguments, keywords)
        parts = leaves(recording.result)
        seeds, reverse = [], []
        for part in parts:
            with changed(graph=None, scope=(), paused=False):
                zeros = np.zeros(np.shape(part), np.result_type(part))
                seeds.append(Input("output_grad", value=zeros))
            reverse.append(gradient_nodes(part, recording.nodes, seeds[-1]))

        def product(vector: Any) -> tuple[Any, Any]:
            vectors = matching(recording, vector, "make_jvp")
            found = [
                recording.pulled_back(gradients, vectors, [seed])[0]
                for gradients, seed in zip(reverse, seeds, strict=True)
            ]
            return recording.value(), rebuilt(recording.result, iter(found))

        return product

    return at


def make_vjp(f: Function, argnums: Argnums = 0) -> Function:
    """Make products of vectors with the Jacobian of `f` (reverse mode).

    See :func:`grad` for the parameters; the result may have any shape.

    Returns
    -------
    callable
        Of the arguments of `f`. It returns ``(vjp, value)``; ``vjp`` takes the gradient
        by the result, and returns that by the argument.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> vjp, value = gn.make_vjp(lambda x: x * x[0])(np.array([2.0, 3.0]))
    >>> vjp(np.array([1.0, 0.0]))
    array([4., 0.])
    """
    check_arguments(f, argnums)

    @wraps(f)
    def at(*arguments: Any, **keywords: Any) -> tuple[Callable[[Any], Any], Any]:
        recording = Recording(f, argnums, arguments, keywords)

        def product(output_grad: Any) -> Any:
            return recording.structured(recording.pull_back(output_grad))

        return product, recording.value()

    return at


def matching(recording: Recording, vector: Any, what: str) -> list[Any]:
    """Check that a vector is structured as the chosen arguments; give its leaves."""
    vectors = []
    for v, node in zip(
        leaves_like(recording.chosen, vector), recording.nodes, strict=True
    ):
        if not isinstance(v, Node):
            v = as_values(v, f"{what}: the vector")
            if v.dtype.kind == "c" and node.dtype.kind != "c":
                raise ArgumentError(
                    f"{what} of {recording.name}: the vector is complex, the argument "
                    "real"
                )
            v = v.astype(node.dtype, copy=False)
        if v.shape != node.shape:
            raise ArgumentError(
                f"{what} of {recording.name}: the vector has shape {v.shape}, the "
                f"argument {node.shape}",
            )
        vectors.append(v)
    return vectors
