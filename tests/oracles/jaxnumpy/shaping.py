"""Moving, repeating, joining, splitting and picking elements."""

import numpy as np
from jaxnumpy.table import complex_, positive, real, use, uses

ROWS = np.array([2, 0, 2])

uses(
    "shapes",
    [
        lambda xp, x: xp.reshape(x, (4, 6), order="F"),
        lambda xp, x: xp.ravel(x, order="F"),
        lambda xp, x: x.flatten(),
        lambda xp, x: xp.rollaxis(x, 2),
        lambda xp, x: xp.rollaxis(x, 0, 2),
        lambda xp, x: xp.moveaxis(x, (0, 1), (-1, 0)),
        lambda xp, x: xp.transpose(x, (1, -1, 0)),
        lambda xp, x: xp.permute_dims(x, (2, 0, 1)),
        lambda xp, x: xp.swapaxes(x, 0, -1),
        lambda xp, x: xp.matrix_transpose(x),
        lambda xp, x: xp.linalg.matrix_transpose(x),
        lambda xp, x: xp.expand_dims(x, (0, -1)),
        lambda xp, x: xp.squeeze(x[:, :1], axis=1),
        lambda xp, x: xp.flip(x, (0, 2)),
        lambda xp, x: xp.flip(x),
        lambda xp, x: xp.rot90(x, 3, (0, 2)),
        lambda xp, x: xp.roll(x, (1, -2), (0, 2)),
        lambda xp, x: xp.roll(x, 5),
        lambda xp, x: xp.resize(x, (5, 7)),
        lambda xp, x: xp.broadcast_to(x, (2, 2, 3, 4)),
        lambda xp, x: xp.broadcast_arrays(x, x[0], x[:, :1])[2],
        lambda xp, x: xp.atleast_3d(x[0], x[0, 0]),
        lambda xp, x: xp.copy(x),
        lambda xp, x: x.astype(np.float32).astype(float),
        lambda xp, x: x.astype(complex),
        lambda xp, x: xp.full_like(x, x[0, 0, 0]),
    ],
    real(2, 3, 4),
    rtol=1e-6,
)
uses(
    "repeats",
    [
        lambda xp, x: xp.tile(x, (2, 1, 3)),
        lambda xp, x: xp.tile(x, 2),
        lambda xp, x: xp.repeat(x, 3),
        lambda xp, x: xp.repeat(x, np.array([1, 0, 2]), axis=1),
    ],
    real(2, 3),
)
uses(
    "pad",
    [
        lambda xp, x: xp.pad(x, 1),
        lambda xp, x: xp.pad(x, ((1, 0), (2, 1)), constant_values=3.0),
        lambda xp, x: xp.pad(x, ((1, 0), (2, 1)), "edge"),
        lambda xp, x: xp.pad(x, ((2, 3), (5, 1)), "wrap"),
        lambda xp, x: xp.pad(x, ((2, 3), (1, 5)), "reflect"),
        lambda xp, x: xp.pad(x, ((2, 3), (1, 5)), "symmetric"),
    ],
    real(3, 4),
)
uses(
    "joins",
    [
        lambda xp, x, y: xp.concatenate([x, y], axis=None),
        lambda xp, x, y: xp.concat([x, y, x], axis=1),
        lambda xp, x, y: xp.append(x, y),
        lambda xp, x, y: xp.append(x, y, axis=1),
        lambda xp, x, y: xp.stack([x, x**2], axis=-1),
        lambda xp, x, y: xp.dstack([x, x]),
        lambda xp, x, y: xp.column_stack([x[:, 0], y]),
        lambda xp, x, y: xp.block([[x, y], [y, x]]),
        lambda xp, x, y: xp.block([x[0], y[0]]),
        lambda xp, x, y: xp.insert(x, 1, y[:, 0], axis=1),
        lambda xp, x, y: xp.insert(x, np.array([0, 2]), 5.0, axis=1),
        lambda xp, x, y: xp.delete(x, 1, axis=1),
        lambda xp, x, y: xp.delete(x, np.array([0, 3])),
        lambda xp, x, y: (
            xp.array([x[0, 0], y[0, 0], 1.0])
            if xp is not np
            else np.stack([x[0, 0], y[0, 0], 1.0])
        ),
    ],
    real(2, 3),
    real(2, 2, seed=1),
)
uses(
    "splits",
    [
        lambda xp, x: xp.split(x, 2, axis=1),
        lambda xp, x: xp.split(x, [1, 1, 3]),
        lambda xp, x: xp.array_split(x, 3, axis=1),
        lambda xp, x: xp.vsplit(x, 3),
        lambda xp, x: xp.hsplit(x, [1]),
        lambda xp, x: xp.unstack(x, axis=1),
    ],
    real(3, 4),
)
uses(
    "diagonals",
    [
        lambda xp, x: xp.diag(x, 1),
        lambda xp, x: xp.diag(x[0], -2),
        lambda xp, x: xp.diagflat(x, 1),
        lambda xp, x: xp.diagonal(x, -1, 1, 0),
        lambda xp, x: xp.trace(x, 1),
        lambda xp, x: xp.tril(x, -1),
        lambda xp, x: xp.triu(x, 1),
        lambda xp, x: xp.trace(x[None] * np.ones((2, 1, 1)), 1, 2, 1),
        lambda xp, x: xp.linalg.diagonal(x, offset=1),
        lambda xp, x: xp.linalg.trace(x, offset=1),
    ],
    real(3, 4),
)
uses(
    "indices",
    [
        lambda xp, x: x[1],
        lambda xp, x: x[-1, ::2, None, 1:],
        lambda xp, x: x[..., ::-1, -1],
        lambda xp, x: x[ROWS],
        lambda xp, x: x[:, ROWS, :],
        lambda xp, x: x[ROWS, :, ROWS % 2],
        lambda xp, x: x[ROWS, 1:, 0],
        lambda xp, x: x[np.array([[0, 1], [2, 2]]), np.array([0, 1])],
        lambda xp, x: x[np.array([True, False, True])],
        lambda xp, x: x[x.shape[0] - 1, np.array([False, True, True, False])],
        lambda xp, x: x[np.ix_([0, 2], [1, 3], [0])],
        lambda xp, x: x[()],
        lambda xp, x: xp.take(x, ROWS),
        lambda xp, x: xp.take(x, ROWS[None], axis=1),
        lambda xp, x: xp.take(x, np.array([7, -8]), axis=2, mode="wrap"),
        lambda xp, x: xp.take(x, np.array([7, -8]), axis=2, mode="clip"),
        lambda xp, x: xp.take_along_axis(x, np.array([[[0], [1]]]), axis=1),
        lambda xp, x: xp.take_along_axis(x, np.array([5, 5, 0]), axis=None),
    ],
    real(3, 4, 2),
)
uses(
    "masks",
    [
        lambda xp, x: xp.compress(np.array([True, False, True]), x, axis=0),
        lambda xp, x: xp.compress(np.array([True, False, True]), x),
        lambda xp, x: xp.extract(np.arange(24).reshape(3, 4, 2) % 3 == 0, x),
    ],
    real(3, 4, 2),
    jit=False,
)
uses(
    "ranges",
    [
        lambda xp, a, b: xp.linspace(a, b, 5),
        lambda xp, a, b: xp.linspace(a, b, 4, endpoint=False, axis=-1),
        lambda xp, a, b: xp.linspace(a, b, 4, retstep=True),
        lambda xp, a, b: xp.logspace(a, b, 4),
        lambda xp, a, b: xp.logspace(a, b, 3, base=2.0),
    ],
    positive(2),
    positive(2, seed=1) + 2,
)
uses(
    "grids",
    [
        lambda xp, a, b: xp.meshgrid(a, b),
        lambda xp, a, b: xp.meshgrid(a, b, indexing="ij", sparse=True),
        lambda xp, a, b: xp.apply_along_axis(lambda v: v * v[0], 0, a),
        lambda xp, a, b: xp.apply_over_axes(lambda v, axis: v.sum(axis), a, [0]),
    ],
    real(3),
    real(2, seed=1),
)
use("indices, complex", lambda xp, x: x[ROWS, 1:], complex_(3, 3))
use("pad, complex", lambda xp, x: xp.pad(x, 1, "edge"), complex_(2, 3))
use(
    "geomspace",
    lambda xp, a: xp.geomspace(a, 4.0, 4),
    positive(2),
    refuses="np.exp(np.linspace",
)
use(
    "trim_zeros",
    lambda xp, x: xp.trim_zeros(x),
    np.array([0, 0, 1.0, 2, 0, 3, 0]),
    refuses="values would decide a shape",
)
