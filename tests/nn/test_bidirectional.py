"""Both directions at once."""

import numpy as np
import pytest

import graphnn as gn

MERGES = {
    "concatenate": lambda a, b: np.concatenate([a, b], axis=-1),
    "sum": lambda a, b: a + b,
    "average": lambda a, b: (a + b) / 2,
    "multiply": lambda a, b: a * b,
}


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def made(layer, *arguments, seed=3):
    layer = gn.Bidirectional(layer, *arguments)
    layer.rng = np.random.default_rng(seed)
    return layer


def alone(layer, cls, **settings):
    """Make a plain layer that has the weights of one of the two."""
    fresh = cls(layer.neurons, **settings)
    fresh.reverse = layer.reverse

    def forward(x, *others):
        fresh.forward(x, *others)
        for mine, its in zip(fresh.parameters, layer.parameters, strict=True):
            mine.value = its.value
        return fresh.forward(x, *others)

    return forward


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("cls", [gn.RNN, gn.LSTM, gn.GRU], ids=lambda c: c.__name__)
def test_merges(cls, merge, sequences):
    x = numbers(2, 5, 3)
    layer = made(cls(4, return_sequences=sequences), merge)
    found = layer.forward(x)
    parts = [
        alone(part, cls, return_sequences=sequences)(x)
        for part in (layer.forward_layer, layer.backward_layer)
    ]
    np.testing.assert_array_equal(found, MERGES[merge](*parts))
    assert layer.neurons == found.shape[-1]


def test_both():
    x = numbers(2, 5, 3)
    one, other = made(gn.GRU(4), None).forward(x)
    joined = made(gn.GRU(4)).forward(x)
    np.testing.assert_array_equal(np.concatenate([one, other], axis=1), joined)


def test_state():
    x = numbers(2, 5, 3)
    before = [numbers(2, 4, seed=i) for i in range(4)]
    layer = made(gn.LSTM(4, return_sequences=True, return_state=True))
    output, *state = layer.forward(x, *before)
    assert output.shape == (2, 5, 8)
    settings = {"return_sequences": True, "return_state": True}
    one, *ahead = alone(layer.forward_layer, gn.LSTM, **settings)(x, *before[:2])
    other, *back = alone(layer.backward_layer, gn.LSTM, **settings)(x, *before[2:])
    np.testing.assert_array_equal(output, np.concatenate([one, other], axis=2))
    np.testing.assert_array_equal(state, [*ahead, *back])
    np.testing.assert_array_equal(one[:, -1], ahead[0])
    np.testing.assert_array_equal(other[:, 0], back[0])
    both = made(gn.LSTM(4, return_state=True), None).forward(x)
    assert len(both) == 6


def test_rows_of_different_lengths():
    x, lengths = numbers(2, 5, 3), np.array([5, 2])
    layer = made(gn.GRU(4, return_sequences=True, masked=True))
    found = layer.forward(x, lengths)
    short = made(gn.GRU(4, return_sequences=True)).forward(x[1:, :2])
    np.testing.assert_allclose(found[1, :2], short[0], rtol=1e-13)
    np.testing.assert_array_equal(found[1, 2:], 0.0)


def test_parameters_and_seeds():
    layer = made(gn.LSTM(4))
    layer.forward(numbers(2, 5, 3))
    assert [p.name for p in layer.parameters] == [
        f"bidirectional_1/{direction}/{name}"
        for direction in ("forward", "backward")
        for name in ("weight", "recurrent_weight", "bias")
    ]
    again, other = made(gn.LSTM(4)), made(gn.LSTM(4), seed=4)
    for twin in (again, other):
        twin.forward(numbers(2, 5, 3))
    for one, same in zip(layer.params, again.params, strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(layer.params[0], other.params[0])
    assert not np.array_equal(layer.params[0], layer.params[3])


def test_two_copies_of_a_layer_with_a_generator_differ():
    pattern = gn.GRU(4)
    pattern.rng = np.random.default_rng(0)
    layer = gn.Bidirectional(pattern)
    layer.forward(numbers(2, 5, 3))
    ahead, back = layer.forward_layer, layer.backward_layer
    assert not np.array_equal(ahead.params[0], back.params[0])
    assert pattern.first


@pytest.mark.parametrize("merge", [*MERGES, None])
def test_gradients(merge):
    layer = made(gn.GRU(2, return_sequences=True), merge)
    assert gn.check_gradients(layer, numbers(2, 3, 2)).ok


def test_unrolled():
    x, seed = numbers(2, 4, 3), numbers(2, 8, seed=1)
    layer, unrolled = made(gn.LSTM(4)), made(gn.LSTM(4, unroll=True))
    np.testing.assert_array_equal(layer.forward(x), unrolled.forward(x))
    grad = layer.backward(seed)
    np.testing.assert_allclose(unrolled.backward(seed), grad, rtol=1e-12, atol=1e-15)
    assert "bidirectional_1/backward/step_3/forget_gate" in [
        node.name for node in unrolled.graph.nodes
    ]


def test_reversed_pattern():
    x = numbers(2, 4, 3)
    layer = gn.Bidirectional(gn.GRU(4, reverse=True, return_sequences=True), None)
    layer.forward(x)
    assert (layer.forward_layer.reverse, layer.backward_layer.reverse) == (True, False)


def test_in_a_network_on_other_batches():
    network = gn.NeuralNetwork(
        [
            gn.Bidirectional(gn.GRU(4, return_sequences=True)),
            gn.Bidirectional(gn.LSTM(3), "sum"),
            gn.Dense(1),
        ],
        loss=gn.MeanSquaredError(),
        seed=0,
    )
    first = network.train_batch(numbers(5, 6, 2), np.ones((5, 1)))
    assert all(np.any(grad) for grad in network.param_grads())
    assert network.train_batch(numbers(3, 9, 2), np.ones((3, 1))) != first
    assert network.predict(numbers(1, 1, 2)).shape == (1, 1)


def test_what_is_refused():
    with pytest.raises(gn.ArgumentError, match="takes a recurrent layer, not <Dense"):
        gn.Bidirectional(gn.Dense(4))
    with pytest.raises(gn.ArgumentError, match=r"unknown merge 'add'"):
        gn.Bidirectional(gn.GRU(4), "add")
    with pytest.raises(gn.ArgumentError, match="Did you mean 'concatenate'"):
        gn.Bidirectional(gn.GRU(4), "concat")
    used = gn.GRU(4)
    used.forward(numbers(2, 4, 3))
    with pytest.raises(gn.ArgumentError, match=r"<GRU 'gru_1': 4 neurons> is set up"):
        gn.Bidirectional(used)
    layer = gn.Bidirectional(gn.LSTM(4))
    message = r"takes \(x\) or \(x, h, c, h, c\), 3 inputs given"
    with pytest.raises(gn.ArgumentError, match=message):
        layer.forward(numbers(2, 4, 3), numbers(2, 4), numbers(2, 4))
    with pytest.raises(gn.ShapeError, match=r"\(rows, time, features\), not \(2, 4\)"):
        layer.forward(numbers(2, 4))
    assert layer.forward(numbers(2, 4, 3)).shape == (2, 8)
