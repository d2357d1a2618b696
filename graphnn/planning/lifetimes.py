"""How long the memory of a value is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from graphnn.planning.groups import Step
from graphnn.planning.joined import Part
from graphnn.planning.traced import Call, Traced

NONE: Mapping[Traced, Part] = MappingProxyType({})


def last_uses(
    calls: Sequence[Call | Step], parts: Mapping[Traced, Part] = NONE
) -> dict[Traced, int]:
    """Find the last call that reads the memory of each value; of which some are parts.

    Note of each value whose memory it lies in.
    """
    last: dict[Traced, int] = {}
    for place, call in enumerate(calls):
        if call.is_view:
            for result in call.results:
                result.base = call.inputs[0].base
        else:
            for result in call.results:
                result.base = parts[result].whole if result in parts else result
                last[result.base] = place
        for operand in call.inputs:
            last[operand.base] = place
    return last
