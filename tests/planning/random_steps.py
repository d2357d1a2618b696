"""Random NumPy calls on the nodes of a random graph: each takes it and gives nodes."""

import homemade
import numpy as np


class Misfit(Exception):
    """No node of the graph fits a call."""


def elementwise(g):
    x = g.real()
    functions = [
        np.tanh,
        np.negative,
        np.abs,
        np.sign,
        np.square,
        np.cos,
        lambda x: np.exp(-x * x),
        lambda x: np.log(np.abs(x) + 0.5),
        lambda x: np.sqrt(np.abs(x)),
        lambda x: np.maximum(x, 0),
        lambda x: np.clip(x, -0.5, 0.7),
        lambda x: x**2,
        lambda x: x**3,
        lambda x: np.abs(x) ** 0.5,
        lambda x: (np.abs(x) + 0.1) ** -1,
        lambda x: x**1,
        lambda x: x**0,
        lambda x: np.power(x, 2),
        lambda x: x * 1.0,
        lambda x: 1 * x + 0.0,
        lambda x: x - 0.0,
        lambda x: x / np.float32(3),
        lambda x: x * np.ones(x.shape, x.dtype),
        lambda x: x * np.ones(x.shape[::-1], x.dtype).T,
        lambda x: np.ones_like(x) * x,
        lambda x: x + x,
        lambda x: x * x,
        lambda x: x - x,
        lambda x: np.reciprocal(np.abs(x) + 0.3),
        lambda x: np.expm1(np.minimum(x, 1)),
        lambda x: np.floor(x) + x,
        lambda x: np.nan_to_num(x / x),
    ]
    return functions[g.rng.integers(len(functions))](x)


def binary(g):
    x, y = g.real(), g.real()
    functions = [
        np.add,
        np.multiply,
        np.subtract,
        np.maximum,
        np.minimum,
        np.arctan2,
        np.logaddexp,
        np.hypot,
        np.copysign,
        lambda x, y: x / (np.abs(y) + 0.5),
        lambda x, y: np.where(x > y, x, y * 0.5),
        lambda x, y: np.where(x > 0, y, -0.0),
        lambda x, y: (x >= y) * x,
        lambda x, y: ((x < y) & (x > 0)) * 1.5 + y,
    ]
    return functions[g.rng.integers(len(functions))](x, y)


def same_shape(g):
    x = g.real()
    y = g.pick(lambda n: n.shape == x.shape and n.dtype.kind == "f")
    return [np.add, np.multiply, np.subtract][g.rng.integers(3)](x, y)


def reduction(g):
    x = g.real(1)
    keepdims = bool(g.rng.integers(2))
    axes = [None, g.axis(x)]
    if x.ndim > 1:
        axes += [(0, -1), tuple(range(x.ndim))]
    axis = axes[g.rng.integers(len(axes))]
    functions = [np.sum, np.mean, np.std, np.var, np.max, np.min, np.prod]
    function = functions[g.rng.integers(len(functions))]
    return function(x, axis=axis, keepdims=keepdims)


def normalized(g):
    x = g.real(1)
    kind = g.rng.integers(4)
    if kind == 0:
        return (x - np.mean(x, axis=0)) / (np.std(x, axis=0) + 0.1)
    if kind == 1:
        return x / (np.linalg.norm(x) + 1)
    if kind == 2:
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))


def shaping(g):
    x = g.real(1)
    functions = [
        lambda x: np.transpose(x),
        lambda x: x.reshape(-1),
        lambda x: np.reshape(x, (x.shape[0], -1)),
        lambda x: np.ravel(x),
        lambda x: np.swapaxes(x, 0, -1),
        lambda x: np.expand_dims(x, 1),
        lambda x: x[np.newaxis],
        lambda x: np.squeeze(x),
        lambda x: np.broadcast_to(x, (2, *x.shape)),
        lambda x: np.broadcast_to(x, (2, *x.shape)) * 2.0,
        lambda x: np.flip(x, -1),
        lambda x: np.roll(x, 1, axis=0),
        lambda x: np.repeat(x, 2, axis=0),
        lambda x: np.tile(x, 2),
        lambda x: np.pad(x, 1),
        lambda x: np.moveaxis(x, 0, -1) + 1.0,
        lambda x: np.atleast_2d(x),
        lambda x: x.astype(np.float64),
        lambda x: np.copy(x),
        lambda x: np.split(x, [1], axis=0),
        lambda x: np.array_split(x, 2, axis=-1),
        lambda x: list(x)[:2],
        lambda x: np.diff(x, axis=0),
        lambda x: np.rot90(x),
        lambda x: np.triu(x),
    ]
    return functions[g.rng.integers(len(functions))](x)


def indexing(g):
    x = g.real(1)
    n = x.shape[0]
    places = g.leaf("places")
    mask = np.arange(n) % 2 == 0
    functions = [
        lambda x: x[0],
        lambda x: x[-1:],
        lambda x: x[1:],
        lambda x: x[::-1],
        lambda x: x[..., ::2],
        lambda x: x[1:, ::2],
        lambda x: x[[0, 0, n - 1]],
        lambda x: x[np.array([0, n // 2])],
        lambda x: x[mask],
        lambda x: x[..., None],
        lambda x: x[(0,) * x.ndim],
        lambda x: x[:, 0] * 2.0,
        lambda x: np.take(x, [0, 0], axis=-1),
        lambda x: x[np.ix_([0, 1], [0])],
        lambda x: x[places] if n >= 5 else x[places % n],
        lambda x: x[np.arange(4) % n, places % x.shape[-1]],
        lambda x: np.take_along_axis(x, np.argsort(x, axis=-1), axis=-1),
        lambda x: x[int(g.rng.integers(n))],
        lambda x: np.where(x > 0)[0],
        lambda x: x[x > 0],
    ]
    return functions[g.rng.integers(len(functions))](x)


def joining(g):
    x = g.real(1)
    y = g.pick(lambda n: n.shape == x.shape and n.dtype == x.dtype)
    functions = [
        lambda: np.concatenate([x, y], axis=0),
        lambda: np.concatenate([x, x * 2.0], axis=-1),
        lambda: np.stack([x, y]),
        lambda: np.stack([x, x], axis=-1),
        lambda: np.vstack([x, y]),
        lambda: np.column_stack([x, y]),
        lambda: np.concatenate([x[:1], y]),
    ]
    return functions[g.rng.integers(len(functions))]()


def product(g):
    x = g.real(1)
    y = g.pick(lambda n: n.ndim == 2 and n.dtype.kind == "f" and n.size)
    functions = [
        lambda: x @ y,
        lambda: np.tanh(x @ y),
        lambda: y @ y.T,
        lambda: y.T @ y,
        lambda: np.tanh(y) @ np.tanh(y).T,
        lambda: (y * 1.5) @ (y * 1.5).T,
        lambda: np.dot(x, y),
        lambda: np.dot(np.tanh(y), np.tanh(y).T),
        lambda: np.matmul(np.swapaxes(x, -1, -2), x),
        lambda: np.einsum("ij,kj->ik", y, y),
        lambda: np.einsum("ij,ij->i", y, y),
        lambda: np.outer(x, x[0]),
        lambda: np.tensordot(x, y, axes=1),
        lambda: np.inner(y, y),
        lambda: np.vdot(y, y),
        lambda: np.trace(y @ y.T),
    ]
    return functions[g.rng.integers(len(functions))]()


def ordered(g):
    x = g.real(1)
    functions = [
        lambda: np.sort(x, axis=-1),
        lambda: np.cumsum(x, axis=g.axis(x)),
        lambda: np.cumsum(x),
        lambda: np.cumprod(x, axis=0),
        lambda: np.median(x, axis=0),
        lambda: np.argmax(x, axis=-1),
        lambda: np.maximum.accumulate(x, axis=0),
        lambda: np.add.reduce(x, axis=0),
        lambda: np.logaddexp.reduce(x, axis=0),
        lambda: np.add.outer(x[0], x),
        lambda: np.interp(x, np.arange(3.0), np.arange(3.0)),
        lambda: np.unique(np.round(x)),
    ]
    return functions[g.rng.integers(len(functions))]()


def whole_numbers(g):
    x = g.pick(lambda n: n.dtype.kind in "biu" and n.size)
    y = g.real()
    functions = [
        lambda: x + 1,
        lambda: x * 2.5,
        lambda: x * y,
        lambda: x == 1,
        lambda: np.sum(x),
        lambda: np.mean(x),
        lambda: x.astype(y.dtype) + y,
        lambda: x > 0,
        lambda: np.where(x > 0, y, 0.0),
        lambda: x % 2,
        lambda: x**2,
    ]
    return functions[g.rng.integers(len(functions))]()


def compared(g):
    x = g.real()
    functions = [
        lambda: x > 0.25,
        lambda: np.isfinite(x),
        lambda: np.round(x).astype(np.int64),
        lambda: (x > 0) & (x < 1),
    ]
    return functions[g.rng.integers(len(functions))]()


def complex_numbers(g):
    z = g.pick(lambda n: n.dtype.kind == "c")
    y = g.real()
    functions = [
        lambda: z * y,
        lambda: np.conj(z),
        lambda: np.real(z),
        lambda: np.imag(z),
        lambda: np.abs(z),
        lambda: z * np.conj(z),
        lambda: np.exp(1j * np.angle(z)),
        lambda: z.T,
        lambda: z @ np.conj(z).T,
        lambda: np.fft.fft(z, axis=0),
        lambda: np.sum(z, axis=0),
    ]
    return functions[g.rng.integers(len(functions))]()


def scalars(g):
    x = g.real(1)
    functions = [
        lambda: np.sum(x) ** 2,
        lambda: np.abs(np.sum(x)) ** 0.5 * x,
        lambda: np.mean(x) * x,
        lambda: x * 1.0 + np.broadcast_to(np.sum(x), x.shape),
        lambda: x / np.max(np.abs(x)),
        lambda: np.sum(x) * np.ones_like(x),
        lambda: 1.0 / (np.sum(x) ** 2 + 1.0),
        lambda: np.sum(x) + np.sum(x),
    ]
    return functions[g.rng.integers(len(functions))]()


def home_made(g):
    if g.rng.random() < 0.2:
        return homemade.Product()(g.real(), g.real())
    if g.rng.random() < 0.2:
        made = homemade.WITH_AXES[g.rng.integers(2)]()(g.real(1))
        return list(made) if type(made.output) is tuple else made
    kinds = homemade.UNARY
    return kinds[g.rng.integers(len(kinds))]()(g.real(1))


def passed_on(g):
    """One gradient for two."""
    x, y = g.leaf("p0"), g.leaf("p3")
    return x + y


STEPS = [elementwise] * 5 + [binary] * 3 + [same_shape] * 2 + [reduction] * 3
STEPS += [normalized, shaping, shaping, shaping, indexing, indexing, joining]
STEPS += [product, product, ordered, whole_numbers, compared, complex_numbers, scalars]
STEPS += [home_made, home_made, home_made, passed_on]
