"""Parameters that one list of calls can update, and that list."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from graphnn.graph import Parameter
from graphnn.planning.traced import Untraceable
from graphnn.train.formula import RATE, Formula, formula_of
from graphnn.train.layout import Segment, pieces_of, segments_of
from graphnn.train.live import Block, states_of
from graphnn.train.placing import Placed
from graphnn.train.rule import Rule
from graphnn.train.sgd import SGD
from graphnn.train.updating import FRESH


class Part:
    """The parameters of one group and dtype that were updated equally often.

    Attributes
    ----------
    block : Block
        Their states.
    placed : Placed
        Their calls.
    flat : ndarray
        All gradients.
    gradients : dict of Parameter to ndarray
        Views into it.
    rows : list of ndarray
        Those of `written` that are several parameters, side by side in memory.
    written : list of ndarray
        What the calls change.
    named : list of (str, ndarray)
        The flat states, and the numbers of a step, for whoever shows the calls.
    """

    def __init__(
        self, optimizer: Any, group: Any, parameters: list[Parameter], likes: list[Any]
    ) -> None:
        updates = optimizer._records.get(parameters[0], FRESH).updates
        states = states_of(
            group, parameters[0], optimizer._records.get(parameters[0], FRESH)
        )
        dtypes = [state.dtype for state in states.values()]
        arrays = [parameter.value for parameter in parameters]
        formula = formula_of(
            group, [arrays[0].dtype, likes[0].dtype, *dtypes], updates + 1
        )
        check_powers(formula, arrays)
        segments = segments_of(likes)
        size = segments[-1].stop
        self.flat = flat = np.zeros(size, likes[0].dtype)
        kept = {name: np.empty(size, state.dtype) for name, state in states.items()}
        self.gradients = dict(
            zip(parameters, [segment.of(flat) for segment in segments], strict=True)
        )
        self.block = Block(
            optimizer, group, views_of(parameters, segments, kept), updates
        )
        if not self.block.load():
            raise Untraceable("states of another shape than the parameter")
        pieces = pieces_of(arrays, segments, flat.itemsize)
        self.placed = Placed(formula, pieces, flat, list(kept.values()))
        self.rows = [
            share.array
            for piece in pieces
            for share in piece.shares
            if sum([np.may_share_memory(share.array, each) for each in arrays]) > 1
        ]
        self.written = [*arrays, *kept.values()]
        self.named = [*kept.items()]
        for number, array in self.placed.scalars:
            is_rate = number == RATE or number in formula.rates
            self.named.append(("lr" if is_rate else f"scalar_{number}", array))
        self.group = group
        self._has_own_scalars = type(group).full_scalars is not Rule.full_scalars
        self._decay = group.decoupled_weight_decay and group.weight_decay
        self._clips = group.clip_norm is not None
        # of gradient descent the learning rate is all that may be another one
        self._is_steady = (
            type(group).scalars is SGD.scalars
            and not (group.dampening or self._decay or self._clips)
            and not self._has_own_scalars
        )
        self._rate: Any = None
        self._scalars = [
            (number, array) for number, array in self.placed.scalars if number != RATE
        ]
        self._rates = [array for number, array in self.placed.scalars if number == RATE]

    def fill(self, scale: float) -> bool:
        """Put this step's numbers where the calls read them; False if they are odd."""
        block, group = self.block, self.group
        if not block.is_live and not block.load():
            return False
        if self._is_steady:
            rate = group.__dict__.get("lr")
            if rate is self._rate and type(rate) is float:
                return True
            self._rate = rate
        if self._has_own_scalars:
            scalars = group.full_scalars(block.updates + 1, scale)
        else:  # the same, without asking for settings once more
            scalars = group.scalars(block.updates + 1)
            if self._decay:
                scalars += (1.0 - group.lr * self._decay,)
            if self._clips:
                scalars += (scale,)
        for number, array in self._scalars:
            value = scalars[number]
            if type(value) is not float and type(value) is not int:
                return False
            array[()] = value
        for array in self._rates:
            array[()] = group.lr
        return True


def kinds(
    pairs: list[tuple[Parameter, Any]], likes: dict[Parameter, Any]
) -> list[tuple[Any, list[Parameter], list[Any]]]:
    """Put together what one list of calls can update."""
    found: dict[Any, tuple[Any, list[Parameter], list[Any]]] = {}
    for parameter, group in pairs:
        dtypes = parameter.value.dtype, likes[parameter].dtype
        if any(dtype.kind != "f" for dtype in dtypes):
            raise Untraceable("complex numbers are updated part by part")
        records = group.__dict__.get("_whole") or group
        record = records._records.get(parameter, FRESH)
        key = (id(group), *dtypes, record.updates)
        kind = found.setdefault(key, (group, [], []))
        kind[1].append(parameter)
        kind[2].append(np.asarray(likes[parameter]))
    return list(found.values())


def views_of(
    parameters: list[Parameter], segments: list[Segment], flat: dict[str, np.ndarray]
) -> dict[Parameter, dict[str, np.ndarray]]:
    """Look at the states of each parameter in flat arrays."""
    return {
        parameter: {name: segment.of(array) for name, array in flat.items()}
        for parameter, segment in zip(parameters, segments, strict=True)
    }


def check_powers(formula: Formula, arrays: list[np.ndarray]) -> None:
    """Refuse powers of NumPy scalars: they are computed in another way."""
    has_powers = any(call.function is operator.pow for call in formula.calls)
    if has_powers and not all(array.ndim for array in arrays):
        raise Untraceable("a power of a parameter without axes")
