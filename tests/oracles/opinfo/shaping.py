"""Moving, repeating and padding elements."""

import numpy as np
from opinfo.table import counterpart, same, unpacked

same(
    {
        "T": lambda x: x.T,
        "atleast_1d": lambda *xs: np.atleast_1d(*unpacked(xs)),
        "atleast_2d": lambda *xs: np.atleast_2d(*unpacked(xs)),
        "atleast_3d": lambda *xs: np.atleast_3d(*unpacked(xs)),
        "broadcast_to": np.broadcast_to,
        "fliplr": np.fliplr,
        "flipud": np.flipud,
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
