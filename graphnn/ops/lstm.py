"""Long short-term memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.ops.activations import Sigmoid
from graphnn.ops.recurrent import Recurrence, Step, applied, named


class LSTMSequence(Recurrence):
    r"""Long short-term memory over a sequence.

    .. math::

        i, f, g, o &= x_t W + h_{t-1} U + b \\
        c_t &= \sigma(f) \, c_{t-1} + \sigma(i) \tanh(g) \\
        h_t &= \sigma(o) \tanh(c_t)

    S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9 (8),
    1997; the forget gate f is by F. Gers, J. Schmidhuber, F. Cummins, "Learning to
    forget: continual prediction with LSTM", Neural Computation 12 (10), 2000. The
    inputs are x, h, c, W (features, 4 neurons), U (neurons, 4 neurons) and, if there is
    one, b (4 neurons,); the columns of the gates stand in the order i, f, g, o, as in
    PyTorch. See :class:`~graphnn.ops.recurrent.Recurrence` for the settings.

    Examples
    --------
    Gates half open, and a memory that starts with 2:

    >>> import numpy as np
    >>> lstm = LSTMSequence(return_state=True)
    >>> x, h, c = np.zeros((1, 2, 1)), np.zeros((1, 1)), np.array([[2.0]])
    >>> h, _, c = lstm.forward(x, h, c, np.zeros((1, 4)), np.zeros((1, 4)))
    >>> c
    array([[0.5]])
    >>> bool(h == 0.5 * np.tanh(0.5))
    True
    """

    carries = ("h", "c")
    gates = 4

    def _step(
        self, x: Any, before: tuple[Any, ...], weights: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        h, c = before
        weight, recurrent_weight, *bias = weights
        total = x @ weight + h @ recurrent_weight
        if bias:
            total = total + bias[0]
        i, f, g, o = np.split(total, 4, axis=1)
        i = named("input_gate", applied(Sigmoid, i))
        f = named("forget_gate", applied(Sigmoid, f))
        g = named("candidate", np.tanh(g))
        o = named("output_gate", applied(Sigmoid, o))
        c = named("c", f * c + i * g)
        squashed = np.tanh(c)
        h = named("h", o * squashed)
        return (h, c), (i, f, g, o, squashed)

    def _step_grads(
        self, after_grads: tuple[Any, ...], step: Step, weights: tuple[Any, ...]
    ) -> tuple[Any, Any, tuple[Any, ...]]:
        h_grad, c_grad = after_grads
        _, c_before = step.before
        i, f, g, o, squashed = step.saved
        c_grad = c_grad + h_grad * o * (1.0 - squashed * squashed)
        total_grad = np.concatenate(
            [
                c_grad * g * i * (1.0 - i),
                c_grad * c_before * f * (1.0 - f),
                c_grad * i * (1.0 - g * g),
                h_grad * squashed * o * (1.0 - o),
            ],
            axis=1,
        )
        return total_grad, total_grad, (total_grad @ weights[1].T, c_grad * f)
