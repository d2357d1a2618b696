"""Discrete Fourier transforms."""

import numpy as np
from opinfo.table import counterpart, same


def along_one_axis(function):
    """Give PyTorch's arguments to ``np.fft.fft`` and its like."""
    return lambda x, n=None, dim=-1, norm=None: function(x, n, dim, norm)


def along_axes(function, default):
    """Give PyTorch's arguments to ``np.fft.fftn`` and its like."""

    def transform(x, s=None, dim=default, norm=None):
        axes = (dim,) if isinstance(dim, int) else dim
        if axes is None and s is not None:
            axes = range(-len(s), 0)
        return function(x, s, axes, norm)

    return transform


for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    same({f"fft.{name}": along_one_axis(getattr(np.fft, name))})

for name in ("fft", "ifft", "rfft", "irfft"):
    same({f"fft.{name}2": along_axes(getattr(np.fft, f"{name}2"), (-2, -1))})
    same({f"fft.{name}n": along_axes(getattr(np.fft, f"{name}n"), None)})


@counterpart("fft.fftshift")
def fftshift(x, dim=None):
    return np.fft.fftshift(x, dim)


@counterpart("fft.ifftshift")
def ifftshift(x, dim=None):
    return np.fft.ifftshift(x, dim)
