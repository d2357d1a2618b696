"""Looking up rows of a table by number, and adding a row for each position."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.dispatch import checking
from graphnn.graph.leaves import Parameter
from graphnn.graph.operation import ParamOperation
from graphnn.ops.indexing import scatter


class EmbeddingLookup(ParamOperation):
    """``table[ids]``: the row of each id.

    Y. Bengio et al., "A neural probabilistic language model", JMLR 3, 2003, §2. The
    gradient of a row is the sum over the places where its id stands, added up in their
    order.

    Parameters
    ----------
    table : ndarray or Parameter, shape (vocabulary, features)
    padding_index : int, optional
        The id of what only fills up: it gives zeros, whatever its row holds, which so
        has the gradient 0.

    Examples
    --------
    >>> import numpy as np
    >>> lookup = EmbeddingLookup(np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    >>> lookup.forward(np.array([2, 0, 2]))
    array([[4., 5.],
           [0., 1.],
           [4., 5.]])
    """

    def __init__(self, table: Any, padding_index: int | None = None) -> None:
        super().__init__(as_parameter(table))
        self.padding_index = padding_index
        check_table(self.param, "(vocabulary, features)", self)

    def _output(self) -> Any:
        ids, vocabulary = self.input_, self.param.shape[0]
        check_ids(ids, vocabulary, self)
        return self._without_padding(self.param[ids])

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return None, self._param_grad(output_grad)

    def _param_grad(self, output_grad: Any) -> Any:
        output_grad = self._without_padding(output_grad)
        return scatter(output_grad, self.input_, self.param.shape)

    def _without_padding(self, rows: Any) -> Any:
        if self.padding_index is None:
            return rows
        is_padding = np.expand_dims(self.input_ == self.padding_index, -1)
        return np.where(is_padding, 0.0, rows)


class PositionAdd(ParamOperation):
    """``input + table[:time]``: a learned row for each position of a sequence.

    J. Gehring et al., "Convolutional sequence to sequence learning", ICML 2017, §3.1.

    Parameters
    ----------
    table : ndarray or Parameter, shape (length, features)
        The longest sequence has so many positions.

    Examples
    --------
    >>> import numpy as np
    >>> add = PositionAdd(np.array([[1.0], [2.0], [3.0]]))
    >>> add.forward(np.zeros((1, 2, 1)))
    array([[[1.],
            [2.]]])
    """

    def __init__(self, table: Any) -> None:
        super().__init__(as_parameter(table))
        check_table(self.param, "(length, features)", self)

    def _output(self) -> Any:
        shape, (length, features) = self.input_.shape, self.param.shape
        if len(shape) != 3 or shape[-1] != features:
            raise ShapeError(
                f"{self.describe()}: an input has shape (rows, time, {features}), "
                f"not {shape}"
            )
        if shape[1] > length:
            raise ShapeError(
                f"{self.describe()}: a sequence of {shape[1]} is longer than the "
                f"{length} positions that there are",
                "Cut the sequences, or make the layer for longer ones.",
            )
        return self.input_ + self.param[: shape[1]]

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad

    def _param_grad(self, output_grad: Any) -> Any:
        used = slice(output_grad.shape[1])
        return scatter(np.sum(output_grad, axis=0), used, self.param.shape)


# -- checks ----------------------------------------------------------------------------
def as_parameter(table: Any) -> Parameter:
    """Take a table as a parameter."""
    return table if isinstance(table, Parameter) else Parameter(table, name="weight")


def check_table(table: Any, wanted: str, node: Any) -> None:
    """Refuse what is no table of rows."""
    if table.ndim != 2:
        raise ArgumentError(
            f"{type(node).__name__} takes a table {wanted}, not shape {table.shape}"
        )


def check_ids(ids: Any, vocabulary: int, node: Any) -> None:
    """Refuse ids that are no whole numbers, or none of a vocabulary.

    Raises
    ------
    ArgumentError
    """
    if ids.dtype.kind not in "iu":
        fix = "Ids are counted from 0: ids.astype(int) makes whole numbers of them."
        if ids.dtype.kind == "b":
            fix = "A mask is no id; np.flatnonzero(mask) gives the places of its Trues."
        raise ArgumentError(
            f"{node.describe()}: ids are whole numbers, not {ids.dtype}", fix
        )
    check_known(ids, vocabulary, node)


@checking
def check_known(ids: Any, vocabulary: int, node: Any) -> None:
    """Refuse ids that are none of a vocabulary."""
    wrong = (ids < 0) | (ids >= vocabulary)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f"at {place if len(place) != 1 else place[0]}" if place else "given"
        raise ArgumentError(
            f"{node.describe()}: the id {ids[place]} {where} is not one of the "
            f"vocabulary 0 … {vocabulary - 1}",
            f"{np.count_nonzero(wrong)} of {ids.size} ids are out of range.",
        )
