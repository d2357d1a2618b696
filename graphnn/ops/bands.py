"""Images as bands: line by line, channel by channel, the whole batch innermost.

In the order (height, channels, width, rows) the windows of one line are a matrix that
is there already, once the image has been copied side by side as often as a window is
wide: a window of several lines looks at lines that follow each other in memory. So a
convolution copies its images as often as a kernel is wide, not as often as it has
elements, and multiplies a matrix for each line. The order is one of memory alone: the
arrays that go around are (rows, height, width, channels), seen through a transposition,
and NumPy's ufuncs keep the order in which their operands lie.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from graphnn.ops.patches import Sizes, add_patches, extent

Widths = tuple[tuple[int, int], ...]

NARROWEST = 16
"""Columns of a line's matrix; of fewer than that the lines are multiplied together.

So they are if there are not half as many columns as channels or filters: matrices that
are far from square take longer to multiply.
"""

MANY_ELEMENTS = 32
"""Elements of a line of a window from which on it is worth reading once only."""

WIDE = 256
"""Columns of a line's matrix from which on it is worth calls of its own."""


def as_bands(images: Any) -> Any:
    """Look at images, channels last, as bands: (height, channels, width, rows).

    They are copied if they do not lie in memory in that order.

    Examples
    --------
    >>> import numpy as np
    >>> as_bands(np.ones((2, 3, 4, 5))).strides
    (320, 64, 16, 8)
    """
    bands = np.transpose(images, (1, 3, 2, 0))
    height, channels, width, rows = bands.shape
    inner = np.reshape(bands, (height, channels, width * rows))
    return np.reshape(inner, (height, channels, width, rows))


def as_images(bands: Any) -> Any:
    """Look at bands as images again: (rows, height, width, channels)."""
    return np.transpose(bands, (3, 0, 2, 1))


def widened(images: Any, widths: Widths) -> Any:
    """Give bands of images with zeros around them; below 0, take something off.

    Parameters
    ----------
    images : ndarray or Node, shape (rows, height, width, channels)
    widths : pairs of int
        What is added before and after the lines, and before and after the columns.
    """
    for axis, (before, after) in enumerate(widths, 1):
        if min(before, after) < 0:
            ends = slice(max(-before, 0), images.shape[axis] - max(-after, 0))
            images = images[(slice(None),) * axis + (ends,)]
    up, left = [tuple([max(width, 0) for width in pair]) for pair in widths]
    if not any((*up, *left)):
        return as_bands(images)
    return np.pad(np.transpose(images, (1, 3, 2, 0)), (up, (0, 0), left, (0, 0)))


class Bands(NamedTuple):
    """How the windows of images are laid out as matrices, one for each group.

    Attributes
    ----------
    size, stride, dilation : pair of int
        See :func:`graphnn.ops.patches.patches`.
    groups : int
        Of channels, which do not see each other.
    apart : bool
        Whether each line of windows is a matrix of its own: nothing is copied for that,
        unless windows leave lines out. Otherwise all lines together are one, of which
        everything is a copy.
    alone : bool
        Whether a line's matrix is large enough for calls of its own.
    """

    size: Sizes
    stride: Sizes
    dilation: Sizes
    groups: int
    apart: bool
    alone: bool = False

    @property
    def extent(self) -> Sizes:
        """The lines and columns from the first to the last element of a window."""
        return extent(self.size, self.dilation)

    def copies(self, channels: int, places: Sizes) -> int:
        """Count the numbers that are copied for the windows of one image."""
        lines, width = places
        (tall, wide), (down, _) = self.size, self.stride
        skips = tall > 1 and self.dilation[0] > 1
        shares = self.apart and not skips  # windows one above the other share lines
        height = (lines - 1) * down + self.extent[0] if shares else lines * tall
        return channels * wide * width * height

    def windows(self, bands: Any) -> Any:
        """Lay the windows of bands out as the columns of matrices.

        Parameters
        ----------
        bands : ndarray or Node, shape (height, channels, width, rows)

        Returns
        -------
        ndarray or Node
            Shape (groups, lines, elements of a window, windows of a line), or, where
            lines are not apart, (groups, 1, elements, all windows). A window's
            elements are in the order (height, width, channels).
        """
        (tall, wide), (down, across), (_, spread) = (
            self.size,
            self.stride,
            self.dilation,
        )
        height, channels, _, rows = bands.shape
        groups, each = self.groups, channels // self.groups
        view = sliding_window_view(bands, self.extent[1], 2)
        if max(across, spread) > 1:
            view = view[:, :, ::across, :, ::spread]
        width = view.shape[2]
        view = np.reshape(view, (height, groups, each, width, rows, wide))
        line = (wide * each, width * rows)
        # as one axis first: columns are copied even if those of a single channel
        # could be looked at where they are
        beside = np.reshape(
            np.transpose(view, (1, 0, 5, 2, 3, 4)), (groups, height, math.prod(line))
        )
        beside = np.reshape(beside, (groups, height, *line))
        view = sliding_window_view(beside, self.extent[0], 1)
        if max(down, self.dilation[0]) > 1:
            view = view[:, ::down, :, :, :: self.dilation[0]]
        lines, elements = view.shape[1], tall * wide * each
        if self.apart:
            view = np.transpose(view, (0, 1, 4, 2, 3))
            return np.reshape(view, (groups, lines, elements, width * rows))
        view = np.transpose(view, (0, 4, 2, 1, 3))
        return np.reshape(view, (groups, 1, elements, lines * width * rows))

    def added(self, matrices: Any, places: Sizes, shape: Sizes) -> Any:
        """Add windows up where they overlap: the transpose of :meth:`windows`.

        Parameters
        ----------
        matrices : ndarray or Node
            As :meth:`windows` gives them.
        places : pair of int
            How many windows there are, down and across.
        shape : tuple of int
            Of the images, (rows, height, width, channels).
        """
        rows, *whole, channels = shape
        each, size = channels // self.groups, self.size
        if max(*size, *self.stride) == 1 and tuple(whole) == places:
            return self.images(matrices, places, rows)
        if self.apart:
            split = (self.groups, places[0], *size, each, places[1], rows)
            order = (6, 1, 5, 2, 3, 0, 4)
        else:
            split = (self.groups, *size, each, *places, rows)
            order = (6, 4, 5, 1, 2, 0, 3)
        values = np.transpose(np.reshape(matrices, split), order)
        into = (rows, *whole, self.groups, each)
        images = add_patches(values, self.stride, self.dilation, into)
        return np.reshape(images, shape)

    def columns(self, images: Any) -> Any:
        """Lay images out as matrices whose columns are places, those of the windows.

        Parameters
        ----------
        images : ndarray or Node, shape (rows, *places, channels)

        Returns
        -------
        ndarray or Node
            Shape (groups, lines or 1, channels of a group, windows).
        """
        rows, lines, width, channels = images.shape
        each = channels // self.groups
        if self.apart:
            bands = np.transpose(images, (1, 3, 2, 0))
            shape = (lines, self.groups, each, width * rows)
            return np.swapaxes(np.reshape(bands, shape), 0, 1)
        bands = np.transpose(images, (3, 1, 2, 0))
        return np.reshape(bands, (self.groups, 1, each, lines * width * rows))

    def images(self, columns: Any, places: Sizes, rows: int) -> Any:
        """Put columns, one for each window, together as images.

        Parameters
        ----------
        columns : ndarray or Node
            Shape (groups, lines or 1, channels of a group, windows).
        places : pair of int
        rows : int
        """
        groups, _, each, _ = columns.shape
        lines, width = places
        if self.apart:
            bands = np.reshape(
                np.swapaxes(columns, 0, 1), (lines, groups * each, width, rows)
            )
            return as_images(bands)
        bands = np.reshape(columns, (groups * each, lines, width, rows))
        return np.transpose(bands, (3, 1, 2, 0))
