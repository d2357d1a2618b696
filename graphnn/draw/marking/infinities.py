"""Which infinities are wrong, and which are meant, as where attention is masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.magnitudes import count, floats_in

if TYPE_CHECKING:
    from graphnn.guards.statuses import Statuses

ANY, NEGATIVE = "any", "negative"

TAMED_BY: dict[str, tuple[str, ...]] = {
    ANY: (
        *("Tanh", "Sigmoid", "Arctan", "Sign", "Clip", "Where", "NanToNum"),
        *("Minimum", "Maximum", "Fmin", "Fmax", "Min", "Max", "Nanmin", "Nanmax"),
        *("HardTanh", "HardSigmoid", "Softsign"),
    ),
    NEGATIVE: (
        *("Exp", "Exp2", "Expm1", "Softmax", "LogSumExp", "LogSumExp2", "LogCumSumExp"),
        *("Logaddexp", "Logaddexp2", "Cummax", "MaxPool", "GlobalMaxPool"),
        *("ReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "HardSwish", "Softplus"),
    ),
}
"""Operations that can make a finite number of an infinity, by its sign."""


class Infinities:
    """Tells the infinities that are wrong from those that are meant.

    One is wrong if it has come to an end, or to a gradient, or a NaN has been made of
    it. Where a NaN has come from elsewhere and covers it, it is wrong if nothing on
    its way to an end would have made a finite number of it.

    Parameters
    ----------
    nodes : sequence of node
        In topological order.
    ends : iterable of node
    found : Statuses
        Of infinities.
    """

    def __init__(
        self, nodes: Sequence[Any], ends: Iterable[Any], found: Statuses
    ) -> None:
        self._found = found
        self._ends = {end.id for end in ends}
        self._infinite = {n.id for n in nodes if count(np.isinf, n.output)}
        self._nan = {n.id for n in nodes if count(np.isnan, n.output)}
        self._takers: dict[int, list[Any]] = {}
        for taker in nodes:
            for input_id in dict.fromkeys(taker.input_ids):
                self._takers.setdefault(input_id, []).append(taker)
        self._arriving = {sign: self._arrive(nodes, sign) for sign in TAMED_BY}
        self._seen = self._arrive(nodes, "")
        self._wrong: dict[int, str] = {}
        for node in nodes:
            status = found.values.get(node, "")
            is_first = status == "birth" and self._is_wrong(node)
            is_later = status == "propagated" and any(
                input_id in self._wrong for input_id in node.input_ids
            )
            if is_first or is_later:
                self._wrong[node.id] = status

    def status_of(self, node: Any) -> str:
        """Say how a value stands: ``"birth"`` or ``"propagated"`` if it is wrong."""
        return self._wrong.get(node.id, "")

    def _is_wrong(self, node: Any) -> bool:
        if node.id in self._seen:
            return True
        is_negative = all(
            array.dtype.kind == "f" and not np.any(array == np.inf)
            for array in floats_in(node.output)
        )
        if is_negative and node.kind in ("constant", "input"):
            return False  # somebody has written it: a mask
        return node.id in self._arriving[NEGATIVE if is_negative else ANY]

    def _arrive(self, nodes: Sequence[Any], sign: str) -> set[int]:
        """Find the nodes whose infinities come to an end.

        With a sign, also those that would: they are covered by NaN on their way, and
        nothing there tames them.
        """
        found: set[int] = set()
        on_the_way = self._infinite | (self._nan if sign else set())
        for node in reversed(nodes):
            if node.id not in on_the_way:
                continue
            takers = self._takers.get(node.id, [])
            if (
                node.id in self._ends
                or _is_in_gradients(node)
                or any(self._goes_on(node, taker, sign, found) for taker in takers)
            ):
                found.add(node.id)
        return found

    def _goes_on(self, node: Any, taker: Any, sign: str, found: set[int]) -> bool:
        if taker.id in self._infinite and taker.id in found:
            return True
        if not sign or taker.id not in self._nan:
            return False
        is_made_of_it = node.id in self._infinite and not any(
            input_id in self._nan for input_id in taker.input_ids
        )
        names = {cls.__name__ for cls in type(taker).__mro__}
        tame = {*TAMED_BY[ANY], *TAMED_BY[sign]}
        return is_made_of_it or (taker.id in found and names.isdisjoint(tame))


def _is_in_gradients(node: Any) -> bool:
    """Tell whether the gradient of a node is infinite, or one that it hands on."""
    handed_on = None if node.graph is None else node.graph.input_grads_of(node)
    return any(count(np.isinf, part) for part in (node.output_grad, *(handed_on or ())))
