"""Normalization against PyTorch's: modes, running statistics, layouts, settings."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import ATOL, RTOL, compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

SHAPES = [(8, 4), (5, 6, 4), (3, 5, 2, 4), (2, 3, 2, 2, 4)]
FORMATS = {"last": {2: "NWC", 3: "NWC"}, "first": {2: "NCW", 3: "NCW"}}
BATCH_NORMS = {
    2: torch.nn.BatchNorm1d,
    3: torch.nn.BatchNorm1d,
    4: torch.nn.BatchNorm2d,
    5: torch.nn.BatchNorm3d,
}
INSTANCE_NORMS = {
    3: torch.nn.InstanceNorm1d,
    4: torch.nn.InstanceNorm2d,
    5: torch.nn.InstanceNorm3d,
}


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(0.7, 1.5, shape)


def format_of(channels, ndim):
    return FORMATS[channels].get(ndim, "NHWC" if channels == "last" else "NCHW")


def turned(array, channels):
    """Give a batch whose channels are last the layout that is asked for."""
    return np.moveaxis(array, -1, 1) if channels == "first" else array


def run(module, leaf, channels):
    """Run PyTorch's module, whose channels are after the rows."""
    if channels == "first":
        return module(leaf)
    return module(leaf.movedim(-1, 1)).movedim(1, -1)


def alike(layer, module, seed=3):
    """Give both sides the same parameters, away from where they start."""
    names = [("scale", "weight"), ("shift", "bias")]
    pairs = []
    for ours, theirs in names:
        parameter, their = getattr(layer, ours), getattr(module, theirs, None)
        assert (parameter is None) == (their is None)
        if parameter is not None:
            parameter.value = draw(*parameter.shape, seed=seed)
            seed += 1
            their.data = torch.from_numpy(parameter.value.copy())
            pairs.append((parameter, their))
    return pairs


def hold(layer, module, x, channels="first", run=run):
    """Compare values and gradients of one pass in evaluation mode."""
    node, leaf = gn.Input("x", value=x), tensor(x)
    output = layer(node)
    pairs = [(node, leaf), *alike(layer, module)]
    output.graph.forward()
    compare(output, run(module, leaf, channels), pairs)


# -- batches ---------------------------------------------------------------------------
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("momentum", [0.1, 0.35, 1.0])
@pytest.mark.parametrize("epsilon", [1e-5, 0.1])
@pytest.mark.parametrize("channels", ["last", "first"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm_in_ten_steps(shape, channels, epsilon, momentum, affine):
    ndim = len(shape)
    layer = gn.BatchNorm(
        momentum, epsilon, format_of(channels, ndim), scale=affine, shift=affine
    )
    module = BATCH_NORMS[ndim](
        4, eps=epsilon, momentum=momentum, affine=affine, dtype=torch.float64
    )
    x = gn.Input("x", value=turned(draw(*shape), channels))
    output = layer(x)
    parameters = alike(layer, module)
    for step in range(10):
        rows = shape[0] + step % 3  # batches are not all of one size
        array = turned(draw(rows, *shape[1:], seed=step), channels)
        for training in (True, False):
            module.train(training)
            output.graph.forward({x: array}, training=training)
            leaf = tensor(array)
            result = run(module, leaf, channels)
            compare(output, result, [(x, leaf), *parameters], seed=step)
    for state, theirs in [
        (layer.running_mean, module.running_mean),
        (layer.running_var, module.running_var),
    ]:
        np.testing.assert_allclose(state.value, theirs.numpy(), RTOL, ATOL)


def test_batch_norm_that_is_used_twice_in_a_pass():
    layer, module = gn.BatchNorm(0.3), torch.nn.BatchNorm1d(4, 1e-5, 0.3).double()
    arrays = [draw(8, 4), draw(5, 4, seed=1)]
    nodes, leaves = [gn.Input(value=a) for a in arrays], [*map(tensor, arrays)]
    total = np.sum(layer(nodes[0]) ** 3) + np.sum(layer(nodes[1]) ** 3)
    parameters = alike(layer, module)
    total.graph.forward(training=True)
    result = sum((module(leaf) ** 3).sum() for leaf in leaves)
    compare(total, result, [*zip(nodes, leaves, strict=True), *parameters])
    mean, variance = layer.running_mean.value, layer.running_var.value
    np.testing.assert_allclose(mean, module.running_mean.numpy(), RTOL, ATOL)
    np.testing.assert_allclose(variance, module.running_var.numpy(), RTOL, ATOL)


def test_one_value_in_each_channel_is_refused_by_both():
    module = torch.nn.BatchNorm1d(4).double()
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        module(torch.ones(1, 4, dtype=torch.float64))
    with pytest.raises(ValueError, match="1 value in each channel"):
        gn.BatchNorm().forward(np.ones((1, 4)), training=True)


# -- samples ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scale", "shift"), [(True, True), (True, False), (False,) * 2]
)
@pytest.mark.parametrize("epsilon", [1e-5, 1e-8, 0.1])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_layer_norm(shape, count, epsilon, scale, shift):
    count = min(count, len(shape) - 1)
    module = torch.nn.LayerNorm(
        shape[-count:], epsilon, scale, bias=shift, dtype=torch.float64
    )
    axis = tuple(range(-count, 0))
    hold(gn.LayerNorm(epsilon, axis, scale, shift), module, draw(*shape))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("epsilon", [1e-5, 1e-8, 0.1])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rms_norm(shape, count, epsilon, scale):
    count = min(count, len(shape) - 1)
    module = torch.nn.RMSNorm(shape[-count:], epsilon, scale, dtype=torch.float64)
    axis = tuple(range(-count, 0))
    hold(gn.RMSNorm(epsilon, axis, scale), module, draw(*shape))


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("epsilon", [1e-5, 0.1])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("channels", ["last", "first"])
@pytest.mark.parametrize("shape", [(8, 8), *SHAPES[1:]], ids=str)
def test_group_norm(shape, channels, groups, epsilon, affine):
    module = torch.nn.GroupNorm(groups, shape[-1], epsilon, affine, dtype=torch.float64)
    layer = gn.GroupNorm(
        groups, epsilon, format_of(channels, len(shape)), scale=affine, shift=affine
    )
    hold(layer, module, turned(draw(*shape), channels), channels)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("epsilon", [1e-5, 0.1])
@pytest.mark.parametrize("channels", ["last", "first"])
@pytest.mark.parametrize("shape", SHAPES[1:], ids=str)
def test_instance_norm(shape, channels, epsilon, affine):
    module = INSTANCE_NORMS[len(shape)](4, epsilon, affine=affine, dtype=torch.float64)
    layer = gn.InstanceNorm(
        epsilon, format_of(channels, len(shape)), scale=affine, shift=affine
    )
    hold(layer, module, turned(draw(*shape), channels), channels)


# -- second derivatives ----------------------------------------------------------------
SECOND = {
    "batch": (gn.BatchNorm, lambda: torch.nn.BatchNorm1d(4)),
    "layer": (gn.LayerNorm, lambda: torch.nn.LayerNorm(4)),
    "rms": (gn.RMSNorm, lambda: torch.nn.RMSNorm(4, 1e-5)),
    "group": (lambda: gn.GroupNorm(2), lambda: torch.nn.GroupNorm(2, 4)),
    "instance": (gn.InstanceNorm, lambda: torch.nn.InstanceNorm1d(4, affine=True)),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives(name, training):
    layer, module = (make() for make in SECOND[name])
    module.double().train(training)
    channels = "first" if name in ("layer", "rms") else "last"
    array = draw(3, 5, 4)
    x, leaf = gn.Input("x", value=array), tensor(array)
    target = np.sum(layer(x) ** 3)
    pairs = [(x, leaf), *alike(layer, module)]
    target.graph.forward(training=training)
    result = (run(module, leaf, channels) ** 3).sum()
    wrt = [ours for ours, _ in pairs]
    ours = target.graph.gradient(target, wrt)
    theirs = torch.autograd.grad(result, [t for _, t in pairs], create_graph=True)
    for slope, their_slope in zip(ours, theirs, strict=True):
        compare(slope, their_slope, pairs, atol=1e-9)
