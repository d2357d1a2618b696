"""The settings of an optimizer: checked when they are assigned, shared with groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

from graphnn.errors import ArgumentError
from graphnn.ops.arguments import as_number

T = TypeVar("T")


class Setting(Generic[T]):
    """An attribute that checks what it is assigned.

    A group of parameters that has no value of its own has the optimizer's.

    Parameters
    ----------
    check : callable
        ``check(value, name)`` returns what is kept, or raises.
    default
        The value of an optimizer that was given none.

    Examples
    --------
    >>> class Rule:
    ...     momentum = Setting(as_fraction, 0.9)
    >>> rule = Rule()
    >>> rule.momentum
    0.9
    >>> rule.momentum = 1.5
    Traceback (most recent call last):
    graphnn.errors.ArgumentError: momentum is at least 0 and below 1, not 1.5
    """

    def __init__(self, check: Callable[[Any, str], T], default: T) -> None:
        self.check = check
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...

    @overload
    def __get__(self, holder: object, owner: type) -> T: ...

    def __get__(self, holder: Any, owner: type) -> Any:
        """Give the holder's value, else that of the optimizer it is a group of."""
        while holder is not None:
            own = holder.__dict__
            if self.name in own:
                return own[self.name]
            holder = own.get("_whole")
            if holder is None:
                return self.default
        return self

    def __set__(self, holder: Any, value: Any) -> None:
        """Check the value and keep it."""
        holder.__dict__[self.name] = self.check(value, self.name)

    def given(self, holder: Any) -> Any:
        """Give what was assigned: of a learning rate that may be a schedule."""
        return Setting.__get__(self, holder, type(holder))


class RateSetting(Setting[float]):
    """The learning rate: reading gives that of the next update step."""

    def __init__(self, default: float) -> None:
        super().__init__(as_rate, default)  # type: ignore[arg-type]

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...

    @overload
    def __get__(self, holder: object, owner: type) -> float: ...

    def __get__(self, holder: Any, owner: type) -> Any:
        """Ask the schedule, if the rate has one."""
        if holder is None:
            return self
        rate = holder.__dict__.get(self.name)
        if type(rate) is float:  # told at once: each step asks
            return rate
        rate = self.given(holder)
        if isinstance(rate, float):
            return rate
        whole = holder.__dict__.get("_whole") or holder
        return rate_at(rate, whole.step_count, self.name)


def settings_of(cls: type) -> dict[str, Setting[Any]]:
    """Find the settings of a class, by name; those of its bases come first."""
    found: dict[str, Setting[Any]] = {}
    for base in reversed(cls.__mro__):
        for value in vars(base).values():
            if isinstance(value, Setting):
                found[value.name] = value
    return found


# -- checks ----------------------------------------------------------------------------
def as_positive(value: Any, name: str) -> float:
    """Take a number above 0."""
    number = as_number(value, name)
    if number <= 0:
        raise ArgumentError(f"{name} is positive, not {value!r}")
    return number


def as_not_negative(value: Any, name: str) -> float:
    """Take a number that is 0 or more."""
    number = as_number(value, name)
    if number < 0:
        raise ArgumentError(f"{name} is 0 or more, not {value!r}")
    return number


def as_fraction(value: Any, name: str) -> float:
    """Take a number from 0 on and below 1."""
    number = as_number(value, name)
    if not 0 <= number < 1:
        raise ArgumentError(f"{name} is at least 0 and below 1, not {value!r}")
    return number


def as_betas(value: Any, name: str) -> tuple[float, float]:
    """Take two numbers, each from 0 on and below 1."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ArgumentError(f"{name} is a pair such as (0.9, 0.999), not {value!r:.60}")
    first, second = value
    return as_fraction(first, f"{name}[0]"), as_fraction(second, f"{name}[1]")


def as_limit(value: Any, name: str) -> float | None:
    """Take a number above 0; None is no limit."""
    return None if value is None else as_positive(value, name)


def as_rate(value: Any, name: str = "lr") -> float | Callable[[int], Any]:
    """Take a learning rate: a positive number, or a schedule.

    A schedule is any callable of the number of the update step, from 0.
    """
    if callable(value) and not isinstance(value, type):
        return value  # type: ignore[no-any-return]
    if isinstance(value, type):
        raise ArgumentError(
            f"{name} is the class {value.__name__}",
            f"Make a schedule of it: {value.__name__}(...).",
        )
    if isinstance(value, list | tuple | dict):
        raise ArgumentError(
            f"{name} is a number or a schedule, not {value!r:.60}",
            "Parameters go by name: gn.Adam(1e-3, parameters=[w, b]).",
        )
    return as_positive(value, name)


def rate_at(rate: Any, step: int, name: str = "lr") -> float:
    """Give the learning rate of an update step: 0 or more.

    Raises
    ------
    ArgumentError
        If a schedule gives something else.
    """
    if type(rate) is float:
        return rate
    value = rate(step)
    try:
        return as_not_negative(value, name)
    except ArgumentError as error:
        raise ArgumentError(
            f"the schedule {rate!r:.80} gave {value!r:.60} for step {step}",
            "A learning rate is a finite number, 0 or more.",
        ) from error
