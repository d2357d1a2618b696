"""Property tests of operations, with Hypothesis (``pip install "graphnn[test]"``).

Strategies draw shapes whose axes have names, shapes that broadcast, axes to reduce
over, and arrays in any layout. :func:`property_test` makes of them the one test that
every operation has to pass.

Examples
--------
>>> import numpy as np
>>> from graphnn.testing import strategies as gst
>>> test_add = gst.property_test(np.add, gst.calls(gst.arrays(gst.broadcasting(2))))
>>> test_matmul = gst.property_test(
...     np.matmul, gst.calls(gst.arrays(gst.by_axes("BI", "IO")))
... )
>>> test_matmul()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import GradientError
from graphnn.graph import Input, Node
from graphnn.graph.gradients import is_differentiable
from graphnn.testing.drawing import RANGES, Range, Shape, numbers
from graphnn.testing.gradcheck import check_gradients
from graphnn.testing.purity import same
from graphnn.testing.twins import draw_like

try:
    from hypothesis import given
    from hypothesis import strategies as st
    from hypothesis.extra.numpy import mutually_broadcastable_shapes
except ImportError as error:  # pragma: no cover -- the tests need it themselves
    raise ImportError(
        "graphnn.testing.strategies needs Hypothesis, which is not installed.\n"
        'It comes with an extra: pip install "graphnn[test]"'
    ) from error

Shapes = tuple[Shape, ...]


class Call(NamedTuple):
    """What a function is called with."""

    arrays: tuple[np.ndarray, ...]
    keywords: dict[str, Any]


# -- shapes and axes -------------------------------------------------------------------
def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[Shapes]:
    """Draw the shape of one array, as a tuple of one."""
    side = st.integers(min_side, max_side)
    drawn = st.lists(side, min_size=min_dims, max_size=max_dims)
    return drawn.map(lambda sides: (tuple(sides),))


def by_axes(
    *names: str, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[Shapes]:
    """Draw shapes by the names of their axes: the same letter is the same size.

    Parameters
    ----------
    *names : str
        A letter for each axis: ``by_axes("BI", "IO")`` for a batch and weights.
    """
    letters = sorted(set("".join(names)))
    side = st.integers(min_side, max_side)
    sizes = st.fixed_dictionaries(dict.fromkeys(letters, side))
    return sizes.map(
        lambda size: tuple([tuple([size[a] for a in name]) for name in names])
    )


def broadcasting(
    count: int = 2, *, max_dims: int = 3, min_side: int = 1, max_side: int = 3
) -> st.SearchStrategy[Shapes]:
    """Draw shapes that broadcast with each other, 0-d ones among them."""
    return mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_dims, min_side=min_side, max_side=max_side
    ).map(lambda drawn: tuple(drawn.input_shapes))


def axes(ndim: int) -> st.SearchStrategy[Any]:
    """Draw axes to reduce over: None, one of either sign, or a tuple, also empty."""
    if ndim == 0:
        return st.sampled_from([None, ()])
    one = st.integers(-ndim, ndim - 1)
    several = st.lists(one, max_size=ndim, unique_by=lambda axis: axis % ndim)
    return st.none() | one | several.map(tuple)


# -- arrays ----------------------------------------------------------------------------
def dtypes(kinds: str = "f") -> st.SearchStrategy[Any]:
    """Draw a dtype of some kinds: ``f`` for float32 and 64, ``c`` for complex ones."""
    known = {"f": (np.float64, np.float32), "c": (np.complex128, np.complex64)}
    return st.sampled_from([np.dtype(d) for kind in kinds for d in known[kind]])


@st.composite
def arrays(
    draw: st.DrawFn,
    shapes: st.SearchStrategy[Shapes],
    *,
    ranges: Sequence[Range] = RANGES[:1],
    dtype: st.SearchStrategy[Any] | None = None,
) -> tuple[np.ndarray, ...]:
    """Draw arrays of float numbers that are all different, in any layout.

    Parameters
    ----------
    shapes : strategy of tuples of shapes
    ranges : sequence of Range
        What the numbers of each array are drawn from; the last stands for all others.
    dtype : strategy, optional
        Of all the arrays; by default :func:`dtypes`.
    """
    chosen = draw(dtypes() if dtype is None else dtype)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drawn = []
    for position, shape in enumerate(draw(shapes)):
        range_ = ranges[min(position, len(ranges) - 1)]
        array = numbers(rng, shape, range_).astype(chosen)
        if chosen.kind == "c":
            array = array + 1j * numbers(rng, shape, range_).astype(array.real.dtype)
        drawn.append(draw(layouts(np.asarray(array, chosen))))
    return tuple(drawn)


def layouts(array: np.ndarray) -> st.SearchStrategy[np.ndarray]:
    """Draw a layout: C or Fortran order, every other element, or backwards."""
    if array.ndim == 0:
        return st.just(array)
    spaced = np.repeat(array, 2, axis=-1)[..., ::2]
    backwards = array[::-1].copy()[::-1]
    return st.sampled_from([array, np.asfortranarray(array), spaced, backwards])


@st.composite
def calls(
    draw: st.DrawFn,
    arrays: st.SearchStrategy[tuple[np.ndarray, ...]],
    keywords: Callable[..., Mapping[str, st.SearchStrategy[Any]]] | None = None,
) -> Call:
    """Draw what a function is called with.

    Parameters
    ----------
    arrays : strategy of tuples of arrays
    keywords : callable, optional
        The arrays to a strategy for each keyword argument.
    """
    given_arrays = draw(arrays)
    wanted = keywords(*given_arrays) if keywords else {}
    return Call(given_arrays, {name: draw(s) for name, s in wanted.items()})


# -- the property ----------------------------------------------------------------------
def property_test(
    function: Callable[..., Any],
    calls: st.SearchStrategy[Call],
    *,
    reference: Callable[..., Any] | None = None,
    order: int = 1,
) -> Callable[[], None]:
    """Make the test of an operation: its value and its gradients, however it is called.

    Parameters
    ----------
    function : callable
        Called on nodes: a NumPy function, a recipe, or a function written in NumPy.
    calls : strategy of Call
    reference : callable, optional
        Gives the value from arrays; by default `function` itself.
    order : {1, 2}
        Of the derivatives that are checked.

    Returns
    -------
    callable
        A test without arguments, for pytest to find or for another test to call.

    Notes
    -----
    The value has the bits, the shape and the dtype of the reference's. The gradients
    are right, by :func:`check_gradients`, which watches the hooks; of the shape and the
    dtype of their values; writable; they share no memory with each other, with any
    value, or with the gradient that came in, which stays as it was, as the arrays do;
    and they are the same the second time. After MyGrad's ``tests/wrappers/uber.py``.
    """

    @given(calls)
    def test(call: Call) -> None:
        with np.errstate(all="ignore"):
            check_call(function, call, reference or function, order)

    return test


def check_call(
    function: Callable[..., Any],
    call: Call,
    reference: Callable[..., Any],
    order: int = 1,
) -> None:
    """Check one call of an operation; see :func:`property_test`."""
    arrays, keywords = call
    kept = [array.copy() for array in arrays]
    expected = reference(*arrays, **keywords)
    inputs = [input_of(i, array) for i, array in enumerate(arrays)]
    results = parts_of(function(*inputs, **keywords))
    for node, value in zip(results, parts_of(expected), strict=True):
        check_value(value_of(node), value)
    for node in results:
        if isinstance(node, Node) and is_differentiable(node.output):
            check_backward(node, inputs)
    for array, before in zip(arrays, kept, strict=True):
        require(same(array, before), "an array that was given has changed")
    if any(isinstance(n, Node) and is_differentiable(n.output) for n in results):
        check_gradients(
            lambda *nodes: function(*nodes, **keywords), *arrays, order=order
        )


def input_of(position: int, array: np.ndarray) -> Input:
    """Make an input that holds an array in the layout that it has."""
    node = Input(f"x{position}", value=array)
    node.output = array
    return node


def check_value(found: Any, expected: Any) -> None:
    """Compare a node's value with the reference's, to the bit."""
    expected = np.asarray(expected)
    require(np.shape(found) == expected.shape, f"shape {np.shape(found)}", expected)
    require(found.dtype == expected.dtype, f"dtype {found.dtype}", expected)
    require(same(np.asarray(found), expected), f"value {found}", expected)


def check_backward(node: Any, inputs: Sequence[Any]) -> None:
    """Check what a backward pass leaves behind."""
    reached = [leaf for leaf in inputs if leaf in node.graph]
    leaves = [n for n in reached if is_differentiable(n.output)] + node.graph.parameters
    output_grad = draw_like(node.output, np.random.default_rng(7))
    kept = output_grad.copy()
    values = [n.output for n in node.graph.nodes if isinstance(n.output, np.ndarray)]
    before = [value.copy() for value in values]
    found = []
    for _ in range(2):
        node.graph.backward(node, output_grad, wrt=leaves)
        found.append([leaf.grad for leaf in leaves])
    first, grads = ([g for g in gs if g is not None] for gs in found)
    require(same(output_grad, kept), "the gradient that came in has changed")
    require(same(first, grads), "the second backward pass gives other gradients")
    require(same(values, before), "a value has changed in the backward pass")
    for leaf in leaves:
        if leaf.grad is not None:
            require(leaf.grad.shape == leaf.shape, f"gradient {leaf.grad.shape}", leaf)
            require(leaf.grad.dtype == leaf.dtype, f"gradient {leaf.grad.dtype}", leaf)
            require(
                leaf.grad.flags.writeable, "the gradient cannot be written to", leaf
            )
    for one, other in combinations([*grads, output_grad], 2):
        require(not np.shares_memory(one, other), "two gradients share memory")
    for gradient in grads:
        shared = any(np.may_share_memory(gradient, value) for value in values)
        require(not shared, "a gradient shares memory with a value")


def parts_of(result: Any) -> list[Any]:
    """List the results of a function of one or several outputs."""
    if isinstance(result, Node) and type(result.output) is tuple:
        return [result[i] for i in range(len(result.output))]
    return list(result) if isinstance(result, list | tuple) else [result]


def value_of(result: Any) -> Any:
    """Give what a result holds."""
    return result.output if isinstance(result, Node) else np.asarray(result)


def require(right: object, problem: str, expected: Any = None) -> None:
    """Raise for what is not as it should be."""
    if not right:
        where = "" if expected is None else f", where {expected!r} is expected"
        raise GradientError(f"{problem}{where}")
