"""Picking elements, and casting them."""

import itertools

import numpy as np
from opinfo.table import counterpart, same


@counterpart("__getitem__")
def getitem(x, index):
    return x[index]


@counterpart("select")
def select(x, dim, index):
    return np.take(x, index, dim)


@counterpart("narrow", "narrow_copy")
def narrow(x, dim, start, length):
    start = int(start)
    start += x.shape[dim] if start < 0 else 0
    return x[(*[slice(None)] * (dim % x.ndim), slice(start, start + length))]


@counterpart("slice")
def slice_(x, dim=0, start=None, end=None, step=1):
    return x[(*[slice(None)] * dim, slice(start, end, step))]


@counterpart(
    "gather",
    unless={
        "gather: PyTorch lets an empty index have other axes": lambda x, dim, index: (
            x.ndim != index.ndim and index.size == 0
        )
    },
)
def gather(x, dim, index, sparse_grad=False):
    index = index.astype(int)
    if not x.ndim:
        return np.reshape(np.take(x, index.ravel()), index.shape)
    return np.take_along_axis(fitted(x, index, dim), index, dim)


def fitted(x, index, dim):
    """Cut x where the index is shorter: NumPy wants the other axes to be equal."""
    dim %= x.ndim
    if not index.size:
        index = np.zeros((index.shape[0], *x.shape[1:]), int)
    return x[
        tuple(
            slice(None) if axis == dim else slice(size)
            for axis, size in enumerate(index.shape)
        )
    ]


@counterpart("take")
def take(x, index):
    return np.take(x, index)


@counterpart("take_along_dim")
def take_along_axis(x, index, dim=None):
    return np.take_along_axis(x, index if dim is not None else index.ravel(), dim)


@counterpart("index_select")
def index_select(x, dim, index):
    return np.take(x, index, dim) if x.ndim else np.copy(x)


@counterpart("masked_select")
def masked_select(x, mask):
    shape = np.broadcast_shapes(x.shape, mask.shape)
    return np.broadcast_to(x, shape)[np.broadcast_to(mask, shape)]


@counterpart("combinations")
def combinations(x, r=2, with_replacement=False):
    choose = itertools.combinations_with_replacement
    choose = choose if with_replacement else itertools.combinations
    chosen = np.array(list(choose(range(x.shape[0]), r)), int)
    return x[chosen.reshape(-1, r) if r else chosen]


@counterpart("argwhere")
def argwhere(x):
    return np.argwhere(x)


@counterpart("nonzero")
def nonzero(x, as_tuple=False):
    return np.nonzero(np.atleast_1d(x)) if as_tuple else np.argwhere(x)


# -- dtypes ----------------------------------------------------------------------------
def cast(dtype):
    return lambda x, **_: x.astype(dtype)


same(
    {
        "bool": cast(np.bool_),
        "byte": cast(np.uint8),
        "cdouble": cast(np.complex128),
        "cfloat": cast(np.complex64),
        "char": cast(np.int8),
        "double": cast(np.float64),
        "float": cast(np.float32),
        "half": cast(np.float16),
        "int": cast(np.int32),
        "long": cast(np.int64),
        "short": cast(np.int16),
    }
)


@counterpart("to")
def to(x, *settings, **_):
    dtypes = [
        s if isinstance(s, np.dtype) else getattr(s, "dtype", None) for s in settings
    ]
    return x.astype(next((dtype for dtype in dtypes if dtype), x.dtype))


@counterpart("linspace/tensor_overload")
def linspace(start, stop, count, *, dtype=None, device=None):
    return np.linspace(start, stop, count, dtype=dtype)


@counterpart("zeros_like")
def zeros_like(x, dtype=None, **_):
    return np.zeros_like(x, dtype)


@counterpart("ones_like")
def ones_like(x, dtype=None, **_):
    return np.ones_like(x, dtype)


@counterpart("full_like")
def full_like(x, value, dtype=None, **_):
    return np.full_like(x, value, dtype)
