"""One parameter's update: what is new, checked before anything is changed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.errors import ArgumentError, GradientShapeError, ShapeError


class Record(NamedTuple):
    """What an optimizer remembers of a parameter."""

    updates: int
    """How often it was updated."""
    states: dict[str, np.ndarray]


FRESH = Record(0, {})


def check(parameter: Any, gradient: Any) -> None:
    """Refuse what an update could only stumble over.

    Raises
    ------
    GradientShapeError, ArgumentError
    """
    value = parameter.value
    if np.shape(gradient) != value.shape:
        raise GradientShapeError(
            f"the gradient of {parameter.name!r} has shape {np.shape(gradient)}, the "
            f"parameter {value.shape}"
        )
    if not value.flags.writeable:
        raise ArgumentError(
            f"the array of {parameter.name!r} is read-only",
            "Give the parameter a copy, gn.Parameter(array.copy()); or freeze it, "
            "parameter.trainable = False.",
        )


def updated(
    group: Any,
    parameter: Any,
    gradient: np.ndarray,
    record: Record,
    scalars: tuple[float, ...],
) -> tuple[np.ndarray, Record]:
    """Run the rule on one parameter.

    Returns
    -------
    ndarray
        The new value.
    Record
    """
    value = parameter.value
    at_complex = value.dtype.kind == "c"
    if at_complex:
        # the slope along the imaginary part is minus that of the gradient
        value, gradient = real_parts(value), real_parts(np.conj(gradient))
    names = group.state_names
    try:
        states = [
            record.states[name]
            if name in record.states
            else group.initial_state(name, value)
            for name in names
        ]
        result = group.full_update(value, gradient, *states, *scalars)
    except Exception as error:
        error.add_note(f"in the update of {parameter.name!r}, {type(group).__name__}")
        raise
    new, *new_states = result if type(result) is tuple else (result,)
    if new is None or len(new_states) != len(names):
        raise ArgumentError(
            f"{rule_of(group, parameter)} returned {describe(result)}, not the new "
            f"value{' and the states ' if names else ''}{', '.join(names)}",
            "It returns (parameter, *states)." if names else "Is a return missing?",
        )
    new = np.asarray(new)
    if misfit(new, value):
        raise_misfit(f"{rule_of(group, parameter)}: the new value", new, value)
    kept = {}
    for name, state, old in zip(names, new_states, states, strict=True):
        array = np.asarray(state)
        if misfit(array, old):
            raise_misfit(f"{rule_of(group, parameter)}: {name}", array, old)
        if array.dtype != old.dtype:
            array = array.astype(old.dtype)
        elif array is gradient or array is value:
            array = array.copy()  # a state is nobody else's array
        kept[name] = array
    return complex_of(new) if at_complex else new, Record(record.updates + 1, kept)


def misfit(new: np.ndarray, old: np.ndarray) -> bool:
    """Tell whether a rule's result cannot replace what was there."""
    return new.shape != old.shape or (
        new.dtype != old.dtype and not np.can_cast(new.dtype, old.dtype, "same_kind")
    )


def raise_misfit(what: str, new: np.ndarray, old: np.ndarray) -> None:
    """Word the error."""
    if new.shape != old.shape:
        raise ShapeError(f"{what} has shape {new.shape}, not {old.shape}")
    raise ArgumentError(f"{what} has dtype {new.dtype}, not {old.dtype}")


def rule_of(group: Any, parameter: Any) -> str:
    """Name the rule and what it was used on."""
    return f"{type(group).__name__}.update of {parameter.name!r}"


def describe(result: Any) -> str:
    """Say what a rule returned."""
    if result is None:
        return "None"
    if type(result) is tuple:
        return f"{len(result)} values"
    return f"a single {type(result).__name__}"


def real_parts(array: np.ndarray) -> np.ndarray:
    """Lay real and imaginary parts side by side, on a last axis."""
    return np.stack([array.real, array.imag], axis=-1)


def complex_of(parts: np.ndarray) -> np.ndarray:
    """Undo :func:`real_parts`."""
    return np.asarray(parts[..., 0] + 1j * parts[..., 1])
