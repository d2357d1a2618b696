"""The cross-entropy of classes against PyTorch's: weights, smoothing, what is ignored.

PyTorch has the classes on axis 1 and ours on the last: predictions are turned.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

functional = torch.nn.functional
SHAPES = [(1, 2), (6, 3), (5, 10), (3, 4, 5), (2, 3, 2, 4)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
every_reduction = pytest.mark.parametrize("reduction", ["mean", "rows", "sum"])
every_weight = pytest.mark.parametrize("weighted", [False, True])
every_smoothing = pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
KINDS = ["indices", "column", "floats", "soft", "one-hot"]


def draw(*shape, seed=0):
    return 3.0 * np.random.default_rng([seed, *shape]).standard_normal(shape)


def labels_of(shape):
    return np.random.default_rng(3).integers(0, shape[-1], shape[:-1])


def target_of(kind, shape):
    """Give our target, and PyTorch's."""
    labels = labels_of(shape)
    if kind == "soft":
        soft = np.random.default_rng(4).dirichlet(np.ones(shape[-1]), shape[:-1])
        return soft, soft
    ours = {
        "indices": labels,
        "column": labels[..., None].astype(np.uint8),
        "floats": labels.astype(float),
        "one-hot": np.eye(shape[-1])[labels],
    }[kind]
    return ours, ours if kind == "one-hot" else labels


def turned(x):
    """Bring the classes to PyTorch's place."""
    return torch.movedim(x, -1, 1).contiguous()


def reduced(total, terms, reduction):
    return (
        total(reduction="sum") / terms
        if reduction == "rows"
        else total(reduction=reduction)
    )


def check_second(node, result, leaf, x):
    """Compare the gradient's gradient."""
    (slope,) = node.graph.gradient(node, [leaf])
    (their_slope,) = torch.autograd.grad(result, [x], create_graph=True)
    weights = draw(*leaf.shape, seed=9)
    mine = np.sum(slope * weights)
    (found,) = mine.graph.gradient(mine, [leaf])
    total = (their_slope * torch.from_numpy(weights)).sum()
    (expected,) = torch.autograd.grad(total, [x], retain_graph=True)
    np.testing.assert_allclose(found.output, expected.numpy(), rtol=1e-9, atol=1e-12)


@every_shape
@every_reduction
@every_weight
@every_smoothing
@pytest.mark.parametrize("kind", KINDS)
def test_softmax_cross_entropy(shape, reduction, weighted, smoothing, kind):
    weights = np.linspace(0.0, 2.0, shape[-1]) + 0.1 if weighted else None
    ours, theirs = target_of(kind, shape)
    loss = gn.SoftmaxCrossEntropy(
        label_smoothing=smoothing, class_weights=weights, reduction=reduction
    )
    leaf, x = gn.Input(value=draw(*shape)), tensor(draw(*shape))
    target_leaf, t = gn.Input(value=ours), tensor(theirs)
    probabilities = t.dtype.is_floating_point
    result = reduced(
        lambda **settings: functional.cross_entropy(
            turned(x),
            turned(t) if probabilities else t,
            weight=None if weights is None else torch.from_numpy(weights),
            label_smoothing=smoothing,
            **settings,
        ),
        shape[0],
        reduction,
    )
    node = loss(leaf, target_leaf)
    pairs = [(leaf, x)]
    if probabilities:
        pairs.append((target_leaf, t))
    compare(node, result, pairs)
    check_second(node, result, leaf, x)


@every_shape
@every_reduction
@every_weight
@every_smoothing
@pytest.mark.parametrize("ignored", [-100, 0, 1])
def test_ignored_targets(shape, reduction, weighted, smoothing, ignored):
    weights = np.linspace(0.0, 2.0, shape[-1]) + 0.1 if weighted else None
    labels = labels_of(shape)
    labels.flat[::3] = ignored
    labels.flat[-1] = shape[-1] - 1 - (ignored == shape[-1] - 1)  # one is left
    loss = gn.SoftmaxCrossEntropy(
        label_smoothing=smoothing,
        class_weights=weights,
        ignore_index=ignored,
        reduction=reduction,
    )
    leaf, x = gn.Input(value=draw(*shape)), tensor(draw(*shape))
    result = reduced(
        lambda **settings: functional.cross_entropy(
            turned(x),
            torch.from_numpy(labels),
            weight=None if weights is None else torch.from_numpy(weights),
            label_smoothing=smoothing,
            ignore_index=ignored,
            **settings,
        ),
        shape[0],
        reduction,
    )
    node = loss(leaf, labels)
    compare(node, result, [(leaf, x)])
    check_second(node, result, leaf, x)


@pytest.mark.parametrize("axis", [1, -2])
@every_weight
def test_classes_on_another_axis(axis, weighted):
    x, labels = draw(2, 4, 3), labels_of((2, 3, 4))
    weights = np.linspace(0.1, 2.0, 4) if weighted else None
    loss = gn.SoftmaxCrossEntropy(axis=axis, class_weights=weights)
    leaf, theirs = gn.Input(value=x), tensor(x)
    result = functional.cross_entropy(
        theirs,
        torch.from_numpy(labels),
        weight=None if weights is None else torch.from_numpy(weights),
    )
    compare(loss(leaf, labels), result, [(leaf, theirs)])


@every_shape
@every_reduction
@every_weight
@pytest.mark.parametrize("ignored", [None, -1, 0])
def test_negative_log_likelihood(shape, reduction, weighted, ignored):
    weights = np.linspace(0.0, 2.0, shape[-1]) + 0.1 if weighted else None
    labels = labels_of(shape)
    if ignored is not None:
        labels.flat[::3] = ignored
        labels.flat[-1] = 1
    x = torch.log_softmax(torch.from_numpy(draw(*shape)), -1).numpy()
    loss = gn.NegativeLogLikelihood(
        class_weights=weights, ignore_index=ignored, reduction=reduction
    )
    leaf, theirs = gn.Input(value=x), tensor(x)
    result = reduced(
        lambda **settings: functional.nll_loss(
            turned(theirs),
            torch.from_numpy(labels),
            weight=None if weights is None else torch.from_numpy(weights),
            ignore_index=-100 if ignored is None else ignored,
            **settings,
        ),
        shape[0],
        reduction,
    )
    compare(loss(leaf, labels), result, [(leaf, theirs)])


def test_large_logits():
    x = np.array([[1000.0, -1000.0, 0.0], [3.0, 2000.0, -np.inf]])
    leaf, theirs = gn.Input(value=x), tensor(x)
    labels = np.array([2, 0])
    result = functional.cross_entropy(theirs, torch.from_numpy(labels))
    compare(gn.SoftmaxCrossEntropy()(leaf, labels), result, [(leaf, theirs)])
