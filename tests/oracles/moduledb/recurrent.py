"""Recurrent layers: one or several, in one direction or in both."""

import numpy as np
from moduledb.table import Use, Weight, counterpart, leave, of_one_row

import graphnn as gn

LAYERS = {"RNN": gn.RNN, "LSTM": gn.LSTM, "GRU": gn.GRU}


class Stack:
    """What PyTorch has in one module: layers on top of each other, both ways."""

    def __init__(self, module):
        self.module = module
        self.kind = type(module).__name__
        self.directions = 2 if module.bidirectional else 1
        settings = {"activation": module.nonlinearity} if self.kind == "RNN" else {}
        self.layers = [
            LAYERS[self.kind](
                module.hidden_size,
                bias=module.bias,
                return_sequences=True,
                return_state=True,
                reverse=number % self.directions == 1,
                **settings,
            )
            for number in range(module.num_layers * self.directions)
        ]

    def __call__(self, x, *before):
        if not self.module.batch_first:
            x = np.swapaxes(x, 0, 1)
        ends = []
        for level in range(self.module.num_layers):
            sequences = []
            for direction in range(self.directions):
                number = level * self.directions + direction
                start = [part[number] for part in before]
                sequence, *end = self.layers[number](x, *start)
                sequences.append(sequence)
                ends.append(end)
            x = sequences[0]
            if self.directions == 2:
                x = np.concatenate(sequences, axis=-1)
        if not self.module.batch_first:
            x = np.swapaxes(x, 0, 1)
        return x, *[np.stack(parts) for parts in zip(*ends, strict=True)]

    def weights(self):
        """Pair all parameters."""
        for number, layer in enumerate(self.layers):
            suffix = f"l{number // self.directions}"
            suffix += "_reverse" if number % self.directions else ""
            theirs = {
                name: getattr(self.module, f"{name}_{suffix}")
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                if self.module.bias or name.startswith("weight")
            }
            yield Weight(layer.weight, theirs["weight_ih"], np.transpose)
            yield Weight(layer.recurrent_weight, theirs["weight_hh"], np.transpose)
            if layer.bias is not None:
                yield from self.biases(layer, theirs)

    def biases(self, layer, theirs):
        """Pair the biases: PyTorch has two that only add up, except in a GRU."""
        if self.kind != "GRU":
            theirs["bias_hh"].data.zero_()
            yield Weight(layer.bias, theirs["bias_hh"])
            yield Weight(layer.bias, theirs["bias_ih"])  # the last one sets the value
            return
        size = layer.neurons
        theirs["bias_hh"].data[: 2 * size] = 0
        yield Weight(layer.bias, theirs["bias_ih"])
        yield Weight(
            layer.recurrent_bias, theirs["bias_hh"], lambda array: array[2 * size :]
        )


@counterpart("RNN", "LSTM", "GRU")
def recurrent(module, x, before=None):
    leave(getattr(module, "proj_size", 0), "an LSTM whose outputs are projected")
    stack = Stack(module)
    start = () if before is None else before
    start = start if isinstance(start, tuple) else (start,)
    call = stack
    if x.ndim == 2:
        batch_axis = 0 if module.batch_first else 1

        def call(x, *start):
            x = np.expand_dims(x, batch_axis)
            sequence, *ends = stack(x, *[np.expand_dims(part, 1) for part in start])
            sequence = np.squeeze(sequence, batch_axis)
            return sequence, *[np.squeeze(part, 1) for part in ends]

    return Use(call, [x, *start], lambda: list(stack.weights()))


@counterpart("RNNCell", "LSTMCell", "GRUCell")
def cell(module, x, before=None):
    kind = type(module).__name__.removesuffix("Cell")
    settings = {"activation": module.nonlinearity} if kind == "RNN" else {}
    layer = LAYERS[kind](module.hidden_size, bias=module.bias, **settings)
    layer.return_state = True
    start = () if before is None else before
    start = start if isinstance(start, tuple) else (start,)

    def call(x, *start):
        _, *end = layer(np.expand_dims(x, 1), *start)
        return tuple(end) if len(end) > 1 else end[0]

    def weights():
        found = [
            Weight(layer.weight, module.weight_ih, np.transpose),
            Weight(layer.recurrent_weight, module.weight_hh, np.transpose),
        ]
        if module.bias:
            one = Stack.__new__(Stack)
            one.kind = kind
            theirs = {"bias_ih": module.bias_ih, "bias_hh": module.bias_hh}
            found += one.biases(layer, theirs)
        return found

    return Use(of_one_row(call) if x.ndim == 1 else call, [x, *start], weights)
