"""The gated recurrent unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.ops.activations import Sigmoid
from graphnn.ops.recurrent import Recurrence, Step, applied, named


class GRUSequence(Recurrence):
    r"""Gated recurrent units over a sequence.

    .. math::

        r &= \sigma(x_t W_r + h_{t-1} U_r + b_r) \\
        z &= \sigma(x_t W_z + h_{t-1} U_z + b_z) \\
        n &= \tanh(x_t W_n + b_n + r \, (h_{t-1} U_n + b_{hn})) \\
        h_t &= (1 - z) \, n + z \, h_{t-1}

    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", EMNLP 2014. The reset gate r comes after the
    recurrent product, as in cuDNN and PyTorch, so that one product serves all gates.
    The inputs are x, h, W (features, 3 neurons), U (neurons, 3 neurons) and, if there
    are any, b (3 neurons,) and :math:`b_{hn}` (neurons,); the columns of the gates
    stand in the order r, z, n. See :class:`~graphnn.ops.recurrent.Recurrence` for the
    settings.

    Examples
    --------
    Gates half open, no candidate: each step halves the state.

    >>> import numpy as np
    >>> gru = GRUSequence()
    >>> x, h = np.zeros((1, 3, 1)), np.array([[8.0]])
    >>> gru.forward(x, h, np.zeros((1, 3)), np.zeros((1, 3)))
    array([[1.]])
    """

    gates = 3

    def _step(
        self, x: Any, before: tuple[Any, ...], weights: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        (h,) = before
        weight, recurrent_weight, *biases = weights
        from_input = x @ weight
        if biases:
            from_input = from_input + biases[0]
        r, z, n = np.split(from_input, 3, axis=1)
        r_recurrent, z_recurrent, recalled = np.split(h @ recurrent_weight, 3, axis=1)
        if biases:
            recalled = recalled + biases[1]
        r = named("reset_gate", applied(Sigmoid, r + r_recurrent))
        z = named("update_gate", applied(Sigmoid, z + z_recurrent))
        n = named("candidate", np.tanh(n + r * recalled))
        h = named("h", (1.0 - z) * n + z * h)
        return (h,), (r, z, n, recalled)

    def _step_grads(
        self, after_grads: tuple[Any, ...], step: Step, weights: tuple[Any, ...]
    ) -> tuple[Any, Any, tuple[Any, ...]]:
        (h_grad,), (h_before,) = after_grads, step.before
        r, z, n, recalled = step.saved
        n_grad = h_grad * (1.0 - z) * (1.0 - n * n)
        z_grad = h_grad * (h_before - n) * z * (1.0 - z)
        r_grad = n_grad * recalled * r * (1.0 - r)
        from_input_grad = np.concatenate([r_grad, z_grad, n_grad], axis=1)
        recurrent_grad = np.concatenate([r_grad, z_grad, n_grad * r], axis=1)
        before_grad = h_grad * z + recurrent_grad @ weights[1].T
        return from_input_grad, recurrent_grad, (before_grad,)

    def _bias_grads(self, input_sums_grad: Any, recurrent_sums_grad: Any) -> list[Any]:
        neurons = recurrent_sums_grad.shape[1] // 3
        return [
            np.sum(input_sums_grad, axis=0),
            np.sum(recurrent_sums_grad[:, 2 * neurons :], axis=0),
        ]
