"""Transformer blocks: attention and a small network, each with a way around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph import Constant
from graphnn.nn.activations import as_activation
from graphnn.nn.attention import MultiHeadAttention, as_node, check_sequences, name_part
from graphnn.nn.dense import Dense
from graphnn.nn.dropout import Dropout
from graphnn.nn.layer import Layer, as_count
from graphnn.nn.normalization import LayerNorm
from graphnn.nn.sequential import Sequential
from graphnn.ops.arguments import as_flag


class Block(Layer):
    """What transformer blocks share: settings, the feed-forward part, ways around."""

    attention: MultiHeadAttention | None = None
    feed_forward: Sequential | None = None

    def __init__(
        self,
        heads: int,
        hidden: int | None = None,
        causal: bool = False,
        activation: Any = "gelu",
        norm_first: bool = True,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        kind = type(self).__name__
        self.heads = as_count(heads, f"the heads of {kind}")
        if hidden is not None:
            hidden = as_count(hidden, f"the hidden neurons of {kind}")
        self.hidden = hidden
        self.norm_first = as_flag(norm_first, "norm_first")
        self.has_bias = as_flag(bias, f"the bias of {kind}")
        self.rate = Dropout(dropout).rate
        self.causal = MultiHeadAttention(heads, causal=causal).causal
        self.activation = as_activation(activation)

    def _attention(self, causal: bool = False) -> MultiHeadAttention:
        return MultiHeadAttention(
            self.heads, causal=causal, bias=self.has_bias, dropout=self.rate
        )

    def _make_feed_forward(self, width: int) -> None:
        hidden = 4 * width if self.hidden is None else self.hidden
        layers: list[Layer] = [
            Dense(hidden, self.activation, bias=self.has_bias),
            Dense(width, bias=self.has_bias),
        ]
        names = ["hidden", "projection"]
        if self.rate:
            layers.insert(1, Dropout(self.rate))
            names.insert(1, "dropout")
        for its_name, part in zip(names, layers, strict=True):
            name_part(self, its_name, part)
        self._make_part("feed_forward", Sequential(layers))

    def _make_part(self, name: str, layer: Layer) -> None:
        """Keep one of the parts, and its norm and dropout, by its name."""
        parts = {f"{name}_norm": LayerNorm(shift=self.has_bias), name: layer}
        if self.rate:
            parts[f"{name}_dropout"] = Dropout(self.rate)
        for its_name, part in parts.items():
            setattr(self, its_name, name_part(self, its_name, part))

    def _add(self, name: str, value: Any, part: Any) -> Any:
        """Add to a value what one of the parts makes of it."""
        norm: Callable[[Any], Any] = getattr(self, f"{name}_norm")
        added = part(norm(value) if self.norm_first else value)
        if self.rate:
            added = getattr(self, f"{name}_dropout")(added)
        total = value + added
        return total if self.norm_first else norm(total)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<{type(self).__name__}{name}: {self.heads} heads>"


class TransformerBlock(Block):
    """Attention, then a network of two dense layers, each added to what went in.

    ``x + attention(norm(x))`` and ``x + feed_forward(norm(x))``, one after the other.
    With ``norm_first=False`` it is ``norm(x + attention(x))``, as in the first
    transformers, and likewise for the other.

    ``block(x)``, or ``block(x, mask)``, also ``block(x, mask=mask)``: see
    :class:`MultiHeadAttention` for what a mask is.

    Parameters
    ----------
    heads : int
        Of the attention; they divide the features of the input.
    hidden : int, optional
        The neurons of the first dense layer; without it four times the features.
    causal : bool
        Let the place at time t look at places up to time t only.
    activation : str, Operation, or None
        Of the first dense layer.
    norm_first : bool
        Normalize what goes into the parts, or what has been added up.
    dropout : float
        The share of zeros in training: of the attention weights, of what attention and
        feed-forward part add, and of the hidden neurons.
    bias : bool
        False leaves the biases out, and the shifts of the norms.

    Attributes
    ----------
    attention : MultiHeadAttention
    attention_norm, feed_forward_norm : LayerNorm
    feed_forward : Sequential
        From its first layer, ``feed_forward[0]``, to its last, ``feed_forward[-1]``.
        All of them are there from the first batch on.

    Raises
    ------
    ArgumentError
        For settings that cannot be, and heads that do not divide the features.
    ShapeError
        For an input that is not (rows, time, features), and masks that do not fit.

    Notes
    -----
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.1 and eq. 2; norms
    that come first: R. Xiong et al., "On layer normalization in the transformer
    architecture", ICML 2020, table 1.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> block = gn.TransformerBlock(heads=2, causal=True)
    >>> block.forward(np.ones((3, 4, 6))).shape
    (3, 4, 6)
    >>> block.feed_forward[0].weight.shape
    (6, 24)
    >>> block.attention.attention_weights.shape
    (3, 2, 4, 4)
    """

    def __call__(self, *inputs: Any, mask: Any = None) -> Any:
        """Add the block to a node's graph; calls share the weights.

        Parameters
        ----------
        *inputs : Node
            The sequences, of shape (rows, time, features), and the mask.
        mask : Node or array_like, optional
            The mask by its name.

        Returns
        -------
        Operation
        """
        if mask is not None:
            inputs = (*inputs, as_node(mask, "mask"))
        return super().__call__(*inputs)

    def _setup_layer(self, input_: Any, mask: Any = None) -> None:
        check_sequences(self, input_)
        self._make_part("attention", self._attention(self.causal))
        self._make_feed_forward(int(input_.shape[-1]))

    def _connect(self, input_: Any, mask: Any = None) -> Any:
        attention: Any = self.attention
        value = self._add("attention", input_, lambda x: attention(x, mask=mask))
        return self._add("feed_forward", value, self.feed_forward)


class TransformerDecoderBlock(Block):
    """A block that looks at itself, then at another sequence (the memory).

    Between attention and feed-forward part of a :class:`TransformerBlock` stands a
    second attention, whose keys and values are the memory's: ``block(x, memory)``,
    with masks for the first, the second, or both: ``block(x, memory, mask=...,
    memory_mask=...)``, or in this order.

    Parameters
    ----------
    heads, hidden, activation, norm_first, dropout, bias
        See :class:`TransformerBlock`.
    causal : bool
        Let the place at time t look at places of its own sequence up to time t only;
        at those of the memory it always may.

    Attributes
    ----------
    attention, cross_attention : MultiHeadAttention
    attention_norm, cross_attention_norm, feed_forward_norm : LayerNorm
    feed_forward : Sequential

    Raises
    ------
    ArgumentError, ShapeError
        See :class:`TransformerBlock`.

    Notes
    -----
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, §3.1 and fig. 1.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> block = gn.TransformerDecoderBlock(heads=2)
    >>> block.forward(np.ones((3, 4, 6)), np.ones((3, 5, 6))).shape
    (3, 4, 6)
    >>> block.cross_attention.attention_weights.shape
    (3, 2, 4, 5)
    """

    cross_attention: MultiHeadAttention | None = None

    def __init__(
        self,
        heads: int,
        hidden: int | None = None,
        causal: bool = True,
        activation: Any = "gelu",
        norm_first: bool = True,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__(heads, hidden, causal, activation, norm_first, dropout, bias)

    def __call__(self, *inputs: Any, mask: Any = None, memory_mask: Any = None) -> Any:
        """Add the block to a node's graph; calls share the weights.

        Parameters
        ----------
        *inputs : Node
            The sequences and the memory, of shape (rows, time, features), and the
            masks.
        mask, memory_mask : Node or array_like, optional
            The masks by their names.

        Returns
        -------
        Operation
        """
        if memory_mask is not None and mask is None and len(inputs) < 3:
            mask = Constant(np.ones((1, 1), bool))  # hides nothing, and keeps the order
        masks = {"mask": mask, "memory_mask": memory_mask}
        given = [as_node(m, name) for name, m in masks.items() if m is not None]
        return super().__call__(*inputs, *given)

    def _setup_layer(
        self, input_: Any, memory: Any, mask: Any = None, memory_mask: Any = None
    ) -> None:
        check_sequences(self, input_, memory)
        self._make_part("attention", self._attention(self.causal))
        self._make_part("cross_attention", self._attention())
        self._make_feed_forward(int(input_.shape[-1]))

    def _connect(
        self, input_: Any, memory: Any, mask: Any = None, memory_mask: Any = None
    ) -> Any:
        attention: Any = self.attention
        across: Any = self.cross_attention
        value = self._add("attention", input_, lambda x: attention(x, mask=mask))
        value = self._add(
            "cross_attention", value, lambda x: across(x, memory, mask=memory_mask)
        )
        return self._add("feed_forward", value, self.feed_forward)
