"""What a training run recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

from graphnn.errors import MissingNode, did_you_mean


class History:
    """The evaluated epochs of a training run, a row each.

    Attributes
    ----------
    rows : list of dict
        ``epoch`` (from 1), ``loss`` (mean over the epoch's rows), ``test_loss``, and
        each metric by its name; the latter two on the test set.

    Examples
    --------
    >>> history = History()
    >>> history.add({"epoch": 1, "loss": 0.5})
    >>> history["loss"]
    [0.5]
    >>> history[-1]
    {'epoch': 1, 'loss': 0.5}
    >>> print(history)
    epoch      loss
        1    0.5000
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """Add an epoch."""
        self.rows.append(row)

    @overload
    def __getitem__(self, column: str) -> list[Any]: ...

    @overload
    def __getitem__(self, column: int) -> dict[str, Any]: ...

    def __getitem__(self, column: str | int) -> Any:
        """Give a column by its name, a row by its place."""
        if not isinstance(column, str):
            return self.rows[column]
        columns = {name for row in self.rows for name in row}
        if column not in columns:
            raise MissingNode(
                f"nothing was recorded as {column!r}", did_you_mean(column, columns)
            )
        return [row[column] for row in self.rows if column in row]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<History: {len(self.rows)} epochs>"

    def __str__(self) -> str:
        if not self.rows:
            return "no epochs yet"
        return "\n".join([heading(self.rows[0]), *map(line, self.rows)])


def heading(row: dict[str, Any]) -> str:
    """Write the table's first line."""
    return "".join(f"{name:>{width(name)}}" for name in row)


def line(row: dict[str, Any]) -> str:
    """Write one epoch as a line of the table."""
    return "".join(
        f"{value:>{width(name)}.4f}"
        if isinstance(value, float)
        else f"{value:>{width(name)}}"
        for name, value in row.items()
    )


def width(name: str) -> int:
    """Give a column its width."""
    return 5 if name == "epoch" else max(10, len(name) + 2)
