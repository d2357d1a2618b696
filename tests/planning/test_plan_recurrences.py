"""Plans of recurrent layers over a grid of shapes: the bits of the stepped pass."""

import itertools

import numpy as np
import pytest
from agreement import check_agreement, planned_wholes

import graphnn as gn

KINDS = {
    "rnn": gn.RNN,
    "relu": lambda *a, **s: gn.RNN(*a, activation="relu", **s),
    "lstm": gn.LSTM,
    "gru": gn.GRU,
    "both ways": lambda *a, **s: gn.Bidirectional(gn.LSTM(*a, **s)),
}
SHAPES = [(1, 1, 1, 1), (1, 7, 3, 5), (5, 1, 2, 3), (3, 4, 5, 7), (64, 2, 3, 64)]
SETTINGS = [
    {},
    {"return_sequences": True, "bias": False},
    {"return_sequences": True, "return_state": True, "reverse": True},
    {"return_state": True, "masked": True},
]
GRID = list(itertools.product(SHAPES, SETTINGS, [np.float32, np.float64]))


@pytest.mark.parametrize(("shape", "settings", "dtype"), GRID)
@pytest.mark.parametrize("kind", KINDS)
def test_recurrent_layers(kind, shape, settings, dtype):
    if kind == "both ways" and "reverse" in settings:
        settings = {key: settings[key] for key in settings if key != "reverse"}
    rows, steps, features, neurons = shape
    rng = np.random.default_rng(3)

    def draw():
        return rng.normal(size=(rows, steps, features)).astype(dtype)

    x = gn.Input("x", value=draw())
    others = []
    if "masked" in settings:
        others = [gn.Input("lengths", value=rng.integers(0, steps + 1, rows))]
    outputs = KINDS[kind](neurons, **settings)(x, *others)
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    loss = sum(np.sum(np.sin(part) * (0.5 + i)) for i, part in enumerate(parts))
    plan = loss.graph.plan(loss, gradients_of=[*loss.graph.parameters, x])
    assert planned_wholes(plan) == set()
    for _ in range(2):
        assert check_agreement(plan, {x: draw()})
