"""The kinds of guards, and how they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graphnn.engine import Step
from graphnn.engine.norms import euclidean_norm
from graphnn.errors import ArgumentError, NotFiniteError, did_you_mean
from graphnn.guards.checking import Guard
from graphnn.guards.dtypes import DtypeGuard
from graphnn.guards.findings import Problem
from graphnn.guards.measures import first_index, is_finite
from graphnn.ops.arguments import as_flag, as_number, is_whole


class NaNGuard(Guard):
    """NaN in values and gradients.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.guard(gn.NaNGuard()):
    ...     np.sqrt(gn.Input("x", value=[4.0, -1.0]))
    Traceback (most recent call last):
    graphnn.errors.NotFiniteError: sqrt (Sqrt, <doctest ...>:2): its output holds 1
    NaN of 2 numbers, the first at index (1,); its inputs are fine
    Likely reason: the square root of a negative number, -1.0.
    ...
    """

    kind = "nan"
    error = NotFiniteError
    silences = ("invalid",)

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether there is a NaN."""
        return not is_finite(array) and bool(np.isnan(array).any())

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Count the NaN."""
        return counted(np.isnan(array), "NaN")


class InfGuard(Guard):
    """Infinities, positive and negative, in values and gradients.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.guard(gn.InfGuard()):
    ...     np.log(gn.Input("x", value=[1.0, 0.0]))
    Traceback (most recent call last):
    graphnn.errors.NotFiniteError: log (Log, <doctest ...>:2): its output holds 1
    -inf of 2 numbers, the first at index (1,); its inputs are fine
    Likely reason: the logarithm of 0.
    ...
    """

    kind = "inf"
    error = NotFiniteError
    silences = ("divide", "over")

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether there is an infinity."""
        return not is_finite(array) and bool(np.isinf(array).any())

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Count the infinities, by their sign."""
        infinite = np.isinf(array)
        if array.dtype.kind == "c":
            return counted(infinite, "infinite")
        plus, minus = int(np.sum(array == np.inf)), int(np.sum(array == -np.inf))
        kinds = [f"{plus:,} +inf"] * (plus > 0) + [f"{minus:,} -inf"] * (minus > 0)
        return counted(infinite, "", " and ".join(kinds))


class ExplodingGuard(Guard):
    """Values and gradients whose Euclidean norm is above a limit.

    Whole numbers, such as classes, are not looked at.

    Parameters
    ----------
    limit : float

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.guard(gn.ExplodingGuard(limit=100.0)):
    ...     gn.Input("x", value=[30.0, 40.0]) ** 2
    Traceback (most recent call last):
    graphnn.errors.GuardError: power (Power, <doctest ...>:2): its output has a norm of
    1836, above the limit of 100; its inputs are fine
    ...
    """

    kind = "exploding"
    setting_names = ("limit",)

    def __init__(self, limit: float = 1e6) -> None:
        self.limit = as_number(limit, "the limit of ExplodingGuard", positive=True)

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether the norm is above the limit; one that is NaN is not."""
        return array.dtype.kind in "fc" and euclidean_norm(array) > self.limit

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Give the norm, and where the largest number is."""
        norm = euclidean_norm(array)
        sizes = np.abs(array)
        index = first_index(sizes == np.nanmax(sizes))
        text = f"has a norm of {norm:.4g}, above the limit of {self.limit:g}"
        return Problem(text, None, index, norm)


class VanishingGuard(Guard):
    """Gradients whose Euclidean norm is below a limit.

    Parameters
    ----------
    limit : float
    zeros : bool
        Whether a gradient that is 0 in every place counts. As a rule it has not
        vanished on its way but has been switched off: by a mask, a margin that is kept,
        an output that nobody uses.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=20.0)
    >>> y = gn.Sigmoid()(x)
    >>> with gn.guard(gn.VanishingGuard(limit=1e-6)):
    ...     y.graph.backward(y, wrt=x)
    Traceback (most recent call last):
    graphnn.errors.GuardError: sigmoid (Sigmoid, <doctest ...>:1): the gradient of x has
    a norm of 2.061e-09, below the limit of 1e-06; its output_grad and its values are
    fine
    ...
    """

    kind = "vanishing"
    setting_names = ("limit", "zeros")

    def __init__(self, limit: float = 1e-7, zeros: bool = False) -> None:
        self.limit = as_number(limit, "the limit of VanishingGuard", positive=True)
        self.zeros = as_flag(zeros, "zeros of VanishingGuard")

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether it is a gradient, and its norm is below the limit."""
        if not is_gradient or not array.size:
            return False
        return euclidean_norm(array) < self.limit and (self.zeros or bool(array.any()))

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Give the norm."""
        norm = euclidean_norm(array)
        text = f"has a norm of {norm:.4g}, below the limit of {self.limit:g}"
        return Problem(text, norm=norm)


class DeadGuard(Guard):
    """Units whose output is 0 for every row of a batch.

    Outputs of at least two axes and two rows are looked at. An input or parameter with
    zeros in it is nobody's fault: only an operation that makes them is a culprit.

    Parameters
    ----------
    share : float
        How many of a node's units are dead, at least, for the guard to speak up: from
        0, for a single one, to 1, for all.
    axis : int
        The axis along which the units lie: 1 for images of ``data_format="NCHW"``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[[1.0, -1.0, 2.0], [3.0, -2.0, -1.0]])
    >>> with gn.guard(gn.DeadGuard()):
    ...     gn.ReLU()(x)
    Traceback (most recent call last):
    graphnn.errors.GuardError: relu (ReLU, <doctest ...>:2): its output has 1 dead
    unit of 3, 0 in all 2 rows: unit 1; its inputs are fine
    ...
    """

    kind = "dead"
    setting_names = ("share", "axis")
    blames_leaves = False

    def __init__(self, share: float = 0.0, axis: int = -1) -> None:
        self.share = as_number(share, "the share of DeadGuard")
        if not 0.0 <= self.share <= 1.0:
            raise ArgumentError(f"the share of DeadGuard is from 0 to 1, not {share!r}")
        if not is_whole(axis) or axis == 0:
            raise ArgumentError(
                f"the axis of DeadGuard is a whole number, not {axis!r:.60}",
                "-1 for units in columns; axis 0 is that of the rows.",
            )
        self.axis = int(axis)

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether enough units are dead."""
        if is_gradient or array.dtype.kind not in "fc":
            return False
        dead = self.dead(array)
        return bool(dead.any()) and int(dead.sum()) >= self.share * dead.size

    def dead(self, array: np.ndarray) -> np.ndarray:
        """Mark the units that are dead."""
        axis = self.axis + array.ndim if self.axis < 0 else self.axis
        if not 0 < axis < array.ndim or len(array) < 2 or not array.size:
            return np.zeros(0, bool)
        others = tuple([other for other in range(array.ndim) if other != axis])
        return np.logical_not(array.any(axis=others))

    def problem(self, array: np.ndarray, step: Step | None) -> Problem:
        """Count and name the units."""
        dead = self.dead(array)
        units, count = np.flatnonzero(dead), int(dead.sum())
        names = ", ".join(map(str, units[:5])) + (", …" if count > 5 else "")
        text = (
            f"has {count:,} dead unit{'s' * (count > 1)} of {dead.size:,}, 0 in all "
            f"{len(array):,} rows: unit{'s' * (count > 1)} {names}"
        )
        return Problem(text, count, (int(units[0]),))


def counted(mask: np.ndarray, noun: str, counts: str = "") -> Problem:
    """Say how many numbers a mask marks, and where the first is."""
    count, index = int(mask.sum()), first_index(mask)
    numbers = f"{mask.size:,} number{'s' * (mask.size != 1)}"
    place = f", the first at index {index}" if index else ""
    text = f"holds {counts or f'{count:,} {noun}'} of {numbers}{place}"
    return Problem(text, count, index)


# -- by name ---------------------------------------------------------------------------
KINDS: dict[str, type[Guard]] = {
    cls.kind: cls
    for cls in (
        NaNGuard,
        InfGuard,
        ExplodingGuard,
        VanishingGuard,
        DeadGuard,
        DtypeGuard,
    )
}
"""The classes by what they are called."""


def as_guard(kind: Any, **settings: Any) -> Guard:
    """Take a guard, a class of guards, or the name of one.

    Raises
    ------
    ArgumentError
        For an unknown name or setting.

    Examples
    --------
    >>> as_guard("exploding", limit=100.0), as_guard(NaNGuard)
    (ExplodingGuard(limit=100.0), NaNGuard())
    >>> as_guard("explodes")
    Traceback (most recent call last):
    graphnn.errors.ArgumentError: there is no guard 'explodes'
    Did you mean 'exploding'?
    """
    if isinstance(kind, Guard):
        if settings:
            raise ArgumentError(
                f"{kind!r} has its settings already; {', '.join(settings)} came late"
            )
        return kind
    if isinstance(kind, str):
        if kind.casefold() not in KINDS:
            raise ArgumentError(
                f"there is no guard {kind!r:.60}", did_you_mean(kind, KINDS)
            )
        kind = KINDS[kind.casefold()]
    if not isinstance(kind, type) or not issubclass(kind, Guard):
        fix = (
            "Several: gn.guard('nan', 'inf')." if isinstance(kind, list | tuple) else ""
        )
        raise ArgumentError(
            f"a guard is a name or a gn.Guard, not {kind!r:.60}",
            f"The names: {', '.join(KINDS)}. With a setting: gn.ExplodingGuard(1e3). "
            f"{fix}".rstrip(),
        )
    for name in settings:
        if name not in kind.setting_names:
            raise ArgumentError(
                f"{kind.__name__} has no setting {name!r}",
                did_you_mean(name, kind.setting_names),
            )
    return kind(**settings)


def as_guards(kinds: Iterable[Any], settings: Mapping[str, Any]) -> list[Guard]:
    """Take guards, and further ones by name with a setting: ``exploding=1e6``.

    Where there is one guard, its settings may stand beside it.

    Examples
    --------
    >>> as_guards(["nan"], {"vanishing": {"limit": 1e-9, "zeros": True}, "dead": 0.5})
    [NaNGuard(), VanishingGuard(limit=1e-09, zeros=True), DeadGuard(share=0.5, axis=-1)]
    >>> as_guards(["exploding"], {"limit": 100.0})
    [ExplodingGuard(limit=100.0)]
    """
    if isinstance(kinds, str) or not isinstance(kinds, Iterable):
        kinds = [kinds]
    kinds = list(kinds)
    own = settings_of_the_one(kinds, settings)
    guards = [as_guard(kind, **own) for kind in kinds]
    for name, value in settings.items():
        if name in own:
            continue
        owners = [kind for kind, cls in KINDS.items() if name in cls.setting_names]
        if owners and name not in KINDS:
            raise ArgumentError(
                f"of which guard is {name}={value!r:.60} a setting?",
                f"gn.guard({owners[0]}={{{name!r}: {value!r:.60}}})",
            )
        if value is True or isinstance(value, Mapping):
            guards.append(as_guard(name, **({} if value is True else value)))
            continue
        names = KINDS[name].setting_names if name in KINDS else ()
        if not names and name in KINDS:
            raise ArgumentError(
                f"{KINDS[name].__name__} has no settings: {name}={value!r:.60}",
                f"gn.guard({name!r})",
            )
        guards.append(as_guard(name, **dict.fromkeys(names[:1], value)))
    return guards


def settings_of_the_one(
    kinds: list[Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Give what is a setting of the only guard."""
    if len(kinds) != 1:
        return {}
    (kind,) = kinds
    cls = KINDS.get(kind.casefold()) if isinstance(kind, str) else kind
    names = getattr(cls, "setting_names", ())
    return {name: value for name, value in settings.items() if name in names}
