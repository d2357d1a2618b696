"""An optimizer's state as plain arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, did_you_mean
from graphnn.train.updating import FRESH, Record, real_parts


def state_of(optimizer: Any) -> dict[str, np.ndarray]:
    """Copy what an optimizer remembers; see :meth:`Optimizer.state`."""
    records = [optimizer._records.get(p, FRESH) for p in optimizer.parameters]
    state = {
        "step_count": np.array(optimizer.step_count),
        "counts": np.array([record.updates for record in records], dtype=np.int64),
    }
    for number, record in enumerate(records):
        for name, array in record.states.items():
            state[f"{number}/{name}"] = array.copy()
    for number, schedule in enumerate(with_state(optimizer)):
        for name, value in schedule.state().items():
            state[f"schedule_{number}/{name}"] = np.array(value)
    return state


def restore(optimizer: Any, state: Any) -> None:
    """Take up where :func:`state_of` was called; see :meth:`Optimizer.restore`."""
    if not isinstance(state, Mapping):
        raise ArgumentError(
            f"an optimizer's state is a dict of arrays, not {state!r:.60}"
        )
    left = {name: np.asarray(value) for name, value in state.items()}
    pairs = optimizer._pairs()
    step_count, counts = take(left, "step_count", ()), take(left, "counts", None)
    if counts.shape != (len(pairs),):
        raise ShapeError(
            f"the state is of {counts.size} parameters, the optimizer has {len(pairs)}",
            "" if pairs else "A network has its parameters after its first batch.",
        )
    for name, numbers in (("step_count", step_count), ("counts", counts)):
        if numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 0):
            raise ArgumentError(f"the state's {name} are whole numbers, 0 or more")
    records = {}
    for number, (parameter, group) in enumerate(pairs):
        value, states = parameter.value, {}
        like = real_parts(value) if value.dtype.kind == "c" else value
        for name in group.state_names if counts[number] else ():
            array = take(left, f"{number}/{name}", like.shape)
            if not np.can_cast(array.dtype, like.dtype, "same_kind"):
                raise ArgumentError(
                    f"the state's {number}/{name} has dtype {array.dtype}, the "
                    f"parameter {parameter.name!r} has {like.dtype}"
                )
            states[name] = array.astype(like.dtype)
        if counts[number]:
            records[parameter] = Record(int(counts[number]), states)
    schedules = []
    for number, schedule in enumerate(with_state(optimizer)):
        names = schedule.state()
        values = {n: float(take(left, f"schedule_{number}/{n}", ())) for n in names}
        schedules.append((schedule, values))
    if left:
        raise ArgumentError(
            f"the state has {sorted(left)[0]!r}, which this "
            f"{type(optimizer).__name__} does not keep",
            "Make the optimizer with the settings that it was saved with.",
        )
    for schedule, its in schedules:
        schedule.restore(its)
    optimizer._records.clear()
    optimizer._records.update(records)
    optimizer._blocks.end()
    optimizer.step_count = int(step_count)


def take(
    left: dict[str, np.ndarray], name: str, shape: tuple[int, ...] | None
) -> np.ndarray:
    """Take an array out of the state."""
    if name not in left:
        raise ArgumentError(f"the state has no {name!r}", did_you_mean(name, left))
    array = left.pop(name)
    if shape is not None and array.shape != shape:
        raise ShapeError(f"the state's {name} has shape {array.shape}, not {shape}")
    return array


def with_state(optimizer: Any) -> list[Any]:
    """List the schedules that remember something."""
    return [
        schedule
        for schedule in optimizer._schedules()
        if callable(getattr(schedule, "state", None)) and schedule.state()
    ]
