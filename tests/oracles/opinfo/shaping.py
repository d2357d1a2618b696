"""Moving, repeating, joining, splitting and picking elements."""

import itertools

import numpy as np
from opinfo.table import counterpart, same, unpacked

same(
    {
        "T": lambda x: x.T,
        "atleast_1d": lambda *xs: np.atleast_1d(*unpacked(xs)),
        "atleast_2d": lambda *xs: np.atleast_2d(*unpacked(xs)),
        "atleast_3d": lambda *xs: np.atleast_3d(*unpacked(xs)),
        "broadcast_to": np.broadcast_to,
        "column_stack": np.column_stack,
        "dsplit": np.dsplit,
        "dstack": np.dstack,
        "fliplr": np.fliplr,
        "flipud": np.flipud,
        "hsplit": np.hsplit,
        "hstack": np.hstack,
        "movedim": np.moveaxis,
        "ravel": np.ravel,
        "reshape": np.reshape,
        "rot90": np.rot90,
        "tile": np.tile,
        "tril": np.tril,
        "triu": np.triu,
        "unsqueeze": np.expand_dims,
        "unsqueeze_copy": np.expand_dims,
        "view": lambda x, *shape: x.reshape(*shape),
        "view_copy": np.reshape,
        "vsplit": np.vsplit,
        "vstack": np.vstack,
    }
)


@counterpart("broadcast_tensors")
def broadcast_arrays(*xs):
    return np.broadcast_arrays(*xs)


@counterpart("expand", "expand_copy")
def expand(x, *shape):
    shape = unpacked(shape)
    new = len(shape) - x.ndim
    kept = (*[None] * new, *x.shape)
    return np.broadcast_to(
        x, tuple(k if n == -1 else n for n, k in zip(shape, kept, strict=True))
    )


@counterpart("expand_as")
def expand_as(x, other):
    return np.broadcast_to(x, other.shape)


@counterpart("clone", "contiguous", "alias_copy", "resolve_conj", "resolve_neg")
def copy(x, **_):
    return np.copy(x)


@counterpart("reshape_as", "view_as")
def reshape_as(x, other):
    return np.reshape(x, other.shape)


@counterpart("flatten")
def flatten(x, start_dim=0, end_dim=-1):
    if not x.ndim:
        return x.reshape(1)
    end = end_dim % x.ndim + 1
    return x.reshape((*x.shape[:start_dim], -1, *x.shape[end:]))


@counterpart("unflatten")
def unflatten(x, dim, sizes):
    dim %= x.ndim
    return np.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


@counterpart("permute", "permute_copy")
def permute(x, axes):
    return np.permute_dims(x, axes)


@counterpart("transpose", "transpose_copy")
def swap(x, first, second):
    return np.swapaxes(x, first, second) if x.ndim else np.copy(x)


@counterpart("t", "t_copy")
def transpose(x):
    return np.transpose(x)


@counterpart("H")
def adjoint(x):
    return np.conj(x).T


@counterpart("mT")
def matrix_transpose(x):
    return np.matrix_transpose(x)


@counterpart("mH")
def matrix_adjoint(x):
    return np.linalg.matrix_transpose(np.conjugate(x))


@counterpart("squeeze", "squeeze/multiple", "squeeze_copy")
def squeeze(x, dim=None):
    if dim is None or not x.ndim:
        return np.squeeze(x)
    dims = dim if isinstance(dim, list | tuple) else (dim,)
    return np.squeeze(x, tuple(d for d in dims if x.shape[d] == 1))


@counterpart("flip")
def flip(x, dims):
    return np.flip(x, tuple(dims))


@counterpart("roll")
def roll(x, shifts, dims=None):
    return np.roll(x, shifts, dims or None if isinstance(dims, tuple) else dims)


@counterpart("repeat")
def repeat(x, times):
    return np.tile(x, times)


@counterpart("repeat_interleave")
def repeat_each(x, repeats, dim=None, *, output_size=None):
    return np.repeat(x, repeats, dim)


@counterpart("diag")
def diag(x, offset=0):
    return np.diag(x, offset)


@counterpart("diagflat")
def diagflat(x, offset=0):
    return np.diagflat(x, offset)


@counterpart("diagonal", "diagonal_copy")
def diagonal(x, offset=0, dim1=0, dim2=1):
    return np.diagonal(x, offset, dim1, dim2)


@counterpart("linalg.diagonal")
def linalg_diagonal(x, offset=0, dim1=-2, dim2=-1):
    if (dim1, dim2) == (-2, -1):
        return np.linalg.diagonal(x, offset=offset)
    return np.diagonal(x, offset, dim1, dim2)


@counterpart("unfold", "unfold_copy")
def windows(x, dim, size, step):
    if not x.ndim:
        return x.reshape(1)[:size]
    found = np.lib.stride_tricks.sliding_window_view(x, size, dim)
    return found[(*[slice(None)] * (dim % x.ndim), slice(None, None, step))]


# -- padding ---------------------------------------------------------------------------
NUMPY_MODES = {"replicate": "edge", "circular": "wrap"}


@counterpart(
    "constant_pad_nd",
    "nn.functional.pad/constant",
    "nn.functional.pad/reflect",
    "nn.functional.pad/replicate",
    "nn.functional.pad/replicate_negative",
    "nn.functional.pad/circular",
)
def pad(x, widths, mode="constant", value=None):
    if not isinstance(mode, str):  # constant_pad_nd(x, widths, value)
        mode, value = "constant", mode
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2)
    pairs += list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    if mode == "circular":  # a negative width takes away before the rest goes round
        x, pairs = cut(x, pairs), [(max(b, 0), max(a, 0)) for b, a in pairs]
    wider = [(max(before, 0), max(after, 0)) for before, after in pairs]
    if mode == "constant":
        padded = np.pad(x, wider, constant_values=0 if value is None else value)
    else:
        padded = np.pad(x, wider, NUMPY_MODES.get(mode, mode))
    return cut(padded, pairs)


def cut(x, pairs):
    """Take away elements at the ends of axes where widths are negative."""
    if all(width >= 0 for pair in pairs for width in pair):
        return x
    kept = [slice(max(-before, 0), min(after, 0) or None) for before, after in pairs]
    return x[tuple(kept)]


# -- joining and splitting -------------------------------------------------------------
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


# -- picking ---------------------------------------------------------------------------
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
