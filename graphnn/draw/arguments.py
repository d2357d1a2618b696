"""The options of ``graphnn draw``: those of :meth:`graphnn.Graph.draw`, as typed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, cast

from graphnn.draw.options import (
    COLOURINGS,
    DIRECTIONS,
    MOST_NODES,
    PASSES,
    SHOWN,
    DrawOptions,
    Options,
)
from graphnn.draw.output.files import LAID_OUT, WRITTEN
from graphnn.draw.output.render import LAYOUTS, check_layout
from graphnn.draw.themes import THEMES
from graphnn.errors import ArgumentError

AS_TYPED = (
    *(
        "within",
        "depth",
        "direction",
        "passes",
        "color_by",
        "theme",
        "around",
        "radius",
    ),
    *("layout", "caption"),
)
"""What needs no conversion."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Let a command be told how to draw.

    Examples
    --------
    >>> command = argparse.ArgumentParser()
    >>> add_arguments(command)
    >>> typed = command.parse_args(["--depth", "1", "--show", "shape,grad"])
    >>> settings_of(typed)
    {'show': ('shape', 'grad'), 'depth': 1}
    """
    suffixes = ", ".join(f".{name}" for name in (*LAID_OUT, *WRITTEN))
    command.add_argument(
        "-o",
        "--output",
        dest="outputs",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help=f"{suffixes}; may be given several times; by default <name>.svg in the "
        "current folder",
    )
    what = command.add_argument_group("what is drawn")
    _several(what, "--target", "NAME", "only what this node needs")
    what.add_argument(
        "--within", metavar="NAME", help="only what is in this scope, and what it takes"
    )
    what.add_argument(
        "--around", metavar="NAME", help="only what lies around this node"
    )
    what.add_argument(
        "--radius", metavar="STEPS", type=int, help="how many steps from there"
    )
    what.add_argument(
        "--depth",
        metavar="LEVELS",
        type=int,
        help="how many levels of scopes are open: 1 makes a box of each layer, 0 one "
        "box of all",
    )
    _several(what, "--fold", "GLOB", "close these scopes, such as 'encoder/*'")
    _several(
        what,
        "--expand",
        "GLOB",
        "open these scopes, and draw these operations as the NumPy calls that they are "
        "made of",
    )
    what.add_argument(
        "--max-nodes",
        metavar="N",
        type=_count_or_none,
        help=f"boxes above which scopes are folded; {MOST_NODES}, or 'none' for never",
    )
    what.add_argument(
        "--no-repeats",
        dest="repeats",
        action="store_false",
        help="draw equal blocks in a row each; by default one stands for all",
    )
    _one(what, "--passes", PASSES, "which flow is drawn; by default forward")
    what.add_argument(
        "--backward",
        action="store_true",
        help="run a backward pass first, so that there are gradients to show. It runs "
        "by itself where --passes, --show grad or --color-by grad_norm ask for them. "
        "--input stands for random numbers then (and where values are shown)",
    )
    how = command.add_argument_group("how it looks")
    how.add_argument(
        "--show",
        metavar=",".join(SHOWN),
        action="append",
        help="what is written, with commas between or given several times; by default "
        "shape",
    )
    _one(how, "--color-by", COLOURINGS, "colour the boxes by this")
    _several(how, "--highlight", "GLOB", "point these nodes out")
    _one(how, "--direction", DIRECTIONS, "where the arrows go; by default TB, down")
    _one(how, "--theme", tuple(THEMES), "by default light")
    how.add_argument("--caption", metavar="TEXT", help="a line over the picture")
    _one(how, "--layout", LAYOUTS, "by default the first that is installed")


def settings_of(typed: argparse.Namespace) -> DrawOptions:
    """Give what was typed as the keywords of :meth:`graphnn.Graph.draw`, checked.

    Raises
    ------
    ArgumentError
        For what is none of the choices, or no number.
    """
    given: dict[str, Any] = {}
    if typed.target:
        given["target"] = typed.target if len(typed.target) > 1 else typed.target[0]
    if typed.show is not None:
        words = [word.strip() for text in typed.show for word in text.split(",")]
        given["show"] = tuple([word for word in words if word])
    for name in ("fold", "expand", "highlight"):
        if chosen := getattr(typed, name):
            given[name] = tuple(chosen)
    if not typed.repeats:
        given["repeats"] = False
    for name in AS_TYPED:
        if getattr(typed, name) is not None:
            given[name] = getattr(typed, name)
    if typed.max_nodes is not None:
        given["max_nodes"] = typed.max_nodes or None
    if typed.radius is not None and typed.around is None:
        raise ArgumentError(
            "a radius needs something to lie around", "Say what: --around NAME."
        )
    check_layout(typed.layout)
    settings = cast("DrawOptions", given)
    Options(**settings)  # says what is wrong
    return settings


def needs_gradients(typed: argparse.Namespace, settings: DrawOptions) -> bool:
    """Tell whether a picture shows what only a backward pass makes."""
    return bool(
        typed.backward
        or settings.get("passes", "forward") != "forward"
        or "grad" in settings.get("show", ())
        or settings.get("color_by") == "grad_norm"
    )


def needs_numbers(typed: argparse.Namespace, settings: DrawOptions) -> bool:
    """Tell whether a picture of a batch of zeros would show nothing but zeros."""
    return (
        needs_gradients(typed, settings)
        or "value" in settings.get("show", ())
        or settings.get("color_by") == "value"
    )


def _one(
    group: argparse._ArgumentGroup, option: str, choices: tuple[str, ...], what: str
) -> None:
    # Not argparse's choices: what is misspelt is answered with what is meant.
    group.add_argument(option, metavar=f"{{{','.join(choices)}}}", help=what)


def _several(
    group: argparse._ArgumentGroup, option: str, metavar: str, what: str
) -> None:
    group.add_argument(
        option,
        metavar=metavar,
        action="append",
        default=[],
        help=f"{what}; may be given several times",
    )


def _count_or_none(text: str) -> int:
    """Read a count; 0 stands for none."""
    if text.strip().lower() in ("none", "all"):
        return 0
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of boxes; 'none' is all")
    return count


_count_or_none.__name__ = "number"  # argparse: "invalid number value: 'x'"
