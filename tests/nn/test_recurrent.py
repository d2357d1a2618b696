"""Recurrent layers: set-up, settings, states, lengths, unrolling, bad input."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn

LAYERS = [gn.RNN, gn.LSTM, gn.GRU]
GATES = {gn.RNN: 1, gn.LSTM: 4, gn.GRU: 3}
PARTS = {gn.RNN: 1, gn.LSTM: 2, gn.GRU: 1}
EVERYTHING = {"return_sequences": True, "return_state": True}

by_layer = pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def made(cls, *arguments, seed=3, **settings):
    """Make a layer with a seed, so that a second one has the same weights."""
    layer = cls(*arguments, **settings)
    layer.rng = np.random.default_rng(seed)
    return layer


def states(cls, rows=2, neurons=4):
    return [numbers(rows, neurons, seed=8 + part) for part in range(PARTS[cls])]


# -- set-up ----------------------------------------------------------------------------
@by_layer
def test_parameters(cls):
    layer = made(cls, 4)
    layer.forward(numbers(2, 5, 3))
    gates = GATES[cls]
    shapes = [(3, gates * 4), (4, gates * 4), (gates * 4,)]
    assert [p.shape for p in layer.parameters][:3] == shapes
    assert len(layer.parameters) == (4 if cls is gn.GRU else 3)
    scope = f"{cls.__name__.lower()}_1"
    assert layer.weight.name == f"{scope}/weight"
    assert layer.recurrent_weight.name == f"{scope}/recurrent_weight"
    for gate in np.split(layer.recurrent_weight.value, gates, axis=1):
        np.testing.assert_allclose(gate @ gate.T, np.eye(4), atol=1e-12)
    bias = np.zeros(gates * 4)
    if cls is gn.LSTM:
        bias[4:8] = 1.0
    np.testing.assert_array_equal(layer.bias.value, bias)


def test_each_gate_is_drawn_by_itself():
    layer = made(gn.LSTM, 60)
    layer.forward(numbers(2, 5, 100))
    gates = np.split(layer.weight.value, 4, axis=1)
    for gate in gates:
        assert np.std(gate) == pytest.approx(np.sqrt(2 / 160), rel=0.05)
    assert not np.allclose(gates[0], gates[1])


def test_forget_bias():
    layer = gn.LSTM(2, forget_bias=-0.5)
    layer.forward(numbers(2, 5, 3))
    np.testing.assert_array_equal(layer.bias.value, [0, 0, -0.5, -0.5, 0, 0, 0, 0])


@by_layer
def test_without_bias(cls):
    layer = made(cls, 4, bias=False)
    layer.forward(numbers(2, 5, 3))
    assert layer.bias is None
    assert len(layer.parameters) == 2
    layer.backward(np.ones((2, 4)))
    assert all(np.any(grad) for grad in layer.param_grads)


@by_layer
def test_initialisers(cls):
    layer = cls(4, weight_init="ones", recurrent_init=lambda rng, shape: np.eye(4))
    layer.forward(numbers(2, 5, 3))
    np.testing.assert_array_equal(layer.weight.value, 1.0)
    eyes = np.tile(np.eye(4), GATES[cls])
    np.testing.assert_array_equal(layer.recurrent_weight.value, eyes)


@by_layer
def test_float32(cls):
    layer = cls(4, **EVERYTHING)
    outputs = layer.forward(numbers(2, 5, 3).astype(np.float32))
    assert {part.dtype for part in outputs} == {np.dtype(np.float32)}
    grad = layer.backward(tuple(np.ones_like(part) for part in outputs))
    assert grad.dtype == np.float32
    assert {array.dtype for array in layer.params} == {np.dtype(np.float32)}
    assert {array.dtype for array in layer.param_grads} == {np.dtype(np.float32)}


@by_layer
def test_whole_numbers(cls):
    layer = cls(4)
    counts = np.arange(30).reshape(2, 5, 3)
    output = layer.forward(counts)
    assert output.dtype == np.float64
    assert layer.backward(np.ones((2, 4))) is None
    np.testing.assert_array_equal(output, layer.forward(counts.astype(float)))


# -- outputs ---------------------------------------------------------------------------
@by_layer
def test_outputs(cls):
    x = numbers(2, 5, 3)
    sequence, *state = made(cls, 4, **EVERYTHING).forward(x)
    assert sequence.shape == (2, 5, 4)
    assert [part.shape for part in state] == [(2, 4)] * PARTS[cls]
    np.testing.assert_array_equal(made(cls, 4).forward(x), sequence[:, -1])
    found = made(cls, 4, return_sequences=True).forward(x)
    np.testing.assert_array_equal(found, sequence)
    last, *state_again = made(cls, 4, return_state=True).forward(x)
    np.testing.assert_array_equal(last, state[0])
    np.testing.assert_array_equal(state_again, state)


def test_outputs_have_names():
    x = gn.Input("x", value=numbers(2, 5, 3))
    names = [node.name for node in gn.LSTM(4, return_state=True)(x)]
    assert names == ["lstm_1/output", "lstm_1/h", "lstm_1/c"]
    again = gn.GRU(4, return_state=True, unroll=True)(x)
    assert [node.name for node in again] == ["gru_1/step_4/h", "gru_1/step_4/h"]
    assert x.graph["gru_1/x_2"].shape == (2, 3)


@by_layer
def test_reverse_keeps_the_time_of_what_it_gives(cls):
    x = numbers(2, 5, 3)
    ahead = made(cls, 4, return_sequences=True).forward(x[:, ::-1])
    back = made(cls, 4, return_sequences=True, reverse=True).forward(x)
    np.testing.assert_array_equal(back, ahead[:, ::-1])


@by_layer
def test_a_state_continues_a_sequence(cls):
    x = numbers(2, 6, 3)
    whole = made(cls, 4, return_sequences=True).forward(x)
    first, *state = made(cls, 4, **EVERYTHING).forward(x[:, :2])
    rest = made(cls, 4, return_sequences=True).forward(x[:, 2:], *state)
    np.testing.assert_array_equal(np.concatenate([first, rest], axis=1), whole)


@by_layer
def test_gradients_of_the_initial_state(cls):
    layer = made(cls, 4)
    layer.forward(numbers(2, 5, 3), *states(cls))
    grads = layer.backward(np.ones((2, 4)))
    assert [grad.shape for grad in grads] == [(2, 5, 3)] + [(2, 4)] * PARTS[cls]
    assert all(np.any(grad) for grad in grads)


def test_relu():
    layer = gn.RNN(2, "relu", recurrent_init="zeros", weight_init="ones")
    np.testing.assert_array_equal(
        layer.forward(np.array([[[-3.0]], [[2.0]]])), [[0.0, 0.0], [2.0, 2.0]]
    )


def test_from_an_encoder_to_a_decoder():
    x, y = numbers(2, 5, 3), numbers(2, 4, 3, seed=1)

    class Translator(gn.Layer):
        def __init__(self):
            self.encoder = gn.LSTM(4, return_state=True)
            self.decoder = gn.LSTM(4, return_sequences=True)

        def _connect(self, source, target):
            _, h, c = self.encoder(source)
            return self.decoder(target, h, c)

    layer = Translator()
    assert layer.forward(x, y).shape == (2, 4, 4)
    grads = layer.backward(np.ones((2, 4, 4)))
    assert np.all(grads[0] != 0)
    assert gn.check_gradients(Translator(), x, y).ok


# -- gradients -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings",
    [{}, {"unroll": True}, {"reverse": True, "return_sequences": True}],
    ids=["plain", "unrolled", "reversed"],
)
@by_layer
def test_gradients(cls, settings):
    report = gn.check_gradients(made(cls, 3, **settings), numbers(2, 3, 2))
    assert report.ok
    assert not report.remarks


@by_layer
def test_gradients_of_everything(cls):
    layer = made(cls, 3, masked=True, **EVERYTHING)
    x, lengths = numbers(3, 3, 2), np.array([3, 1, 2])
    assert gn.check_gradients(layer, x, lengths, *states(cls, 3, 3)).ok


def test_rectified_units():
    assert gn.check_gradients(made(gn.RNN, 3, "relu"), numbers(2, 3, 2)).ok


# -- unrolled --------------------------------------------------------------------------
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@by_layer
def test_unrolled(cls, reverse, sequences):
    x, seeds = numbers(2, 5, 3), []
    found = []
    for unroll in (False, True):
        settings = {"return_sequences": sequences, "return_state": True}
        layer = made(cls, 4, unroll=unroll, reverse=reverse, **settings)
        outputs = layer.forward(x, *states(cls))
        seeds = seeds or [np.cos(part) for part in outputs]
        grads = layer.backward(tuple(seeds))
        found.append((outputs, grads, layer.param_grads))
    (outputs, *grads), (others, *other_grads) = found
    for one, other in zip(outputs, others, strict=True):
        np.testing.assert_array_equal(one, other)
    for group, others in zip(grads, other_grads, strict=True):
        for one, other in zip(group, others, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_unrolled_steps_have_scopes():
    layer = gn.LSTM(4, unroll=True)
    layer.forward(numbers(2, 3, 5))
    names = [node.name for node in layer.graph.nodes]
    gates = ["input_gate", "forget_gate", "candidate", "output_gate", "c", "h"]
    for step in range(3):
        assert {f"lstm_1/step_{step}/{gate}" for gate in gates} <= set(names)
    assert layer.output is layer.graph["lstm_1/step_2/h"].output
    assert layer.graph["lstm_1/step_1/c"].source.line == layer._source.line


@by_layer
def test_unrolled_on_other_batches(cls):
    layer = made(cls, 4, unroll=True)
    layer.forward(numbers(2, 5, 3))
    for rows in (7, 1):
        x = numbers(rows, 5, 3, seed=rows)
        np.testing.assert_array_equal(layer.forward(x), made(cls, 4).forward(x))
    with pytest.raises(gn.ShapeError, match=r"unrolled for 5 time steps, .* have 6"):
        layer.forward(numbers(2, 6, 3))
    assert layer.forward(numbers(2, 5, 3)).shape == (2, 4)


def test_unrolled_needs_a_value():
    x = gn.Input("x", value=numbers(2, 5, 3))
    layer = gn.GRU(4, unroll=True)
    layer(x)
    with pytest.raises(gn.UnsupportedError, match=r"unroll=True\) of y .* no value"):
        layer(gn.Input("y"))


# -- batches of other sizes, lengths, copies -------------------------------------------
@by_layer
def test_other_rows_and_other_lengths(cls):
    layer = made(cls, 4, return_sequences=True)
    layer.forward(numbers(2, 5, 3))
    for rows, steps in [(3, 5), (1, 8), (4, 1)]:
        x = numbers(rows, steps, 3)
        fresh = made(cls, 4, return_sequences=True)
        np.testing.assert_array_equal(layer.forward(x), fresh.forward(x))
        seed = numbers(rows, steps, 4, seed=1)
        np.testing.assert_array_equal(layer.backward(seed), fresh.backward(seed))
        for one, other in zip(layer.param_grads, fresh.param_grads, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("unroll", [False, True])
@by_layer
def test_rows_of_different_lengths(cls, unroll):
    x, lengths = numbers(3, 5, 2), np.array([5, 2, 3])
    layer = made(cls, 4, masked=True, unroll=unroll, **EVERYTHING)
    sequence, *state = layer.forward(x, lengths)
    for row, length in enumerate(lengths):
        alone, *end = made(cls, 4, **EVERYTHING).forward(x[row : row + 1, :length])
        np.testing.assert_allclose(sequence[row, :length], alone[0], rtol=1e-13)
        np.testing.assert_array_equal(sequence[row, length:], 0.0)
        for one, other in zip(state, end, strict=True):
            np.testing.assert_allclose(one[row], other[0], rtol=1e-13)
    grads = layer.backward((np.ones((3, 5, 4)), *[None] * PARTS[cls]))
    assert grads[1] is None
    assert not np.any(grads[0][1, 2:])
    shorter, *_ = layer.forward(x, np.array([1, 2, 3]))
    np.testing.assert_array_equal(shorter[0, 1:], 0.0)


@by_layer
def test_shared(cls):
    layer = made(cls, 4)
    a, b = gn.Input("a", value=numbers(2, 5, 3)), gn.Input("b", value=numbers(3, 2, 3))
    one, other = layer(a), layer(b)
    count = len(layer.parameters)
    total = np.sum(one) + np.sum(other)
    assert len(total.graph.parameters) == count
    total.backward()
    together = [np.array(p.grad) for p in layer.parameters]
    np.sum(one).backward()
    first = [np.array(p.grad) for p in layer.parameters]
    np.sum(other).backward()
    for both, part, node in zip(together, first, layer.parameters, strict=True):
        np.testing.assert_allclose(both, part + node.grad, rtol=1e-12)


@by_layer
def test_before_there_is_a_value(cls):
    layer = made(cls, 4, **EVERYTHING)
    layer(gn.Input("x", value=numbers(2, 5, 3)))
    later = gn.Input("later")
    outputs = layer(later)
    assert len(outputs) == 1 + PARTS[cls]
    x = numbers(3, 2, 3)
    found = later.graph.forward({later: x}, target=list(outputs))
    expected = made(cls, 4, **EVERYTHING).forward(x)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))]
)
@by_layer
def test_copies(cls, duplicate):
    layer = made(cls, 4)
    x = numbers(2, 5, 3)
    output = layer.forward(x)
    twin = duplicate(layer)
    np.testing.assert_array_equal(twin.forward(x), output)
    twin.params[0][...] = 0.0
    assert not np.array_equal(twin.forward(x), output)
    np.testing.assert_array_equal(layer.forward(x), output)


# -- in a network ----------------------------------------------------------------------
def test_stacked():
    network = gn.NeuralNetwork(
        [gn.LSTM(6, return_sequences=True), gn.LSTM(5), gn.Dense(2)],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    network.train_batch(numbers(4, 7, 3), np.array([0, 1, 1, 0]))
    shapes = [(3, 24), (6, 24), (24,), (6, 20), (5, 20), (20,), (5, 2), (1, 2)]
    assert [grad.shape for grad in network.param_grads()] == shapes
    assert network.predict(numbers(1, 9, 3)).shape == (1, 2)


@pytest.mark.parametrize(
    "layer",
    [gn.LSTM(12), gn.GRU(12), gn.RNN(12)],
    ids=lambda layer: type(layer).__name__,
)
def test_learns_what_came_first(layer):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 8, 2))
    y = (x[:, 0, :1] > 0).astype(float)
    x[:, 0, 0] = np.sign(x[:, 0, 0]) * 2
    network = gn.NeuralNetwork(
        [layer, gn.Dense(1, "sigmoid")], gn.MeanSquaredError(), seed=2
    )
    trainer = gn.Trainer(network, gn.SGD(lr=0.5))
    trainer.fit(x, y, epochs=40, batch_size=20, seed=0)
    assert np.mean((network.predict(x) > 0.5) == y) > 0.95


# -- what is refused -------------------------------------------------------------------
@by_layer
@pytest.mark.parametrize(
    ("neurons", "message"),
    [
        (0, "the neurons of [A-Z]+: at least 1 is needed, not 0"),
        (-3, "at least 1 is needed, not -3"),
        (2.0, r"a whole number is needed, not 2\.0"),
        (True, "a whole number is needed, not True"),
    ],
)
def test_neurons(cls, neurons, message):
    with pytest.raises(gn.ArgumentError, match=message):
        cls(neurons)


@by_layer
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4,), r"takes sequences of shape \(rows, time, features\), not \(4,\)"),
        ((4, 3), r"not \(4, 3\)\nA single sequence .* x\[:, :, np.newaxis\]"),
        ((4, 3, 2, 2), r"not \(4, 3, 2, 2\)"),
        ((4, 0, 2), r"x has shape \(4, 0, 2\): there are no time steps"),
    ],
)
def test_shapes(cls, shape, message):
    layer = cls(4)
    with pytest.raises(gn.ShapeError, match=f"{cls.__name__}.*{message}"):
        layer.forward(np.ones(shape))
    assert layer.first
    assert layer.forward(np.ones((4, 3, 2))).shape == (4, 4)
    with pytest.raises(gn.ShapeError, match=message):
        layer.forward(np.ones(shape))
    assert layer.forward(np.ones((2, 1, 2))).shape == (2, 4)


@by_layer
def test_features_of_another_number(cls):
    layer = cls(4)
    layer.forward(np.ones((2, 3, 5)))
    message = r"_1/[a-z]+_sequence .*x has 6 features .* was made for 5"
    with pytest.raises(gn.ShapeError, match=message):
        layer.forward(np.ones((2, 3, 6)))
    with pytest.raises(gn.ShapeError, match="x has 6 features"):
        layer(gn.Input("x", value=np.ones((2, 3, 6))))
    assert layer.forward(np.ones((2, 3, 5))).shape == (2, 4)


@by_layer
def test_initial_states_that_do_not_fit(cls):
    layer = cls(4)
    *good, _ = states(cls)
    wrong = numbers(2, 5)
    part = "hc"[PARTS[cls] - 1]
    message = rf"initial state {part} has shape \(2, 5\), not \(2, 4\)"
    with pytest.raises(gn.ShapeError, match=message):
        layer.forward(numbers(2, 3, 2), *good, wrong)
    assert layer.first
    x = gn.Input("x", value=numbers(2, 3, 2))
    layer(x)
    with pytest.raises(gn.ShapeError, match=message):
        layer(x, *good, wrong)
    with pytest.raises(gn.ArgumentError, match=r"takes \(x\) or \(x, h.*5 inputs"):
        layer(x, *[wrong] * 4)


def test_half_a_state():
    x, h = numbers(2, 3, 2), numbers(2, 4)
    with pytest.raises(
        gn.ArgumentError, match=r"takes \(x\) or \(x, h, c\), 2 inputs given"
    ):
        gn.LSTM(4).forward(x, h)
    masked = gn.LSTM(4, masked=True)
    message = r"takes \(x, lengths\) or \(x, lengths, h, c\), 1 inputs given"
    with pytest.raises(gn.ArgumentError, match=message):
        masked.forward(x)


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([1, 4], gn.ArgumentError, "GRU: a length of 4, and x has 3 time steps"),
        ([0.5, 2.0], gn.ArgumentError, "lengths are whole numbers, not float64"),
        ([[1], [2]], gn.ShapeError, r"lengths of shape \(2, 1\), not \(2,\)"),
    ],
)
def test_lengths_that_do_not_fit(lengths, error, message):
    layer = gn.GRU(4, masked=True)
    with pytest.raises(error, match=message):
        layer.forward(numbers(2, 3, 2), lengths)
    assert layer.forward(numbers(2, 3, 2), [1, 3]).shape == (2, 4)


def test_names_and_numbers_that_do_not_fit():
    with pytest.raises(gn.ArgumentError, match=r"not 'relo'\nDid you mean 'relu'"):
        gn.RNN(4, "relo")
    with pytest.raises(gn.ArgumentError, match="unknown initialiser 'orthogonall'"):
        gn.GRU(4, recurrent_init="orthogonall")
    with pytest.raises(gn.ArgumentError, match="forget_bias of LSTM is a finite"):
        gn.LSTM(4, forget_bias="one")
    with pytest.raises(TypeError, match="no setting 'forget_bias'"):
        gn.GRU(4, forget_bias=1.0)


def test_an_initialiser_of_another_shape():
    layer = gn.GRU(4, recurrent_init=lambda rng, shape: np.eye(3))
    with pytest.raises(gn.ShapeError, match=r"returned shape \(3, 3\), \(4, 4\) was"):
        layer.forward(numbers(2, 3, 2))


def test_complex_numbers():
    with pytest.raises(gn.ArgumentError, match="real numbers, not complex128"):
        gn.LSTM(4).forward(numbers(2, 3, 2) + 1j)


def test_lengths_stay_whole_numbers_in_a_network():
    rng = np.random.default_rng(0)
    x, lengths = rng.normal(size=(6, 5, 3)), np.array([1, 2, 3, 4, 5, 5])
    net = gn.NeuralNetwork(
        [gn.LSTM(4, masked=True), gn.Dense(2)], gn.SoftmaxCrossEntropy(), seed=1
    )
    loss = net.train_batch((x, lengths), np.array([0, 1, 0, 1, 0, 1]))
    x[0, 1:] = 100.0  # behind the end
    again = net.train_batch((x, lengths), np.array([0, 1, 0, 1, 0, 1]))
    assert loss == again
