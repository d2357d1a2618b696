"""Layers that look up a learned row: for each id, for each position."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph import Parameter
from graphnn.nn.initializers import as_initializer, initial_weights
from graphnn.nn.layer import Layer, as_count
from graphnn.nn.pages import on_page
from graphnn.ops.arguments import is_whole
from graphnn.ops.embedding import EmbeddingLookup, PositionAdd, check_ids


class Embedding(Layer):
    """Give each id of a vocabulary a learned row of numbers.

    Parameters
    ----------
    vocabulary : int
        How many ids there are: 0 … vocabulary - 1.
    neurons : int
        The length of a row.
    padding_index : int, optional
        The id of what only fills sequences up. It gives zeros, and its row, which
        starts at zero, gets no gradient from here.
    weight_init : str or callable
        See :class:`Dense`; by default from the standard normal distribution, as in
        PyTorch.
    dtype : dtype
        Of the rows, and so of what follows: ``"float32"`` or ``"float64"``. The ids do
        not tell.

    Attributes
    ----------
    weight : Parameter, shape (vocabulary, neurons)
        It can serve an output layer as well: ``hidden @ embedding.weight.T``.

    Raises
    ------
    ArgumentError
        For settings that cannot be; for ids that are no whole numbers or out of range.

    Notes
    -----
    Ids of any shape (rows, time) become (rows, time, neurons). An integer input has no
    gradient. A row's gradient is the sum over the places where its id stands, added up
    in their order: the same in every run.

    References
    ----------
    Y. Bengio et al., "A neural probabilistic language model", JMLR 3, 2003, §2.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Embedding(10, 4)
    >>> layer.forward([[3, 1, 3], [0, 0, 9]]).shape
    (2, 3, 4)
    >>> layer.backward(np.ones((2, 3, 4)))
    >>> layer.weight.grad[:, 0]
    array([2., 1., 0., 2., 0., 0., 0., 0., 0., 1.])
    """

    integer_input = True
    weight: Parameter | None = None

    def __init__(
        self,
        vocabulary: int,
        neurons: int,
        padding_index: int | None = None,
        weight_init: Any = "standard",
        dtype: Any = np.float64,
    ) -> None:
        super().__init__(neurons)
        self.vocabulary = as_count(vocabulary, "the vocabulary of Embedding")
        self.padding_index = as_id(padding_index, self.vocabulary)
        self.weight_init = as_initializer(weight_init)
        self.dtype = as_float_dtype(dtype)

    def _setup_layer(self, ids: Any) -> None:
        check_ids(ids.output, self.vocabulary, self)
        weights = initial_weights(
            self.weight_init, self.rng, (self.vocabulary, self.neurons), self.dtype
        )
        if self.padding_index is not None:
            weights[self.padding_index] = 0
        self.weight = Parameter(on_page(weights), name="weight")

    def _connect(self, ids: Any) -> Any:
        return EmbeddingLookup(self.weight, self.padding_index)(ids)

    def describe(self) -> str:
        """Name the layer in a message."""
        return f"{self.name} (Embedding)"


class PositionEmbedding(Layer):
    """Add a learned row to each position of sequences.

    Parameters
    ----------
    length : int
        How many positions there are; shorter sequences use the first of them.
    weight_init : str or callable
        See :class:`Dense`; by default from the standard normal distribution.

    Attributes
    ----------
    weight : Parameter, shape (length, features)

    Raises
    ------
    ArgumentError
        For settings that cannot be.
    ShapeError
        For an input that is not (rows, time, features), and a sequence that is longer
        than `length`.

    References
    ----------
    J. Gehring et al., "Convolutional sequence to sequence learning", ICML 2017, §3.1.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.PositionEmbedding(8)
    >>> layer.forward(np.zeros((2, 8, 3))).shape
    (2, 8, 3)
    >>> np.array_equal(layer.forward(np.zeros((1, 5, 3)))[0], layer.weight.value[:5])
    True
    """

    weight: Parameter | None = None

    def __init__(self, length: int, weight_init: Any = "standard") -> None:
        super().__init__()
        self.length = as_count(length, "the length of PositionEmbedding")
        self.weight_init = as_initializer(weight_init)

    def _setup_layer(self, input_: Any) -> None:
        if input_.ndim != 3:
            raise ShapeError(
                f"{self.name} (PositionEmbedding) takes (rows, time, features), not "
                f"{input_.shape}",
                "It comes after what gives ids their features: gn.Embedding(...).",
            )
        dtype = input_.dtype if input_.dtype.kind == "f" else np.dtype(np.float64)
        shape = (self.length, int(input_.shape[-1]))
        weights = initial_weights(self.weight_init, self.rng, shape, dtype)
        self.weight = Parameter(on_page(weights), name="weight")

    def _connect(self, input_: Any) -> Any:
        return PositionAdd(self.weight)(input_)


# -- checks ----------------------------------------------------------------------------
def as_id(padding_index: Any, vocabulary: int) -> int | None:
    """Take one of the ids, or None.

    Raises
    ------
    ArgumentError
    """
    if padding_index is None:
        return None
    if not is_whole(padding_index):
        raise ArgumentError(
            f"the padding_index of Embedding is an id or None, not {padding_index!r}"
        )
    if not 0 <= padding_index < vocabulary:
        raise ArgumentError(
            f"the padding_index of Embedding is one of the vocabulary 0 … "
            f"{vocabulary - 1}, not {padding_index}"
        )
    return int(padding_index)


def as_float_dtype(dtype: Any) -> Any:
    """Take a dtype of floating-point numbers.

    Raises
    ------
    ArgumentError
    """
    try:
        found = np.dtype(dtype)
    except TypeError as error:
        raise ArgumentError(f"{dtype!r} is no dtype: {error}") from error
    if dtype is None or found.kind != "f":
        raise ArgumentError(
            f"the dtype of Embedding is one of floating-point numbers, not {dtype!r}",
            "'float32' or 'float64': they are learned.",
        )
    return found
