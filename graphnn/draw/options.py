"""What a picture may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypedDict

from graphnn.draw.neighbourhood import check_radius
from graphnn.draw.themes import Theme, theme_called
from graphnn.errors import ArgumentError, UnsupportedError, did_you_mean

DIRECTIONS = ("TB", "LR", "BT", "RL")
SHOWN = ("shape", "dtype", "value", "grad", "source", "formula")
PASSES = ("forward", "backward", "both")
COLOURINGS = ("grad_norm", "value", "time", "memory", "dtype")

MOST_NODES = 200
"""Boxes above which scopes are folded, unless a picture is told how deep to go."""

Chosen: TypeAlias = "str | Iterable[str] | Callable[[str], bool]"
"""Names, globs, or a function that says yes or no to the name of each."""


class DrawOptions(TypedDict, total=False):
    """The keywords of :meth:`graphnn.Graph.draw`, for what passes them on."""

    target: Any
    within: str
    show: str | Iterable[str]
    depth: int | None
    fold: Chosen | None
    expand: Chosen | None
    repeats: bool
    direction: str
    passes: str
    highlight: Any
    color_by: str | None
    theme: str
    max_nodes: int | None
    around: Any
    radius: int | None
    layout: str | None
    marks: Mapping[Any, str | Iterable[str]] | None
    notes: Mapping[Any, str] | None
    caption: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for, checked; see :meth:`graphnn.Graph.draw`.

    Raises
    ------
    ArgumentError
        For what is none of the choices, or no number.
    """

    target: Any = None
    within: str = ""
    show: Any = ("shape",)
    depth: int | None = None
    fold: Any = None
    expand: Any = None
    repeats: bool = True
    direction: str = "TB"
    passes: str = "forward"
    highlight: Any = None
    color_by: str | None = None
    theme: str = "light"
    max_nodes: int | None = MOST_NODES
    around: Any = None
    radius: int | None = None
    layout: str | None = None
    marks: Mapping[Any, str | Iterable[str]] | None = None
    notes: Mapping[Any, str] | None = None
    caption: str = ""

    def __post_init__(self) -> None:
        shown = self.show or ()
        if isinstance(shown, str):  # as in a shell: "shape,value"
            shown = tuple([word.strip() for word in shown.split(",")])
        for each in shown:
            check_choice(each, SHOWN, "show {!r} in a picture")
        object.__setattr__(self, "show", tuple(shown))
        check_direction(self.direction)
        check_choice(self.passes, PASSES, "draw the passes {!r}")
        if self.color_by is not None:
            check_choice(self.color_by, COLOURINGS, "colour by {!r}")
        theme_called(self.theme)
        check_count(self.depth, "depth", 0, "levels of scopes that are drawn open")
        check_count(self.max_nodes, "max_nodes", 1, "boxes above which scopes fold")
        if self.radius is not None:
            check_radius(self.radius)
            if self.around is None:
                raise ArgumentError(
                    f"cannot draw with radius={self.radius!r}: it goes with `around`",
                    "Say what lies in the middle: around=node.",
                )

    @classmethod
    def of(cls, given: DrawOptions) -> Options:
        """Take keywords.

        Raises
        ------
        UnsupportedError
            For one that there is not; it is a TypeError, as Python's own is.
        """
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise UnsupportedError(
                    f"a picture has no setting {name!r}", did_you_mean(name, known)
                )
        return cls(**given)

    @property
    def colours(self) -> Theme:
        """The theme itself."""
        return theme_called(self.theme)


def check_choice(given: Any, choices: tuple[str, ...], what: str) -> None:
    """Refuse what is none of the choices."""
    if not isinstance(given, str) or given not in choices:
        raise ArgumentError(
            f"cannot {what.format(given)}", did_you_mean(str(given), choices)
        )


def check_direction(direction: Any) -> None:
    """Refuse what is no direction."""
    check_choice(direction, DIRECTIONS, "draw a graph in the direction {!r}")


def check_count(given: Any, name: str, least: int, what: str) -> None:
    """Refuse what is neither None nor a count."""
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ArgumentError(
            f"cannot draw with {name}={given!r}",
            f"It is a number, {least} or more: how many {what}.",
        )
