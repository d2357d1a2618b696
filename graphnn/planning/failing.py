"""What is remembered of a planned pass that fails: it is put in terms of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.engine.hooks import DIFFERENTIABLE
from graphnn.graph.failing import backward_record, forward_progress, record_of
from graphnn.graph.failures import Record

if TYPE_CHECKING:
    from graphnn.planning.planned import PlannedPass


def planned_record(planned: PlannedPass, error: BaseException, place: int) -> Record:
    """Write down how far a planned pass has come.

    Its calls are in the order of the walks, so what had run are the nodes whose turn
    came before.

    Parameters
    ----------
    planned : PlannedPass
    error : BaseException
    place : int
        Of the call that has failed.
    """
    order, made_for = planned.order, planned.made_for
    call = made_for[place] if 0 <= place < len(made_for) else None
    node, phase = (None, "") if call is None or call.owner is None else call.owner
    places = {each.id: number for number, each in enumerate(order)}
    turn = len(order) if node is None else places.get(node.id, len(order))
    if phase in ("forward", "state"):
        if phase == "state":  # all have run, and say what their states are
            turn = len(order)
        return forward_progress(
            error, order, lambda node_id: places[node_id] < turn, node, planned.shapes
        )
    wanted = on_the_way(planned)
    if not wanted:
        return record_of(error, "forward", node)
    first = -1 if node is None else turn
    returned = {each.id for each in order if places[each.id] > first}
    return backward_record(error, order, wanted, returned, node)


def on_the_way(planned: PlannedPass) -> set[int]:
    """Find the nodes that gradients pass, by their dtypes: they hold no values."""
    found = {node.id for node in planned.wrt}
    for node in planned.order:
        if found.isdisjoint(node.input_ids) or node.stops_gradient:
            continue
        dtype: Any = planned.shapes.get(node.id, (None, None))[1]
        if isinstance(dtype, tuple) or dtype.kind in DIFFERENTIABLE:
            found.add(node.id)
    return found
