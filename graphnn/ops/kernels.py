"""Products of a kernel and windows of images: what every convolution is made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import Parameter
from graphnn.graph.operation import ParamOperation
from graphnn.ops.bands import (
    MANY_ELEMENTS,
    NARROWEST,
    WIDE,
    Bands,
    Widths,
    widened,
)
from graphnn.ops.landing import Landing, landed, landed_products
from graphnn.ops.layouts import in_blocks, joined, sum_of
from graphnn.ops.patches import Sizes
from graphnn.ops.spatial_settings import check_groups, make_window

Inner = tuple[slice, slice]

ALL, BACK = slice(None), slice(None, None, -1)


class KernelOperation(ParamOperation):
    """An operation with a kernel that slides over images.

    Parameters
    ----------
    W : ndarray or Parameter
        The kernel, shape (*size, channels / groups, filters), with one axis of size for
        a series, and two for images.
    stride, padding, dilation, groups, data_format
        See :class:`graphnn.Conv2D`.
    """

    may_be_causal = True
    """Class attribute: whether the padding of a series may be ``"causal"``."""

    def __init__(
        self,
        W: Any,
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        data_format: str = "NHWC",
    ) -> None:
        super().__init__(W if isinstance(W, Parameter) else Parameter(W, name="weight"))
        shape, who = self.param.shape, type(self).__name__
        if len(shape) not in (3, 4) or 0 in shape:
            raise ArgumentError(
                f"{who} takes a kernel (*size, channels / groups, filters) with one or "
                f"two sizes, not shape {shape}"
            )
        self.window = make_window(
            len(shape) - 2,
            who,
            size=shape[:-2],
            stride=stride,
            padding=padding,
            dilation=dilation,
            data_format=data_format,
            causal=self.may_be_causal,
        )
        self.groups = check_groups(groups, shape[-1], "filters", who)

    def _images(self) -> Any:
        """Give the input with its channels last, if there are as many as are needed."""
        window = self.window
        shape = np.shape(self.input_)
        window.check_axes(shape, self.describe())
        images = window.channels_last(self.input_)
        wanted = self.param.shape[-2] * self.groups
        if images.shape[-1] != wanted:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ShapeError(
                f"{self.describe()}: images of {images.shape[-1]} channels, of shape "
                f"{shape}, do not go with a kernel {self.param.shape}{groups}, which "
                f"takes {wanted}",
                "The number of channels is fixed by the first batch.",
            )
        return images

    # -- images in a plane: a series is one of a single line ---------------------------
    def _plane(self, images: Any) -> Any:
        """Give images, channels last, as (rows, height, width, channels)."""
        return images if self.window.rank == 2 else np.expand_dims(images, 1)

    def _back(self, images: Any) -> Any:
        """Give images of the plane the axes that they have outside."""
        images = images if self.window.rank == 2 else np.squeeze(images, 1)
        return self.window.channels_back(images)

    def _pair(self, numbers: Any, one: Any = 1) -> Any:
        """Give the numbers of both axes of the plane."""
        return (*(one,) * (2 - self.window.rank), *numbers)

    def _bands(self, places: Sizes, rows: int) -> Bands:
        """Choose how windows, so many for each of `rows` images, are laid out."""
        size, stride, dilation = [
            self._pair(numbers)
            for numbers in (self.window.size, self.window.stride, self.window.dilation)
        ]
        columns, axes = places[1] * rows, self._axes()
        apart = columns >= max(NARROWEST, axes["c"] // 2, axes["o"] // 2)
        alone = apart and columns >= WIDE
        return Bands(size, stride, dilation, self.groups, apart, alone)

    def _axes(self) -> dict[str, int]:
        """Give the kernel's axes: size i and j, channels c, groups g and filters o."""
        *size, channels, filters = self.param.shape
        axes = dict(zip("ij", self._pair(size), strict=True))
        return axes | {"c": channels, "g": self.groups, "o": filters // self.groups}

    # -- products ----------------------------------------------------------------------
    def _matrix(self, rows: str, columns: str, turned: str = "") -> Any:
        """Give the kernel as a matrix for each group, (groups, 1, rows, columns).

        Parameters
        ----------
        rows, columns : str
            Of the axes ``"ij"``, the size of the kernel; ``"c"``, the channels of a
            group; and ``"o"``, its filters.
        turned : str
            Which of the axes ``"ij"`` are in reverse.
        """
        counts = self._axes()
        kernel = np.reshape(self.param, tuple(counts.values()))
        if turned:
            kernel = kernel[tuple([BACK if axis in turned else ALL for axis in "ij"])]
        order = [list(counts).index(axis) for axis in f"g{rows}{columns}"]
        shape = [math.prod([counts[axis] for axis in part]) for part in (rows, columns)]
        return np.reshape(np.transpose(kernel, order), (self.groups, 1, *shape))

    def _correlated(
        self, images: Any, source: str, into: str, widths: Widths, places: Sizes
    ) -> Any:
        """Multiply every window of images, with zeros around them, by the kernel.

        Parameters
        ----------
        images : ndarray or Node, shape (rows, height, width, channels)
        source, into : str
            The axis of the kernel for these channels, and for those of the result; see
            :meth:`_matrix`.
        widths : pairs of int
            What is added before and after each axis.
        places : pair of int
            How many windows there are.
        """
        bands = self._bands(places, images.shape[0])
        where = self._landing(bands, source, widths[0], places[0])
        if where is None:
            matrix = self._matrix(into, f"ij{source}")
        else:
            matrix = self._matrix(f"i{into}", f"j{source}", "i")
            widths = ((0, 0), widths[1])
            bands = bands._replace(size=(1, bands.size[1]))
        outputs = []
        for block in self._blocks(images, bands.copies(images.shape[-1], places)):
            windows = bands.windows(widened(block, widths))
            if where is None:
                products = np.matmul(matrix, windows)
            else:
                products = landed(matrix, windows, where)
            outputs.append(bands.images(products, places, block.shape[0]))
        return joined(outputs)

    def _landing(
        self, bands: Bands, source: str, width: tuple[int, int], lines: int
    ) -> Landing | None:
        """Say where lines land, if they are to be read once, and what they give added.

        It pays unless lines have few elements: else most of the time of a product goes
        into reading windows, each line as often as the kernel is tall.
        """
        (tall, wide), (down, _), (below, _) = bands[:3]
        many = bands.alone and wide * self._axes()[source] >= MANY_ELEMENTS
        if many and tall > 1 and down == below == 1:
            return Landing(tall, 1, 1, tall - 1 - width[0], lines)
        return None

    def _spread(
        self, images: Any, source: str, into: str, whole: Sizes, inner: Inner
    ) -> Any:
        """Give every place a window, its channels times the kernel; add what overlaps.

        It is the transpose of :meth:`_correlated`. Where windows are one column apart,
        along the lines nothing needs adding up: that is the correlation with a kernel
        turned round.

        Parameters
        ----------
        images : ndarray or Node, shape (rows, height, width, channels)
        source, into : str
            The axis of the kernel for these channels, and for those of the result; see
            :meth:`_matrix`.
        whole : pair of int
            The height and width of what the windows lie in.
        inner : pair of slice
            What is wanted of it.
        """
        rows, lines, width, channels = images.shape
        whole_bands = self._bands((lines, width), rows)
        (tall, wide), (down, across), (below, beside) = whole_bands[:3]
        (top, left), places = inner, (lines, width)
        if across == 1:
            reach = beside * (wide - 1)
            widths = ((0, 0), (reach - left.start, left.stop - width))
            places = (lines, left.stop - left.start)
            whole, left = (whole[0], places[1]), slice(None)
            read = whole_bands._replace(size=(1, wide), stride=(1, 1))
            written = whole_bands._replace(size=(tall, 1), stride=(down, 1))
            matrix = self._matrix(f"i{into}", f"j{source}", "j")
        else:
            widths = ((0, 0), (0, 0))
            read = whole_bands._replace(size=(1, 1), stride=(1, 1))
            written = whole_bands
            matrix = self._matrix(f"ij{into}", source)
        lands = written.alone and across == 1 < tall
        elements = matrix.shape[-2] * self.groups
        copied = read.copies(channels, places)
        if not lands:
            copied = max(copied, elements * math.prod(places))
        shape = (*whole, elements // math.prod(written.size))
        outputs = []
        for block in self._blocks(images, copied):
            windows, count = read.windows(widened(block, widths)), block.shape[0]
            if lands:
                height = top.stop - top.start
                where = Landing(tall, down, below, top.start, height)
                products = landed(matrix, windows, where)
                outputs.append(written.images(products, (height, places[1]), count))
            else:
                products = np.matmul(matrix, windows)
                added = written.added(products, places, (count, *shape))
                outputs.append(added[:, top, left])
        return joined(outputs)

    def _product_of(
        self, images: Any, source: str, into: str, widths: Widths, others: Any
    ) -> Any:
        """Multiply the windows of images by the places of others.

        It is the gradient of the kernel in :meth:`_correlated`, whose result has the
        gradient `others`.
        """
        places = others.shape[1:-1]
        bands = self._bands(places, others.shape[0])
        where = self._landing(bands, source, widths[0], places[0])
        if where is not None:
            widths = ((0, 0), widths[1])
            bands = bands._replace(size=(1, bands.size[1]))
        each = bands.copies(images.shape[-1], places)
        pairs = zip(self._blocks(images, each), self._blocks(others, each), strict=True)
        products = []
        for block, other in pairs:
            windows = bands.windows(widened(block, widths))
            columns = bands.columns(other)
            if where is None:
                turned = np.swapaxes(columns, -1, -2)
                products.append(np.matmul(windows, turned))
            else:
                groups, lines, filters, count = columns.shape
                rows = np.reshape(columns, (groups, lines * filters, count))
                products.append(landed_products(rows, windows, where))
        return self._kernel_of(sum_of(products), source, into, where is not None)

    def _kernel_of(self, product: Any, source: str, into: str, has_landed: bool) -> Any:
        """Bring a product of windows and places into the order of the kernel."""
        counts = self._axes()
        if has_landed:
            axes = f"gi{into}j{source}"
        else:
            axes = f"gij{source}{into}"
            product = np.sum(product, axis=1)
        product = np.reshape(product, [counts[axis] for axis in axes])
        if has_landed:
            product = product[:, ::-1]
        order = [axes.index(axis) for axis in "ijcgo"]
        return np.reshape(np.transpose(product, order), self.param.shape)

    def _blocks(self, images: Any, numbers: int) -> list[Any]:
        """Cut images into blocks of rows, by how many numbers are copied for a row."""
        return in_blocks(images, numbers * self.param.dtype.itemsize)
