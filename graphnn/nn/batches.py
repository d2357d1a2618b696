"""What networks are fed: batches taken apart, and refused where they do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.leaves import as_values
from graphnn.nn.assembly import layers_in

SEVERAL = "Several inputs or targets are a tuple of arrays: (one, other)."


def as_arrays(value: Any, what: str) -> tuple[np.ndarray, ...]:
    """Take one array, or a tuple of arrays for several inputs or targets.

    A tuple of anything else is one array, as for NumPy.

    Raises
    ------
    ArgumentError
        For what is no array; a list of arrays of several shapes, and a dict of them,
        are told from other mistakes.
    """
    if (
        isinstance(value, tuple)
        and value
        and all(isinstance(part, np.ndarray) and part.ndim for part in value)
    ):
        parts = enumerate(value)
        return tuple([as_values(part, f"{what}[{i}]") for i, part in parts])
    try:
        array = as_values(value, what)
    except ArgumentError as error:
        several = value.values() if isinstance(value, Mapping) else value
        if isinstance(value, Mapping | list | tuple) and any(map(is_batch, several)):
            headline = str(error).partition("\n")[0]
            raise ArgumentError(headline, SEVERAL) from error
        raise
    if array.ndim == 0 and what == "y":
        raise ShapeError("y is a single number; one target for each row is needed")
    return (array,)


def is_batch(value: Any) -> bool:
    """Tell a whole batch from a single row of one."""
    if isinstance(value, list | tuple) and value:
        return isinstance(value[0], list | tuple | np.ndarray)
    return isinstance(value, np.ndarray) and value.ndim > 1


def feeds_of(nodes: Any, arrays: tuple[np.ndarray, ...], what: str) -> dict[Any, Any]:
    """Pair inputs with what they are fed."""
    check_count(arrays, nodes, what)
    return dict(zip(nodes, arrays, strict=True))


def check_count(arrays: Any, nodes: Any, what: str) -> None:
    """Refuse more or fewer arrays than the graph was built for."""
    if len(arrays) != len(nodes):
        raise ArgumentError(
            f"{what} is {len(arrays)} array{'s' if len(arrays) > 1 else ''}, the "
            f"network was set up for {len(nodes)}",
            SEVERAL if len(nodes) > 1 else "",
        )


def check_features(features: Sequence[np.ndarray], inputs: Sequence[Any]) -> None:
    """Refuse a batch that the graph was not built for."""
    check_count(features, inputs, "X")
    for array, known in zip(features, inputs, strict=True):
        shape = known.shape
        if array.ndim != len(shape):
            raise ShapeError(
                f"X has {array.ndim} axes, the network was set up for {len(shape)}",
                "One row is a batch of one: X.reshape(1, -1).",
            )
        # sequences may be of any length, if the layers can take it
        is_plain = array.ndim == 2 and array.dtype.kind == "f"
        if is_plain and array.shape[1:] != shape[1:]:
            raise ShapeError(
                f"X has shape {array.shape}, but the network was set up for rows "
                f"of shape {shape[1:]}",
                "The number of features is fixed by the first batch.",
            )


def check_lengths(*groups: Iterable[np.ndarray]) -> None:
    """Refuse features and targets of different numbers of rows."""
    lengths = [[len(array) for array in group] for group in groups]
    first = lengths[0][0]
    for name, numbers in zip("Xy", lengths, strict=False):
        for rows in numbers:
            if rows != first:
                raise ShapeError(
                    f"X has {first} rows and {name} has {rows}: "
                    "each row needs its target"
                    if name == "y"
                    else f"X holds arrays of {first} and of {rows} rows"
                )


def keeps_integers(layer: Any) -> bool:
    """Tell whether a layer, or one inside it, looks integers up."""
    return any(one.integer_input for one in [layer, *layers_in(layer)])
