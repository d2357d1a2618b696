"""Recurrent layers: RNN, LSTM, GRU."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph import Parameter
from graphnn.nn.initializers import as_initializer, initial_weights
from graphnn.nn.layer import Layer
from graphnn.nn.pages import on_page
from graphnn.ops.arguments import as_flag, as_number
from graphnn.ops.gru import GRUSequence
from graphnn.ops.lstm import LSTMSequence
from graphnn.ops.recurrent import Recurrence
from graphnn.ops.recurrent_inputs import (
    InitialState,
    check_lengths,
    check_sequence,
    check_state,
)
from graphnn.ops.rnn import RNNSequence
from graphnn.ops.shaping import outputs_of


class Recurrent(Layer):
    """A layer that goes over a sequence and carries a state from step to step.

    It is called as ``layer(x)`` or, with the state to start from, as ``layer(x, h)``
    (``layer(x, h, c)`` for an LSTM); ``masked`` puts the lengths second:
    ``layer(x, lengths)``, ``layer(x, lengths, h, c)``. The state is 0 where none is
    given.

    Parameters
    ----------
    neurons : int
    weight_init, recurrent_init : str or callable
        For what the input, and the state, are multiplied by: see :class:`graphnn.Dense`
        for the names. Each gate is drawn as a matrix of its own. Orthogonal recurrent
        weights keep the length of what they carry (A. Saxe, J. McClelland, S. Ganguli,
        "Exact solutions to the nonlinear dynamics of learning in deep linear neural
        networks", ICLR 2014).
    bias : bool
    return_sequences : bool
        Give the hidden state h of each time step, of shape (rows, time, neurons), as
        another recurrent layer needs it; otherwise the last one, (rows, neurons).
    return_state : bool
        Give also the state at the end: ``output, h = layer(x)`` (``output, h, c`` for
        an LSTM).
    reverse : bool
        Go from the last time step to the first. What the output holds at time t still
        belongs to the input at time t.
    unroll : bool
        Build the textbook's graph, in which each time step has nodes of its own under
        ``lstm_1/step_0``, ``lstm_1/step_1``, … Outputs are the same to the bit,
        gradients to rounding. It belongs to one number of time steps; one node serves
        any.
    masked : bool
        Rows have lengths of their own: the second input holds how many steps of each
        are valid, as integers of shape (rows,). Behind them a row keeps its state, the
        sequence is 0, and what x holds does not matter.

    Attributes
    ----------
    weight : Parameter, shape (features, gates * neurons)
    recurrent_weight : Parameter, shape (neurons, gates * neurons)
    bias : Parameter, shape (gates * neurons,), or None

    Raises
    ------
    ArgumentError, ShapeError
        For settings that cannot be; for inputs that are not (rows, time, features) or
        have other features than the first, and states or lengths that do not fit.
    """

    operation: ClassVar[type[Recurrence]]
    """Class attribute: what goes over the sequence."""

    weight: Parameter
    recurrent_weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        neurons: int,
        *,
        weight_init: Any = "glorot",
        recurrent_init: Any = "orthogonal",
        bias: bool = True,
        return_sequences: bool = False,
        return_state: bool = False,
        reverse: bool = False,
        unroll: bool = False,
        masked: bool = False,
    ) -> None:
        super().__init__(neurons)
        self.weight_init = as_initializer(weight_init)
        self.recurrent_init = as_initializer(recurrent_init)
        who = type(self).__name__
        self.has_bias = as_flag(bias, f"the bias of {who}")
        self.return_sequences = as_flag(return_sequences, f"return_sequences of {who}")
        self.return_state = as_flag(return_state, f"return_state of {who}")
        self.reverse = as_flag(reverse, f"reverse of {who}")
        self.unroll = as_flag(unroll, f"unroll of {who}")
        self.masked = as_flag(masked, f"masked of {who}")
        self.integer_input = self.masked  # lengths are whole numbers

    # -- set-up ------------------------------------------------------------------------
    def _setup_layer(self, x: Any, *others: Any) -> None:
        name = type(self).__name__
        lengths, before = self._sorted(others)
        check_sequence(name, x)
        for part, state in zip(self.operation.carries, before, strict=False):
            check_state(name, part, state, x, self.neurons)
        if self.masked:
            check_lengths(name, lengths[0], x)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        weight = self._draw(self.weight_init, x.shape[2], dtype)
        recurrent = self._draw(self.recurrent_init, self.neurons, dtype)
        self.weight = Parameter(on_page(weight), name="weight")
        self.recurrent_weight = Parameter(on_page(recurrent), name="recurrent_weight")
        self.bias = None
        if self.has_bias:
            self.bias = Parameter(on_page(self._initial_bias(dtype)), name="bias")

    def _draw(self, initializer: Any, rows: int, dtype: Any) -> np.ndarray:
        """Draw one matrix for each gate, side by side."""
        shape = (int(rows), self.neurons)
        gates = [
            initial_weights(initializer, self.rng, shape, dtype)
            for _ in range(self.operation.gates)
        ]
        return np.concatenate(gates, axis=1)

    def _initial_bias(self, dtype: Any) -> np.ndarray:
        return np.zeros(self.operation.gates * self.neurons, dtype)

    # -- the graph ---------------------------------------------------------------------
    def _connect(self, x: Any, *others: Any) -> Any:
        lengths, before = self._sorted(others)
        if not before:
            zeros = InitialState(self.neurons)(x)
            before = (zeros,) * len(self.operation.carries)
        recipe = self.operation(**self._settings())
        inputs = (x, *before, *self._weights(), *lengths)
        if self.unroll:
            x._need_value(f"{type(self).__name__}(unroll=True)")
            return recipe.run(*inputs)[0]
        node = recipe(*inputs)
        if not self.return_state:
            return node
        names = ("output", *self.operation.carries)
        outputs = outputs_of(node, len(names))
        for name, output in zip(names, outputs, strict=True):
            output.name = name
        return outputs

    def _settings(self) -> dict[str, Any]:
        """Give the settings of the operation."""
        names = ("return_sequences", "return_state", "reverse", "masked")
        return {name: getattr(self, name) for name in names}

    def _weights(self) -> list[Parameter]:
        """List the parameters in the order of the operation's inputs."""
        weights = [self.weight, self.recurrent_weight]
        return weights if self.bias is None else [*weights, self.bias]

    def _sorted(self, others: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
        """Tell the lengths from the initial state; either may be empty."""
        carries = self.operation.carries
        lengths, before = others[: self.masked], others[self.masked :]
        if len(lengths) < self.masked or len(before) not in (0, len(carries)):
            always = "x, lengths" if self.masked else "x"
            raise ArgumentError(
                f"{type(self).__name__} takes ({always}) or "
                f"({always}, {', '.join(carries)}), {1 + len(others)} inputs given"
            )
        return lengths, before


class RNN(Recurrent):
    r"""The simple recurrent layer: :math:`h_t = \tanh(x_t W + h_{t-1} U + b)`.

    See :class:`~graphnn.ops.rnn.RNNSequence` for where the formula is from.

    Parameters
    ----------
    neurons : int
    activation : {"tanh", "relu"}
    **settings
        See :class:`graphnn.Recurrent`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.RNN(8)
    >>> layer.forward(np.ones((2, 5, 3))).shape
    (2, 8)
    >>> layer.backward(np.ones((2, 8))).shape
    (2, 5, 3)
    """

    operation = RNNSequence

    def __init__(self, neurons: int, activation: str = "tanh", **settings: Any) -> None:
        super().__init__(neurons, **settings)
        self.activation = RNNSequence(activation).activation

    def _settings(self) -> dict[str, Any]:
        return {"activation": self.activation, **super()._settings()}


class LSTM(Recurrent):
    """Long short-term memory.

    See :class:`~graphnn.ops.lstm.LSTMSequence` for the formulas and where they are
    from.

    Parameters
    ----------
    neurons : int
    forget_bias : float
        What the bias of the forget gate starts with; the others start with 0. With 1 a
        new layer remembers, and gradients reach far back: R. Jozefowicz, W. Zaremba, I.
        Sutskever, "An empirical exploration of recurrent network architectures", ICML
        2015. (Keras does the same; PyTorch does not.)
    **settings
        See :class:`graphnn.Recurrent`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.LSTM(8, return_sequences=True, return_state=True)
    >>> output, h, c = layer.forward(np.ones((2, 5, 3)))
    >>> output.shape, h.shape, c.shape
    ((2, 5, 8), (2, 8), (2, 8))

    The same graph as a textbook draws it:

    >>> layer = gn.LSTM(8, unroll=True)
    >>> _ = layer.forward(np.ones((2, 5, 3)))
    >>> layer.graph["lstm_1/step_4/forget_gate"].shape
    (2, 8)
    """

    operation = LSTMSequence

    def __init__(
        self, neurons: int, *, forget_bias: float = 1.0, **settings: Any
    ) -> None:
        super().__init__(neurons, **settings)
        self.forget_bias = as_number(forget_bias, "the forget_bias of LSTM")

    def _initial_bias(self, dtype: Any) -> np.ndarray:
        bias = super()._initial_bias(dtype)
        bias[self.neurons : 2 * self.neurons] = self.forget_bias  # of i, f, g, o
        return bias


class GRU(Recurrent):
    """Gated recurrent units.

    See :class:`~graphnn.ops.gru.GRUSequence` for the formulas and where they are from.

    Parameters
    ----------
    neurons : int
    **settings
        See :class:`graphnn.Recurrent`.

    Attributes
    ----------
    recurrent_bias : Parameter, shape (neurons,), or None
        What the reset gate lets through along with the state. (PyTorch has one for the
        other gates as well, where it only adds to the bias.)

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.GRU(8, return_sequences=True)
    >>> layer.forward(np.ones((2, 5, 3))).shape
    (2, 5, 8)
    >>> [parameter.shape for parameter in layer.parameters]
    [(3, 24), (8, 24), (24,), (8,)]
    """

    operation = GRUSequence
    recurrent_bias: Parameter | None

    def _setup_layer(self, x: Any, *others: Any) -> None:
        super()._setup_layer(x, *others)
        self.recurrent_bias = None
        if self.bias is not None:
            zeros = np.zeros(self.neurons, self.bias.value.dtype)
            self.recurrent_bias = Parameter(on_page(zeros), name="recurrent_bias")

    def _weights(self) -> list[Parameter]:
        weights = super()._weights()
        own = self.recurrent_bias
        return weights if own is None else [*weights, own]
