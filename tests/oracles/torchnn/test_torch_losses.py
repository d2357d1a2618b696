"""Losses of numbers, of yes and no, of distributions and margins against PyTorch's."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

functional = torch.nn.functional
SHAPES = [(1, 1), (5, 1), (4, 3), (7,), (2, 3, 4), (2, 2, 3, 2)]
TABLES = [shape for shape in SHAPES if len(shape) > 1]
REDUCTIONS = ["mean", "rows", "sum"]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
every_table = pytest.mark.parametrize("shape", TABLES, ids=str)
every_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def draw(*shape, seed=0, low=-3.0, high=3.0):
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


def probabilities(*shape, seed=0):
    return draw(*shape, seed=seed, low=0.02, high=0.98)


def distributions(*shape, seed=0, axis=-1):
    drawn = probabilities(*shape, seed=seed)
    return drawn / drawn.sum(axis=axis, keepdims=True)


def reduced(terms, reduction):
    """Reduce what PyTorch left unreduced."""
    total = terms.sum()
    counts = {"mean": terms.numel(), "rows": terms.shape[0], "sum": 1}
    return total / counts[reduction]


def check(loss, function, prediction, target, second=True):
    """Compare value and gradients, by the target too, and those of the gradients."""
    leaves = [gn.Input(value=a) for a in (prediction, target)]
    tensors = [tensor(a) for a in (prediction, target)]
    node, result = loss(*leaves), function(*tensors)
    pairs = [
        (leaf, t) for leaf, t in zip(leaves, tensors, strict=True) if t.requires_grad
    ]
    compare(node, result, pairs)
    if not second:
        return
    ours = node.graph.gradient(node, [leaf for leaf, _ in pairs])
    theirs = torch.autograd.grad(result, [t for _, t in pairs], create_graph=True)
    for number, (slope, their_slope) in enumerate(zip(ours, theirs, strict=True)):
        weights = draw(*slope.shape, seed=number)
        total = (their_slope * torch.from_numpy(weights)).sum()
        if not total.requires_grad:  # it does not depend on anything
            continue
        mine = np.sum(slope * weights)
        seconds = torch.autograd.grad(
            total, [t for _, t in pairs], retain_graph=True, allow_unused=True
        )
        used = [i for i, found in enumerate(seconds) if found is not None]
        wrt = [pairs[i][0] for i in used]
        found = mine.graph.gradient(mine, wrt)
        for second_slope, expected in zip(
            found, [seconds[i] for i in used], strict=True
        ):
            # added to zeros, as it may be a tensor that is known to be zero
            expected = (torch.zeros_like(expected) + expected).detach().numpy()
            np.testing.assert_allclose(
                second_slope.output, expected, rtol=1e-9, atol=1e-11
            )


# -- numbers ---------------------------------------------------------------------------
@every_shape
@every_reduction
def test_mean_squared_error(shape, reduction):
    def theirs(prediction, target):
        return reduced(
            functional.mse_loss(prediction, target, reduction="none"), reduction
        )

    loss = gn.MeanSquaredError(reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1))


def test_defaults_are_those_of_pytorch_but_for_the_squared_error():
    prediction, target = draw(4, 3), draw(4, 3, seed=1)
    for ours, theirs in (
        (gn.MeanSquaredError(reduction="mean"), torch.nn.MSELoss()),
        (gn.MeanAbsoluteError(), torch.nn.L1Loss()),
        (gn.Huber(), torch.nn.HuberLoss()),
        (gn.PoissonLoss(), torch.nn.PoissonNLLLoss()),
    ):
        counts = np.abs(target) if isinstance(ours, gn.PoissonLoss) else target
        check(ours, theirs, prediction, counts)
    yes = probabilities(4, 3, seed=1)
    check(gn.BinaryCrossEntropy(), torch.nn.BCELoss(), probabilities(4, 3), yes)
    with_logits = torch.nn.BCEWithLogitsLoss()
    check(gn.BinaryCrossEntropyWithLogits(), with_logits, prediction, yes)
    ours, theirs = gn.KLDivergence(), torch.nn.KLDivLoss(reduction="batchmean")
    check(ours, theirs, np.log(distributions(4, 3)), distributions(4, 3, seed=1))
    labels = np.array([2, 0, 1, 1])
    ours, theirs = gn.MultiClassHinge(), torch.nn.MultiMarginLoss()
    check(ours, theirs, prediction, labels, second=False)
    # the book's: summed over the columns
    compare(
        gn.MeanSquaredError()(gn.Input(value=prediction), target),
        torch.nn.MSELoss()(tensor(prediction), tensor(target)) * 3,
    )


@every_shape
@every_reduction
def test_mean_absolute_error(shape, reduction):
    def theirs(prediction, target):
        return reduced(
            functional.l1_loss(prediction, target, reduction="none"), reduction
        )

    loss = gn.MeanAbsoluteError(reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1), second=False)


def test_where_the_prediction_is_the_target_the_absolute_error_has_gradient_0():
    x = draw(4, 3)
    check(gn.MeanAbsoluteError(), torch.nn.L1Loss(), x, x.copy(), second=False)


@every_shape
@every_reduction
@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5, 100.0])
def test_huber(shape, reduction, delta):
    def theirs(prediction, target):
        terms = functional.huber_loss(prediction, target, reduction="none", delta=delta)
        return reduced(terms, reduction)

    loss = gn.Huber(delta, reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1))


@every_shape
@every_reduction
def test_log_cosh(shape, reduction):
    def theirs(prediction, target):
        return reduced(torch.log(torch.cosh(prediction - target)), reduction)

    loss = gn.LogCosh(reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1))


@every_shape
@every_reduction
@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_quantile(shape, reduction, quantile):
    def theirs(prediction, target):
        error = target - prediction
        terms = torch.maximum(quantile * error, (quantile - 1) * error)
        return reduced(terms, reduction)

    loss = gn.QuantileLoss(quantile, reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1), second=False)


@every_shape
@every_reduction
@pytest.mark.parametrize("log_prediction", [True, False])
def test_poisson(shape, reduction, log_prediction):
    def theirs(prediction, target):
        terms = functional.poisson_nll_loss(
            prediction, target, log_input=log_prediction, reduction="none"
        )
        return reduced(terms, reduction)

    loss = gn.PoissonLoss(log_prediction=log_prediction, reduction=reduction)
    low = -3.0 if log_prediction else 0.1
    check(loss, theirs, draw(*shape, low=low), draw(*shape, seed=1, low=0.1))


# -- yes and no ------------------------------------------------------------------------
@every_shape
@every_reduction
@pytest.mark.parametrize("hard", [False, True])
def test_binary_cross_entropy(shape, reduction, hard):
    def theirs(prediction, target):
        terms = functional.binary_cross_entropy(
            prediction, target.double(), reduction="none"
        )
        return reduced(terms, reduction)

    target = probabilities(*shape, seed=1)
    target = (target > 0.5).astype(int) if hard else target
    loss = gn.BinaryCrossEntropy(reduction=reduction)
    check(loss, theirs, probabilities(*shape), target)


def test_binary_cross_entropy_of_certainty():
    prediction = np.array([[0.0, 1.0, 1e-30], [0.0, 1.0, 1.0 - 1e-16]])
    target = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    leaf, x = gn.Input(value=prediction), tensor(prediction)
    node = gn.BinaryCrossEntropy()(leaf, target)
    result = functional.binary_cross_entropy(x, torch.from_numpy(target))
    # PyTorch has its limit, 1e-12, in single precision
    compare(node, result, [(leaf, x)], rtol=1e-8)


@every_table
@every_reduction
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("pos_weight", [None, "number", "columns"])
def test_binary_cross_entropy_with_logits(shape, reduction, hard, pos_weight):
    weight = {"number": 2.5, "columns": draw(shape[-1], low=0.2)}.get(pos_weight)
    theirs_weight = None if weight is None else torch.tensor(weight).double()

    def theirs(prediction, target):
        terms = functional.binary_cross_entropy_with_logits(
            prediction, target.double(), pos_weight=theirs_weight, reduction="none"
        )
        return reduced(terms, reduction)

    target = probabilities(*shape, seed=1)
    target = target > 0.5 if hard else target
    loss = gn.BinaryCrossEntropyWithLogits(pos_weight=weight, reduction=reduction)
    check(loss, theirs, draw(*shape, low=-6, high=6), target)


def test_binary_cross_entropy_of_large_logits():
    prediction = np.array([[500.0, -500.0], [40.0, -40.0]])
    for target in (np.zeros((2, 2)), np.ones((2, 2))):
        theirs = functional.binary_cross_entropy_with_logits
        check(gn.BinaryCrossEntropyWithLogits(), theirs, prediction, target)


# -- distributions ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape", "axis"),
    [((4, 3), -1), ((1, 2), 1), ((2, 3, 4), -1), ((2, 3, 4), 1), ((2, 3, 4), -2)],
)
@every_reduction
@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("log_prediction", [True, False])
def test_kl_divergence(shape, axis, reduction, log_target, log_prediction):
    def theirs(prediction, target):
        if not log_prediction:
            prediction = torch.log(prediction)
        terms = functional.kl_div(
            prediction, target, reduction="none", log_target=log_target
        )
        return reduced(terms, reduction)

    loss = gn.KLDivergence(
        log_prediction=log_prediction,
        log_target=log_target,
        axis=axis,
        reduction=reduction,
    )
    prediction = distributions(*shape, axis=axis)
    target = distributions(*shape, seed=1, axis=axis)
    check(
        loss,
        theirs,
        np.log(prediction) if log_prediction else prediction,
        np.log(target) if log_target else target,
    )


def test_kl_divergence_from_one_hot_rows():
    labels = np.eye(3, dtype=int)[[2, 0, 1, 1]]

    def theirs(prediction, target):
        return functional.kl_div(prediction, target.double(), reduction="batchmean")

    check(gn.KLDivergence(), theirs, np.log(distributions(4, 3)), labels)


# -- margins and angles ----------------------------------------------------------------
@every_shape
@every_reduction
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
def test_hinge(shape, reduction, squared, margin):
    def theirs(prediction, target):
        terms = torch.clamp(margin - target * prediction, min=0)
        return reduced(terms**2 if squared else terms, reduction)

    loss = gn.Hinge(margin=margin, squared=squared, reduction=reduction)
    target = np.where(draw(*shape, seed=1) > 0, 1.0, -1.0)
    check(loss, theirs, draw(*shape), target)


@pytest.mark.parametrize("shape", [(1, 2), (5, 3), (64, 10)])
@every_reduction
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("one_hot", [False, True])
def test_multi_class_hinge(shape, reduction, squared, margin, one_hot):
    labels = np.random.default_rng(0).integers(0, shape[1], shape[0])

    def theirs(prediction, target):
        terms = functional.multi_margin_loss(
            prediction,
            torch.from_numpy(labels),
            p=2 if squared else 1,
            margin=margin,
            reduction="none",
        )
        return reduced(terms, reduction)

    loss = gn.MultiClassHinge(margin=margin, squared=squared, reduction=reduction)
    target = np.eye(shape[1], dtype=int)[labels] if one_hot else labels
    check(loss, theirs, draw(*shape), target, second=False)


@every_table
@every_reduction
def test_cosine(shape, reduction):
    def theirs(prediction, target):
        terms = 1 - functional.cosine_similarity(prediction, target, dim=-1)
        return reduced(terms, reduction)

    loss = gn.CosineLoss(reduction=reduction)
    check(loss, theirs, draw(*shape), draw(*shape, seed=1))
