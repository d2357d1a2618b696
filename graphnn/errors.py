"""The exceptions of graphnn: headline, cause, fix.

Each is a :class:`GraphnnError` and also the built-in exception that fits, so both
``except gn.GraphnnError`` and ``except ValueError`` do what a NumPy user expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class GraphnnError(Exception):
    """What every exception of graphnn is.

    Parameters
    ----------
    headline : str
        What is wrong, with the node, its class, the shapes and the user's line.
    fix : str, optional
        What to do about it; printed on a line of its own.
    """

    def __init__(self, headline: str, fix: str = "") -> None:
        super().__init__(f"{headline}\n{fix}" if fix else headline)


class ArgumentError(GraphnnError, ValueError):
    """An argument that cannot be used: ``Dense(0)``, ``SGD(lr=-1)``."""


class ShapeError(GraphnnError, ValueError):
    """Shapes that do not fit together."""


class GraphError(GraphnnError, ValueError):
    """A graph that cannot be: a cycle, nodes of two named graphs, several sinks."""


class GradientError(GraphnnError, ValueError):
    """A gradient that cannot be had, or a hook that returned the wrong thing."""


class GradientShapeError(ShapeError, GradientError):
    """A gradient whose shape is not that of its value."""


class ImpureHook(GradientError):
    """A hook that gives other values when it runs again."""


class FeedError(GraphnnError, ValueError):
    """A feed that is missing, unknown, given twice, or not numbers."""


class MissingNode(GraphnnError, KeyError):
    """A name or a node that is not in the graph."""

    # KeyError prints the repr of its argument; these messages have several lines
    __str__ = Exception.__str__


class MissingHook(GraphnnError, NotImplementedError):
    """An operation or layer without the method that was just needed."""


class NotRunError(GraphnnError, RuntimeError):
    """Something that needs values came before the pass that makes them."""


class BusyError(GraphnnError, RuntimeError):
    """A second pass wants a graph that a pass is already walking."""


class GuardError(GraphnnError, ArithmeticError):
    """What a guard has found: numbers that are not as they should be.

    Attributes
    ----------
    finding : Finding or None
        What is wrong, and the node where it began.
    step : Step or None
        The step after which it was found, with all its arrays.
    recent : tuple of Iteration
        The last iterations of the training, the one that failed included.
    """

    finding: Any = None
    step: Any = None
    recent: tuple[Any, ...] = ()


class NotFiniteError(GuardError, FloatingPointError):
    """A NaN or an infinity where training would be spoiled by it."""


class UnsupportedError(GraphnnError, TypeError):
    """Something that a node cannot do, such as be changed in place."""


class UnsupportedAttribute(UnsupportedError, AttributeError):
    """An attribute that an array has and a node does not."""


class DrawError(GraphnnError, RuntimeError):
    """A picture that cannot be made here."""


class MissingFolder(GraphnnError, FileNotFoundError):
    """A file was to be written into a folder that is not there."""


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Suggest the nearest of the known names.

    Examples
    --------
    >>> did_you_mean("sigmiod", ["relu", "sigmoid", "tanh"])
    "Did you mean 'sigmoid'?"
    >>> did_you_mean("relu", ["ReLU", "recall"])
    "Did you mean 'ReLU'?"
    >>> did_you_mean("?", ["relu", "tanh"])
    'Known: relu, tanh.'
    """
    import difflib  # only when something is wrong

    names = sorted(set(known))
    folded = {other.casefold(): other for other in reversed(names)}
    nearest = difflib.get_close_matches(str(name), names, n=1, cutoff=0.8)
    nearest = nearest or [
        folded[match]
        for match in difflib.get_close_matches(str(name).casefold(), folded, n=1)
    ]
    if nearest:
        return f"Did you mean {nearest[0]!r}?"
    if not names:
        return ""
    more = ", …" if len(names) > 12 else ""
    return f"Known: {', '.join(names[:12])}{more}."
