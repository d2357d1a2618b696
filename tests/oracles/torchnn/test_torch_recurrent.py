"""Recurrent layers against PyTorch's: values, states and all gradients.

PyTorch keeps weights as (gates, inputs), has two biases of which we keep the sum (a GRU
keeps its candidate's second one), and stacks the states of both directions.
"""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import ATOL, RTOL, compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402
from graphnn.nn.recurrent import Recurrent  # noqa: E402

pytestmark = pytest.mark.oracle

NEURONS = 4
KINDS = {
    "RNN tanh": (lambda **s: gn.RNN(NEURONS, **s), torch.nn.RNN, {}),
    "RNN relu": (
        lambda **s: gn.RNN(NEURONS, "relu", **s),
        torch.nn.RNN,
        {"nonlinearity": "relu"},
    ),
    "LSTM": (lambda **s: gn.LSTM(NEURONS, **s), torch.nn.LSTM, {}),
    "GRU": (lambda **s: gn.GRU(NEURONS, **s), torch.nn.GRU, {}),
}


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def layers_of(layer):
    """List the layers of the two directions, or the one."""
    if isinstance(layer, Recurrent):
        return [layer]
    return [layer.forward_layer, layer.backward_layer]


def randomize(layer):
    """Give all parameters, biases too, numbers that tell them apart."""
    for position, parameter in enumerate(layer.parameters):
        parameter.value = 0.6 * draw(*parameter.shape, seed=50 + position)


def to_torch(layer, module):
    """Give a module the weights of a layer."""
    for part, suffix in zip(layers_of(layer), ("", "_reverse"), strict=False):
        weights = {"weight_ih": part.weight, "weight_hh": part.recurrent_weight}
        for name, parameter in weights.items():
            getattr(module, f"{name}_l0{suffix}").data = tensor(parameter.value.T)
        if part.bias is not None:
            bias, other = part.bias.value, np.zeros_like(part.bias.value)
            if isinstance(part, gn.GRU):
                other[2 * NEURONS :] = part.recurrent_bias.value
            else:  # two summands of one bias
                bias, other = 0.25 * bias, 0.75 * bias
            getattr(module, f"bias_ih_l0{suffix}").data = tensor(bias)
            getattr(module, f"bias_hh_l0{suffix}").data = tensor(other)


def gradients_of(layer, module):
    """Pair the gradients of our parameters with PyTorch's, in our layout."""
    for part, suffix in zip(layers_of(layer), ("", "_reverse"), strict=False):
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        theirs = {n: getattr(module, f"{n}_l0{suffix}", None) for n in names}
        grads = {n: p.grad.numpy() for n, p in theirs.items() if p is not None}
        yield part.weight, grads["weight_ih"].T
        yield part.recurrent_weight, grads["weight_hh"].T
        if part.bias is not None:
            yield part.bias, grads["bias_ih"]
            if isinstance(part, gn.GRU):
                yield part.recurrent_bias, grads["bias_hh"][2 * NEURONS :]


def close(ours, theirs, what):
    assert ours.shape == theirs.shape, what
    np.testing.assert_allclose(ours, theirs, rtol=RTOL, atol=ATOL, err_msg=what)


def compare_all(outputs, leaves, expected):
    """Compare outputs, and carry one random gradient for each back on both sides."""
    for number, (one, other) in enumerate(zip(outputs, expected, strict=True)):
        close(one.output, other.detach().numpy(), f"output {number}")
    seeds = [draw(*part.shape, seed=70 + i) for i, part in enumerate(outputs)]
    total = sum(np.sum(a * b) for a, b in zip(outputs, seeds, strict=True))
    total.graph.backward(total, wrt=leaves)
    torch.autograd.backward(expected, [tensor(seed, False) for seed in seeds])


def initial(kind, directions, rows):
    """Draw an initial state for each direction: ours, in our order, and PyTorch's."""
    parts = 2 if kind == "LSTM" else 1
    drawn = [
        [draw(rows, NEURONS, seed=30 + 2 * d + p) for p in range(parts)]
        for d in range(directions)
    ]
    ours = [part for direction in drawn for part in direction]
    theirs = [np.stack([drawn[d][p] for d in range(directions)]) for p in range(parts)]
    return ours, theirs


def of_directions(stacked, directions):
    """Put PyTorch's stacked states into our order."""
    return [part[d] for d in range(directions) for part in stacked]


GRID = list(
    itertools.product(
        [(1, 1, 3), (1, 5, 3), (4, 1, 1), (3, 2, 5), (4, 7, 3)],
        [False, True],  # two directions
        [False, True],  # a bias
        [False, True],  # an initial state
        [False, True],  # unrolled
    )
)


@pytest.mark.parametrize(("shape", "both", "bias", "state", "unroll"), GRID)
@pytest.mark.parametrize("kind", KINDS)
def test_recurrent_layers(kind, shape, both, bias, state, unroll):
    make, module_class, settings = KINDS[kind]
    layer = make(bias=bias, return_sequences=True, return_state=True, unroll=unroll)
    layer = gn.Bidirectional(layer) if both else layer
    directions = 2 if both else 1
    rows, _, features = shape
    module = module_class(
        features, NEURONS, bias=bias, batch_first=True, bidirectional=both, **settings
    ).double()
    x = draw(*shape)
    ours, theirs = initial(kind, directions, rows)
    layer(x)
    randomize(layer)
    to_torch(layer, module)
    leaves = [gn.Input(value=part) for part in ([x, *ours] if state else [x])]
    outputs = layer(*leaves)

    x_tensor, states = tensor(x), [tensor(part) for part in theirs]
    start = (tuple(states) if kind == "LSTM" else states[0]) if state else None
    sequence, end = module(x_tensor, start)
    end = of_directions(list(end) if kind == "LSTM" else [end], directions)
    compare_all(outputs, leaves, [sequence, *end])
    close(leaves[0].grad, x_tensor.grad.numpy(), "the gradient of x")
    if state:
        grads = of_directions([part.grad.numpy() for part in states], directions)
        for leaf, grad in zip(leaves[1:], grads, strict=True):
            close(leaf.grad, grad, f"the gradient of the state {leaf.name}")
    for parameter, grad in gradients_of(layer, module):
        close(parameter.grad, grad, f"the gradient of {parameter.name}")


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_different_lengths(kind, both, unroll):
    make, module_class, settings = KINDS[kind]
    layer = make(masked=True, unroll=unroll, return_sequences=True, return_state=True)
    layer = gn.Bidirectional(layer) if both else layer
    directions = 2 if both else 1
    module = module_class(
        3, NEURONS, batch_first=True, bidirectional=both, **settings
    ).double()
    x, lengths = draw(4, 6, 3), np.array([2, 6, 1, 4])
    layer(x, lengths)
    randomize(layer)
    to_torch(layer, module)
    leaves = [gn.Input(value=x), gn.Input(value=lengths)]
    outputs = layer(*leaves)

    x_tensor = tensor(x)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x_tensor, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    sequence, end = module(packed)
    sequence, _ = torch.nn.utils.rnn.pad_packed_sequence(sequence, batch_first=True)
    end = of_directions(list(end) if kind == "LSTM" else [end], directions)
    compare_all(outputs, leaves[:1], [sequence, *end])
    close(leaves[0].grad, x_tensor.grad.numpy(), "the gradient of x")
    for parameter, grad in gradients_of(layer, module):
        close(parameter.grad, grad, f"the gradient of {parameter.name}")


@pytest.mark.parametrize("kind", KINDS)
def test_stacked_layers(kind):
    make, module_class, settings = KINDS[kind]
    first, second = make(return_sequences=True), make(return_sequences=True)
    x = gn.Input("x", value=draw(3, 5, 2))
    second(first(x))
    randomize(first)
    randomize(second)
    x.graph.forward(x=x.value)
    modules = [module_class(2, NEURONS, batch_first=True, **settings).double()]
    modules += [module_class(NEURONS, NEURONS, batch_first=True, **settings).double()]
    x_tensor = tensor(x.value)
    result = x_tensor
    for layer, module in zip((first, second), modules, strict=True):
        to_torch(layer, module)
        result, _ = module(result)
    compare(second._ends.output, result, [(x, x_tensor)])
    for layer, module in zip((first, second), modules, strict=True):
        for parameter, grad in gradients_of(layer, module):
            close(parameter.grad, grad, f"the gradient of {parameter.name}")


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 3), (3, 1, 2), (5, 7, 3)])
@pytest.mark.parametrize("kind", KINDS)
def test_single_precision(kind, shape):
    make, module_class, settings = KINDS[kind]
    layer = make(return_sequences=True)
    module = module_class(shape[2], NEURONS, batch_first=True, **settings)
    x = gn.Input("x", value=draw(*shape).astype(np.float32))
    layer(x)
    randomize(layer)
    to_torch(layer, module.double())
    module.float()
    for parameter in layer.parameters:
        parameter.value = parameter.value.astype(np.float32)
    node, x_tensor = layer(x), tensor(x.value)
    result, _ = module(x_tensor)
    assert node.dtype == np.float32
    compare(node, result, [(x, x_tensor)], rtol=1e-5, atol=1e-5)
    for parameter, grad in gradients_of(layer, module):
        assert parameter.grad.dtype == np.float32
        np.testing.assert_allclose(parameter.grad, grad, rtol=1e-4, atol=1e-4)


SECOND = list(
    itertools.product(
        [(1, 1, 1), (1, 4, 2), (3, 1, 2), (2, 3, 2)],
        [False, True],  # a bias
        [False, True],  # an initial state
    )
)


@pytest.mark.parametrize(("shape", "bias", "state"), SECOND)
@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives(kind, shape, bias, state):
    make, module_class, settings = KINDS[kind]
    layer = make(bias=bias, return_sequences=True)
    module = module_class(
        shape[2], NEURONS, bias=bias, batch_first=True, **settings
    ).double()
    x = gn.Input("x", value=draw(*shape))
    ours, theirs = initial(kind, 1, shape[0]) if state else ([], [])
    layer(x, *ours)
    randomize(layer)
    to_torch(layer, module)
    node = np.sum(layer(x, *ours) ** 2)
    x_tensor, states = tensor(x.value), [tensor(part, False) for part in theirs]
    start = (tuple(states) if kind == "LSTM" else states[0]) if state else None
    result = (module(x_tensor, start)[0] ** 2).sum()
    (slope,) = node.graph.gradient(node, x)
    their_slope = torch.autograd.grad(result, x_tensor, create_graph=True)[0]
    compare(slope, their_slope, [(x, x_tensor)])
    for parameter, grad in gradients_of(layer, module):
        close(parameter.grad, grad, f"the gradient of {parameter.name}")
