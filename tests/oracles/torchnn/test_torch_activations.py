"""Every activation against PyTorch's: values, first and second derivatives, far ends.

Where PyTorch computes ``1 + erf(x)`` or ``1 + tanh(x)``, nothing is left of a tiny
value's digits; ``atol`` covers that. Its slopes of the hard sigmoid and the hard swish
are rounded to single precision, in double precision too: 1/6 is 0.16666667163.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402
from graphnn.ops.error_function import erfc  # noqa: E402

pytestmark = pytest.mark.oracle

F = torch.nn.functional

SINGLE = 1e-7  # what a constant in single precision leaves
SLOPES = np.array([0.1, 0.25, -0.3, 1.2])


def prelu_on_the_last_axis(slopes):
    return lambda x: F.prelu(
        x.reshape(-1, len(slopes)), torch.from_numpy(slopes)
    ).reshape(x.shape)


# ours, theirs, and where the corners are
PAIRS = {
    "sigmoid": (gn.Sigmoid, torch.sigmoid, ()),
    "tanh": (gn.Tanh, torch.tanh, ()),
    "linear": (gn.Linear, lambda x: x * 1.0, ()),
    "relu": (gn.ReLU, F.relu, (0,)),
    "leaky_relu": (gn.LeakyReLU, F.leaky_relu, (0,)),
    "leaky_relu_0.3": (
        lambda: gn.LeakyReLU(0.3),
        lambda x: F.leaky_relu(x, 0.3),
        (0,),
    ),
    "leaky_relu_negative": (
        lambda: gn.LeakyReLU(-0.5),
        lambda x: F.leaky_relu(x, -0.5),
        (0,),
    ),
    "prelu": (gn.PReLU, lambda x: F.prelu(x, tensor([0.25], False)), (0,)),
    "prelu_by_channel": (
        lambda: gn.PReLU(SLOPES.copy()),
        prelu_on_the_last_axis(SLOPES),
        (0,),
    ),
    "elu": (gn.ELU, F.elu, (0,)),
    "elu_0.4": (lambda: gn.ELU(0.4), lambda x: F.elu(x, 0.4), (0,)),
    "celu": (gn.CELU, F.celu, (0,)),
    "celu_2.5": (lambda: gn.CELU(2.5), lambda x: F.celu(x, 2.5), (0,)),
    "selu": (gn.SELU, F.selu, (0,)),
    "relu6": (gn.ReLU6, F.relu6, (0, 6)),
    "hard_tanh": (gn.HardTanh, F.hardtanh, (-1, 1)),
    "hard_tanh_wide": (
        lambda: gn.HardTanh(-2.0, 0.5),
        lambda x: F.hardtanh(x, -2.0, 0.5),
        (-2, 0.5),
    ),
    "hard_sigmoid": (gn.HardSigmoid, F.hardsigmoid, (-3, 3)),
    "hard_swish": (gn.HardSwish, F.hardswish, (-3, 3)),
    # beyond the threshold theirs is the identity; without one it would overflow
    "softplus": (gn.Softplus, lambda x: F.softplus(x, threshold=60), ()),
    "softplus_3": (
        lambda: gn.Softplus(3.0),
        lambda x: F.softplus(x, 3.0, threshold=60),
        (),
    ),
    "log_sigmoid": (gn.LogSigmoid, F.logsigmoid, ()),
    "silu": (gn.SiLU, F.silu, ()),
    "mish": (gn.Mish, F.mish, ()),
    "gelu": (gn.GELU, F.gelu, ()),
    "gelu_tanh": (
        lambda: gn.GELU(approximate=True),
        lambda x: F.gelu(x, approximate="tanh"),
        (),
    ),
    "softsign": (gn.Softsign, F.softsign, (0,)),
    "erf": (gn.Erf, torch.erf, ()),
    "erfc": (gn.Erfc, torch.erfc, ()),
    "softmax": (gn.Softmax, lambda x: F.softmax(x, -1), ()),
    "softmax_0": (lambda: gn.Softmax(0), lambda x: F.softmax(x, 0), ()),
    "log_softmax": (gn.LogSoftmax, lambda x: F.log_softmax(x, -1), ()),
    "log_softmax_1": (lambda: gn.LogSoftmax(1), lambda x: F.log_softmax(x, 1), ()),
    "glu": (gn.GLU, F.glu, ()),
    "glu_0": (lambda: gn.GLU(0), lambda x: F.glu(x, 0), ()),
}
NAMES = pytest.mark.parametrize("name", PAIRS)
ROUNDED = ("hard_sigmoid", "hard_swish")


def grid(corners, *shape):
    """Spread numbers from -9 to 9, none within 1e-3 of a corner."""
    size = int(np.prod(shape))
    x = np.linspace(-9.0, 9.0, size) + 1.23e-3
    x = np.random.default_rng(0).permutation(x)
    assert all(np.abs(x - corner).min() > 1e-4 for corner in corners)
    return x.reshape(shape)


def both(name, x):
    """Give our node and input, and theirs."""
    make, function, _ = PAIRS[name]
    ours, theirs = gn.Input("x", value=x), tensor(x)
    return make()(ours), ours, function(theirs), theirs


@NAMES
@pytest.mark.parametrize("shape", [(6, 8, 4), (500, 4)], ids=str)
def test_values_and_gradients(name, shape):
    node, ours, result, theirs = both(name, grid(PAIRS[name][2], *shape))
    rtol = SINGLE if name in ROUNDED else 1e-9
    compare(node, result, [(ours, theirs)], rtol=rtol, atol=1e-14)


@NAMES
def test_second_derivatives(name):
    node, ours, result, theirs = both(name, grid(PAIRS[name][2], 6, 8, 4))
    rng = np.random.default_rng(1)
    seed, again = rng.normal(size=node.shape), rng.normal(size=ours.shape)
    (slope,) = node.graph.gradient(node, [ours], seed)
    (bend,) = node.graph.gradient(slope, [ours], again)
    (theirs_slope,) = torch.autograd.grad(
        result, theirs, tensor(seed, False), create_graph=True
    )
    expected = np.zeros(ours.shape)
    # of what is made of straight pieces, PyTorch has it as None, or not at all
    if theirs_slope.requires_grad and name != "hard_sigmoid":
        (second,) = torch.autograd.grad(
            theirs_slope, theirs, tensor(again, False), allow_unused=True
        )
        expected = expected if second is None else second.numpy()
    rtol = SINGLE if name in ROUNDED else 1e-9
    np.testing.assert_allclose(bend.output, expected, rtol=rtol, atol=1e-13)


TAILS = np.concatenate([s * 10.0 ** np.arange(-8, 3, 0.125) for s in (-1, 1)])


@NAMES
def test_far_tails(name):
    """From 1e-8 to 750 on both sides, as far as PyTorch's are finite."""
    x = TAILS[: len(TAILS) // 8 * 8].reshape(-1, 4)
    node, ours, result, theirs = both(name, x)
    rtol = SINGLE if name in ROUNDED else 1e-9
    assert np.isfinite(result.detach().numpy()).all()
    compare(node, result, [(ours, theirs)], rtol=rtol, atol=1e-13)


def test_single_precision():
    for name, (make, function, corners) in PAIRS.items():
        if name.startswith("prelu"):
            continue  # PyTorch wants the slopes in single precision as well
        x = grid(corners, 6, 8, 4).astype(np.float32)
        y = make().forward(x)
        expected = function(torch.from_numpy(x)).numpy()
        assert y.dtype == expected.dtype == np.float32
        np.testing.assert_allclose(y, expected, rtol=2e-6, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    "shape", [(1,), (4,)], ids=["one_slope", "a_slope_for_each_channel"]
)
def test_prelu_learns_as_pytorchs_does(shape):
    x = grid((0,), 12, 4)
    slopes = SLOPES[: shape[0]].copy()
    ours, theirs = gn.Input("x", value=x), tensor(x)
    prelu, slope = gn.PReLU(slopes), tensor(slopes)
    compare(
        prelu(ours),
        F.prelu(theirs, slope),
        [(ours, theirs), (prelu.parameter, slope)],
    )


def test_channels_come_second_in_pytorch():
    x = grid((0,), 2, 5, 3, 4)
    ours, theirs = gn.Input("x", value=x), tensor(x)
    prelu, slope = gn.PReLU(SLOPES.copy()), tensor(SLOPES)
    compare(
        prelu(ours),
        F.prelu(theirs.permute(0, 3, 1, 2), slope).permute(0, 2, 3, 1),
        [(ours, theirs), (prelu.parameter, slope)],
    )


def test_erfc_where_it_is_tiny():
    x = np.linspace(0.5, 26.0, 1000)
    expected = torch.erfc(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(erfc(x), expected, rtol=1e-13)


def test_what_is_hidden():
    x = np.array([[0.0, -np.inf, 1.0], [-np.inf, -np.inf, 2.0]])
    for make, function in (
        (gn.Softmax, lambda t: F.softmax(t, -1)),
        (gn.LogSoftmax, lambda t: F.log_softmax(t, -1)),
    ):
        ours, theirs = gn.Input("x", value=x), tensor(x)
        compare(make()(ours), function(theirs), [(ours, theirs)])
