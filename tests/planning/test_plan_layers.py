"""Plans of every kind of layer leave the bits that the stepped pass leaves."""

import numpy as np
import pytest
from agreement import check_agreement, planned_wholes

import graphnn as gn

IDS = np.array([[1, 0, 2], [3, 1, 1]])
LAYERS = {
    "dense": (lambda: gn.Dense(3, "gelu"), (4, 5)),
    "dropout": (lambda: gn.Dropout(0.6), (4, 5)),
    "batch norm": (lambda: gn.BatchNorm(), (4, 5)),
    "layer norm": (lambda: gn.LayerNorm(), (4, 5)),
    "rms norm": (lambda: gn.RMSNorm(), (4, 5)),
    "conv 2d": (lambda: gn.Conv2D(3, 3), (2, 6, 6, 2)),
    "conv 1d": (lambda: gn.Conv1D(3, 3), (2, 6, 2)),
    "transposed": (lambda: gn.ConvTranspose2D(3, 3), (2, 4, 4, 2)),
    "max pool": (lambda: gn.MaxPool2D(2), (2, 6, 6, 2)),
    "average pool": (lambda: gn.AveragePool2D(2), (2, 6, 6, 2)),
    "flatten": (lambda: gn.Flatten(), (2, 6, 2)),
    "rnn": (lambda: gn.RNN(4), (3, 5, 2)),
    "lstm": (lambda: gn.LSTM(4), (3, 5, 2)),
    "gru": (lambda: gn.GRU(4), (3, 5, 2)),
    "bidirectional": (lambda: gn.Bidirectional(gn.LSTM(4)), (3, 5, 2)),
    "attention": (lambda: gn.MultiHeadAttention(2), (2, 5, 4)),
    "embedding": (lambda: gn.Embedding(4, 3), None),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_layers(name, training):
    make, shape = LAYERS[name]
    for dtype in (np.float32, np.float64):
        rng = np.random.default_rng(3)

        def draw(shape=shape, rng=rng, dtype=dtype):
            return (
                rng.permutation(IDS.ravel()).reshape(IDS.shape)
                if shape is None
                else rng.normal(size=shape).astype(dtype)
            )

        x = gn.Input("x", value=draw())
        loss = np.mean(np.sin(make()(x)) * 0.5)
        wrt = list(loss.graph.parameters) + ([] if shape is None else [x])
        plan = loss.graph.plan(loss, gradients_of=wrt, training=training)
        assert planned_wholes(plan) == set()
        for _ in range(3):
            assert check_agreement(plan, {x: draw()})
