"""A window that slides over images, and the images, padded for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.node import Node
from graphnn.ops.layouts import memory_order
from graphnn.ops.patches import Sizes, extent

Pairs = tuple[tuple[int, int], ...]

AXES = {1: ("steps",), 2: ("height", "width")}


class Window(NamedTuple):
    """A window that slides over images, with a number for each axis of places.

    Attributes
    ----------
    size, stride, dilation : tuple of int
        See :func:`graphnn.ops.patches.patches`.
    padding : str or tuple of pairs of int
        ``"same"``, or how much is added before and after each axis.
    channels_first : bool
        Whether images are (rows, channels, *places), not (rows, *places, channels).
    """

    size: Sizes
    stride: Sizes
    padding: str | Pairs
    dilation: Sizes
    channels_first: bool

    @property
    def rank(self) -> int:
        """The number of axes of places."""
        return len(self.size)

    @property
    def extent(self) -> Sizes:
        """The places from the first to the last element of the window."""
        return extent(self.size, self.dilation)

    def widths(self, places: Sizes) -> Pairs:
        """Give how much is added before and after each axis of images of this size.

        With ``"same"`` there are ceil(places / stride) windows; where an odd number is
        added the end gets one more, as in TensorFlow, Keras and PyTorch.
        """
        if not isinstance(self.padding, str):
            return self.padding
        found = []
        for n, step, span in zip(places, self.stride, self.extent, strict=True):
            windows = -(-n // step)
            added = max((windows - 1) * step + span - n, 0)
            found.append((added // 2, added - added // 2))
        return tuple(found)

    # -- images, which may be nodes ----------------------------------------------------
    def channels_last(self, images: Any) -> Any:
        """Move the channels to the end, where they are not there."""
        return np.moveaxis(images, 1, -1) if self.channels_first else images

    def channels_back(self, images: Any) -> Any:
        """Move the channels back to where they came from."""
        return np.moveaxis(images, -1, 1) if self.channels_first else images

    def padded(self, images: Any, value: Any = 0) -> Any:
        """Add the padding to images whose channels are last."""
        widths = self.widths(images.shape[1:-1])
        if not any(map(any, widths)):
            return images
        width = ((0, 0), *widths, (0, 0))
        if isinstance(images, Node):
            return np.pad(images, width, constant_values=value)
        order = memory_order(images.strides)  # which NumPy would not keep
        turned, widths = np.transpose(images, order), tuple([width[n] for n in order])
        padded = np.pad(turned, widths, constant_values=value)
        return np.transpose(padded, np.argsort(order))

    def padded_shape(self, shape: Sizes) -> Sizes:
        """Give the shape of such images with their padding."""
        places = shape[1:-1]
        widths = self.widths(places)
        wide = [n + sum(width) for n, width in zip(places, widths, strict=True)]
        return (shape[0], *wide, shape[-1])

    def counts(self, shape: Sizes) -> Sizes:
        """Count the windows of padded images of a shape, channels last."""
        parts = zip(shape[1:-1], self.extent, self.stride, strict=True)
        return tuple([(n - span) // step + 1 for n, span, step in parts])

    def cropped(self, images: Any, shape: Sizes) -> Any:
        """Take the padding off images that had this shape before."""
        places = shape[1:-1]
        widths = self.widths(places)
        if not any(map(any, widths)):
            return images
        inner = [
            slice(before, before + n)
            for n, (before, _) in zip(places, widths, strict=True)
        ]
        return images[(slice(None), *inner)]

    # -- checks ------------------------------------------------------------------------
    def check_axes(self, shape: Sizes, who: str) -> None:
        """Refuse what is no batch of images.

        Raises
        ------
        ShapeError
        """
        check_axes(shape, self.rank, self.channels_first, who)

    def check_room(self, shape: Sizes, who: str, what: str) -> None:
        """Refuse images, channels last, that are smaller than the window.

        Raises
        ------
        ShapeError
        """
        wide = self.padded_shape(shape)[1:-1]
        if any(n < span for n, span in zip(wide, self.extent, strict=True)):
            spread = (
                "" if self.extent == self.size else f", spread over {by(self.extent)},"
            )
            padded = "" if wide == shape[1:-1] else f", padded to {by(wide)}"
            turned = ""
            if not self.channels_first and shape[-1] > min(shape[1:-1]):
                first = "NCHW" if len(shape) == 4 else "NCW"
                turned = f' If the channels come first: data_format="{first}".'
            raise ShapeError(
                f"{who}: a {what} of {by(self.size)}{spread} does not fit into "
                f"{by(shape[1:-1])}{padded}",
                f'Make the {what} smaller, or pad: padding="same".{turned}',
            )


def by(sizes: Sizes) -> str:
    """Write sizes in words.

    Examples
    --------
    >>> by((3, 5)), by((4,))
    ('3 × 5', '4')
    """
    return " × ".join(map(str, sizes))


def axes_of(rank: int, channels_first: bool) -> str:
    """Name the axes of a batch of images.

    Examples
    --------
    >>> axes_of(2, False), axes_of(1, True)
    ('(rows, height, width, channels)', '(rows, channels, steps)')
    """
    names = AXES[rank]
    names = ("channels", *names) if channels_first else (*names, "channels")
    return f"({', '.join(('rows', *names))})"


def check_axes(shape: Sizes, rank: int, channels_first: bool, who: str) -> None:
    """Refuse what is no batch of images.

    Raises
    ------
    ShapeError
        The fix tells how the missing axis is added.
    """
    if len(shape) == rank + 2 and 0 not in shape[1:]:
        return
    wanted = axes_of(rank, channels_first)
    kind = "images" if rank == 2 else "a series"
    fix = f"Give the batch its axes: x.reshape{wanted}."
    if len(shape) == rank + 1:
        index = "x[:, None]" if channels_first else "x[..., None]"
        plain = "grey images" if rank == 2 else "one number a step"
        fix = f"For {plain} add an axis: {index}; one row is a batch of one: x[None]."
    elif len(shape) == rank + 2:
        fix = "No axis but that of the rows may be empty."
    raise ShapeError(f"{who} takes {kind} {wanted}, not shape {tuple(shape)}", fix)
