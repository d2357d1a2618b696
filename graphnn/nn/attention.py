"""The layer with which sequences look at themselves and at each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph import Input, Node, scope
from graphnn.nn.dense import Dense
from graphnn.nn.dropout import Dropout
from graphnn.nn.initializers import as_initializer
from graphnn.nn.layer import Layer, as_count
from graphnn.ops.arguments import as_flag
from graphnn.ops.attention import (
    AttentionWeights,
    ScaledDotProductAttention,
    check_mask,
)
from graphnn.ops.heads import JoinHeads, SplitHeads


class MultiHeadAttention(Layer):
    """Attention with several heads, each of which can look for something else.

    ``layer(x)`` lets the places of a sequence look at each other, ``layer(x, other)``
    at those of another sequence; ``layer(query, key, value)`` takes all three. Each of
    the three goes through a :class:`Dense` layer and is split into heads; the heads
    attend (:class:`ScaledDotProductAttention`), are joined, and go through a last one.

    A mask is the fourth input, or goes by its name: ``layer(x, mask=mask)``. It
    broadcasts to (rows, query time, key time), for all heads, or has an axis more:
    (rows, heads, query time, key time). One of bool is True where a query may look; one
    of floats is added to the scores. A mask of the keys of each row, (rows, key time),
    gets an axis for the queries: ``mask[:, np.newaxis]``.

    Parameters
    ----------
    heads : int
    neurons : int, optional
        The number of outputs; without it as many as the query has features.
    head_size : int, optional
        The features of a head; without it ``neurons / heads``.
    causal : bool
        Let the place at time t look at places up to time t only.
    bias : bool
        False leaves the biases out.
    dropout : float
        The share of the attention weights that become zero in training.
    weight_init : str or callable
        See :class:`Dense`.

    Attributes
    ----------
    query, key, value, projection : Dense
        What queries, keys and values go through, and the joined heads; there from the
        first batch on. Column ``h * head_size + i`` of the first three is feature i of
        head h.

    Raises
    ------
    ArgumentError
        For settings that cannot be, heads that do not divide the neurons among them.
    ShapeError
        For inputs that are not (rows, time, features), and masks that do not fit.

    Notes
    -----
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.2.2. PyTorch's
    layer keeps the first three weights as one, turned: its ``in_proj_weight`` is
    ``np.concatenate([query.weight.T, key.weight.T, value.weight.T])``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.MultiHeadAttention(heads=2, causal=True)
    >>> layer.forward(np.ones((3, 4, 6))).shape
    (3, 4, 6)
    >>> layer.attention_weights[0, 1].round(2)
    array([[1.  , 0.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  , 0.  ],
           [0.33, 0.33, 0.33, 0.  ],
           [0.25, 0.25, 0.25, 0.25]])
    >>> layer.query.weight.name
    'multi_head_attention_1/query/weight'
    """

    query: Dense | None = None
    key: Dense | None = None
    value: Dense | None = None
    projection: Dense | None = None
    _attention: Any = None  # the node of the last use

    def __init__(
        self,
        heads: int,
        neurons: int | None = None,
        head_size: int | None = None,
        causal: bool = False,
        bias: bool = True,
        dropout: float = 0.0,
        weight_init: Any = "glorot",
    ) -> None:
        if neurons is not None:
            super().__init__(neurons)
        self.heads = as_count(heads, "the heads of MultiHeadAttention")
        if head_size is not None:
            head_size = as_count(head_size, "the head_size of MultiHeadAttention")
        self.head_size = head_size
        if neurons is not None:
            self._size_of_heads(neurons)  # refused here, if it cannot be
        self.causal = ScaledDotProductAttention(causal).causal
        self.has_bias = as_flag(bias, "the bias of MultiHeadAttention")
        self.dropout = name_part(self, "dropout", Dropout(dropout))
        self.weight_init = as_initializer(weight_init)

    def __call__(self, *inputs: Any, mask: Any = None) -> Any:
        """Add the layer to a node's graph; calls share the weights.

        Parameters
        ----------
        *inputs : Node, shape (rows, time, features)
            The query, the key (else the query is), the value (else the key is), and the
            mask. Arrays become inputs of the graph.
        mask : Node or array_like, optional
            The mask by its name.

        Returns
        -------
        Operation
        """
        if mask is not None and inputs:
            given = [as_node(value, "input") for value in inputs]
            three = all_three(*given[:3])
            inputs = (*three, *given[3:], as_node(mask, "mask"))
        return super().__call__(*inputs)

    def _setup_layer(
        self, query: Any, key: Any = None, value: Any = None, mask: Any = None
    ) -> None:
        check_sequences(self, *all_three(query, key, value))
        neurons = int(query.shape[-1]) if self.neurons is None else self.neurons
        inner = self.heads * self._size_of_heads(neurons)
        for name in ("query", "key", "value", "projection"):
            size = neurons if name == "projection" else inner
            dense = Dense(size, weight_init=self.weight_init, bias=self.has_bias)
            setattr(self, name, name_part(self, name, dense))

    def _connect(
        self, query: Any, key: Any = None, value: Any = None, mask: Any = None
    ) -> Any:
        sources = all_three(query, key, value)
        query, key, value = map(self._heads_of, ("query", "key", "value"), sources)
        masks = [] if mask is None else [self._for_heads(mask, *sources[:2])]
        if self.dropout.rate:
            self._attention = AttentionWeights(self.causal)(query, key, *masks)
            attended = np.matmul(self.dropout(self._attention), value)
        else:
            attend = ScaledDotProductAttention(self.causal)
            self._attention = attended = attend(query, key, value, *masks)
        projection: Any = self.projection
        with scope("projection"):
            joined = JoinHeads()(attended)
        return projection(joined)

    def _heads_of(self, name: str, source: Any) -> Any:
        """Send queries, keys or values through their layer, and split the heads."""
        through = getattr(self, name)(source)
        with scope(name):  # where the layer's own operations are
            return SplitHeads(self.heads)(through)

    @property
    def attention_weights(self) -> Any:
        """How much each place looked at each other in the last pass, before dropout.

        An array of shape (rows, heads, query time, key time), or None before the first
        pass.
        """
        node = self._attention
        if node is not None and node.output is None and node.shape is not None:
            node.graph.forward(target=node)  # a planned pass has kept none
        if isinstance(node, ScaledDotProductAttention):
            return node.weights
        return None if node is None else node.output

    def _size_of_heads(self, neurons: int) -> int:
        """Give the features of a head.

        Raises
        ------
        ArgumentError
        """
        if self.head_size is not None:
            return self.head_size
        if neurons % self.heads:
            raise ArgumentError(
                f"MultiHeadAttention: {self.heads} heads do not divide {neurons} "
                "neurons",
                "Choose another number of heads, or their size: head_size=8.",
            )
        return neurons // self.heads

    def _for_heads(self, mask: Any, query: Any, key: Any) -> Any:
        """Give a mask an axis for the heads, unless it has one."""
        for node in (mask, query, key):
            node._need_value("the mask of attention, or what it is for,")
        per_head = mask.ndim > query.ndim
        rows = query.shape[:-2] + ((self.heads,) if per_head else ())
        check_mask(self, mask.output, (*rows, query.shape[-2], key.shape[-2]))
        return mask if per_head or mask.ndim < 3 else np.expand_dims(mask, -3)

    def describe(self) -> str:
        """Name the layer in a message."""
        return f"{self.name} (MultiHeadAttention)"

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__}{name}: {self.heads} heads>"


def all_three(query: Any, key: Any = None, value: Any = None) -> tuple[Any, Any, Any]:
    """Let the query be the key where there is none, and the key the value."""
    key = query if key is None else key
    return query, key, key if value is None else value


def as_node(value: Any, name: str) -> Node:
    """Make an array an input of the graph."""
    return value if isinstance(value, Node) else Input(name, value=value)


def name_part(owner: Layer, name: str, part: Any) -> Any:
    """Name a layer inside another; its nodes point to the line that made the other."""
    part.name, part._source = name, owner._source
    return part


def check_sequences(layer: Layer, *inputs: Any) -> None:
    """Refuse inputs that are not (rows, time, features)."""
    for node in inputs:
        if node.ndim < 3:
            raise ShapeError(
                f"{type(layer).__name__} takes (rows, time, features), not "
                f"{node.shape}",
                "One sequence is a batch of one: x[np.newaxis].",
            )
