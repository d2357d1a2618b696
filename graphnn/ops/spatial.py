"""What slides over images: its settings, checked, and the images, padded for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, did_you_mean
from graphnn.ops.patches import Sizes, extent

Pairs = tuple[tuple[int, int], ...]

AXES = {1: ("steps",), 2: ("height", "width")}
FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW")}


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
        return np.pad(images, width, constant_values=value)

    def padded_shape(self, shape: Sizes) -> Sizes:
        """Give the shape of such images with their padding."""
        places = shape[1:-1]
        widths = self.widths(places)
        wide = [n + sum(width) for n, width in zip(places, widths, strict=True)]
        return (shape[0], *wide, shape[-1])

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
            raise ShapeError(
                f"{who}: a {what} of {by(self.size)}{spread} does not fit into "
                f"{by(shape[1:-1])}{padded}",
                f'Make the {what} smaller, or pad: padding="same".',
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


# -- settings --------------------------------------------------------------------------
def make_window(
    rank: int,
    who: str,
    *,
    size: Any,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    data_format: Any = "NHWC",
    what: str = "kernel_size",
    causal: bool = False,
) -> Window:
    """Check the settings of a window.

    Parameters
    ----------
    rank : int
        The number of axes of places: 1 or 2.
    who, what : str
        Who takes the settings and what it calls the size, for messages.
    size, stride, dilation : int or sequence of int
        One number for all axes, or one for each.
    padding, causal
        See :func:`as_padding`.
    data_format : str
        See :func:`is_channels_first`.

    Raises
    ------
    ArgumentError
    """
    sizes = as_sizes(size, rank, f"the {what} of {who}")
    spread = as_sizes(dilation, rank, f"the dilation of {who}")
    added = as_padding(padding, rank, who, causal=causal)
    if added == "causal":
        added = ((extent(sizes, spread)[0] - 1, 0),)
    return Window(
        sizes,
        as_sizes(stride, rank, f"the stride of {who}"),
        added,
        spread,
        is_channels_first(data_format, rank, who),
    )


def as_sizes(value: Any, rank: int, what: str, least: int = 1) -> Sizes:
    """Take one whole number for all axes, or one for each.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_sizes(3, 2, "the stride"), as_sizes([2, 1], 2, "the stride")
    ((3, 3), (2, 1))
    """
    several = isinstance(value, Sequence) or np.ndim(value) == 1
    numbers = list(value) if several else [value]
    if len(numbers) == 1:
        numbers = numbers * rank
    if (
        len(numbers) != rank
        or isinstance(value, str | bytes)
        or not all(is_whole(number) and number >= least for number in numbers)
    ):
        each = f" (or {rank} of them)" if rank > 1 else ""
        raise ArgumentError(
            f"{what}: a whole number of at least {least} is needed{each}, not {value!r}"
        )
    return tuple([int(number) for number in numbers])


def is_whole(value: Any) -> bool:
    """Tell a whole number; True and False are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def as_padding(
    padding: Any, rank: int, who: str, *, causal: bool = False
) -> str | Pairs:
    """Take padding in any of the ways in which it is written.

    Parameters
    ----------
    padding
        ``"valid"`` (none), ``"same"``, ``"causal"``; a whole number; one for each axis;
        or a pair (before, after) for each axis. For a series two numbers are the pair
        of its only axis.
    rank : int
        The number of axes.
    who : str
        For messages.
    causal : bool
        Whether a series may have ``"causal"`` padding, all of it before the beginning.

    Returns
    -------
    str or tuple of pairs of int

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_padding(1, 2, "Conv2D"), as_padding((1, 0), 2, "Conv2D")
    (((1, 1), (1, 1)), ((1, 1), (0, 0)))
    >>> as_padding(((0, 1), (2, 2)), 2, "Conv2D"), as_padding((2, 0), 1, "Conv1D")
    (((0, 1), (2, 2)), ((2, 0),))
    """
    what = f"the padding of {who}"
    if isinstance(padding, str):
        names = ["valid", "same", *(["causal"] if causal and rank == 1 else [])]
        if padding not in names:
            raise ArgumentError(
                f"{what}: unknown padding {padding!r}", did_you_mean(padding, names)
            )
        return ((0, 0),) * rank if padding == "valid" else padding
    parts = padding
    if rank == 1 and isinstance(padding, Sequence) and len(padding) == 2:
        parts = [padding]
    if not isinstance(parts, Sequence) or len(parts) != rank:
        parts = as_sizes(padding, rank, what, 0)
    pairs = []
    for part in parts:
        pair = as_sizes(part, 2, f"{what} {padding!r}", 0)
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def is_channels_first(data_format: Any, rank: int, who: str) -> bool:
    """Tell ``"NCHW"`` from ``"NHWC"``; a series has ``"NCW"`` and ``"NWC"`` as well.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    names = dict.fromkeys((*FORMATS[rank], *FORMATS[2]))
    if not isinstance(data_format, str) or data_format not in names:
        raise ArgumentError(
            f"the data_format of {who}: unknown format {data_format!r}",
            did_you_mean(str(data_format).upper(), names),
        )
    return data_format[1] == "C"


def check_groups(groups: Any, channels: int, what: str, who: str) -> int:
    """Take a number of groups into which channels, or filters, can be divided.

    Raises
    ------
    ArgumentError
    """
    (count,) = as_sizes(groups, 1, f"the groups of {who}")
    if channels % count:
        raise ArgumentError(
            f"{who}: {channels} {what} cannot be divided into {count} groups"
        )
    return count
