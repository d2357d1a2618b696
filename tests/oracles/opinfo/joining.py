"""Joining and splitting arrays."""

import numpy as np
from opinfo.table import counterpart, same, unpacked

same(
    {
        "column_stack": np.column_stack,
        "dsplit": np.dsplit,
        "dstack": np.dstack,
        "hsplit": np.hsplit,
        "hstack": np.hstack,
        "vsplit": np.vsplit,
        "vstack": np.vstack,
    }
)


@counterpart(
    "cat",
    unless={
        "cat: NumPy does not skip empty vectors among matrices": lambda xs, dim=0: (
            any(x.shape == (0,) for x in xs) and any(x.ndim > 1 for x in xs)
        )
    },
)
def concatenate(xs, dim=0):
    return np.concatenate(xs, axis=dim)


@counterpart("stack")
def stack(xs, dim=0):
    return np.stack(xs, axis=dim)


@counterpart("meshgrid/variadic_tensors", "meshgrid/list_of_tensors")
def meshgrid(*xs, indexing="ij"):
    xs = unpacked(xs)
    return np.meshgrid(*xs, indexing=indexing)


@counterpart("split", "split/list_args", "split_with_sizes", "split_with_sizes_copy")
def split(x, sizes, dim=0):
    if isinstance(sizes, int):
        return np.split(x, range(sizes, x.shape[dim], sizes), axis=dim)
    return np.split(x, np.cumsum(sizes)[:-1].tolist(), axis=dim)


counterpart("unsafe_split")(split)


@counterpart("chunk", "unsafe_chunk")
def chunk(x, chunks, dim=0):
    return split(x, -(-x.shape[dim] // chunks), dim)


@counterpart("tensor_split")
def array_split(x, where, dim=0):
    where = where.tolist() if isinstance(where, np.ndarray) else where
    return np.array_split(x, where, axis=dim)


@counterpart("unbind", "unbind_copy")
def unstack(x, dim=0):
    return np.unstack(x, axis=dim)


@counterpart("block_diag")
def block_diag(*xs):
    xs = [np.atleast_2d(x) for x in xs]
    zeros = [[np.zeros((a.shape[0], b.shape[1])) for b in xs] for a in xs]
    return np.block(
        [
            [x if i == j else zeros[i][j] for j in range(len(xs))]
            for i, x in enumerate(xs)
        ]
    )


@counterpart("cartesian_prod")
def cartesian_product(*xs):
    if len(xs) == 1:
        return xs[0]
    return np.stack([np.ravel(g) for g in np.meshgrid(*xs, indexing="ij")], axis=1)
