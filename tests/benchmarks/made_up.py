"""Results of the benchmark that nobody has measured, for its tests."""

from collections.abc import Sequence
from typing import Any

from side_by_side.rounds import Result


def result(
    peer: str = "graphnn",
    seconds: Sequence[float] = (1.0, 2.0, 4.0),
    losses: Sequence[float] = (1.0, 0.5, 0.25),
    **fields: Any,
) -> Result:
    """Make up what a peer has shown."""
    return Result(
        peer,
        fields.pop("workload", "w1"),
        seconds=list(seconds),
        foreign=[0.0] * len(seconds),
        losses=list(losses),
        memory=50.0,
        import_memory=30.0,
        import_seconds=0.1,
        first_seconds=0.02,
        **fields,
    )
