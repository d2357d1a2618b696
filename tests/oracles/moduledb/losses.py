"""Losses, with PyTorch's ways to sum up."""

import numpy as np
from moduledb.table import Use, counterpart, leave

import graphnn as gn

NO_REDUCTION = "losses one by one (reduction='none')"
NO_ROWS = "a prediction without rows"


def reduction_of(module, x):
    """Translate the reduction: the mean over rows has another name."""
    leave(module.reduction == "none", NO_REDUCTION)
    leave(x.ndim == 0, NO_ROWS)
    return {"batchmean": "rows"}.get(module.reduction, module.reduction)


def plain(kind, *settings, **names):
    """Make the counterpart of a loss whose settings have other names."""

    def build(module, x, target):
        values = {ours: getattr(module, theirs) for ours, theirs in names.items()}
        return Use(kind(reduction=reduction_of(module, x), **values), [x, target])

    return build


counterpart("MSELoss")(plain(gn.MeanSquaredError))
counterpart("L1Loss")(plain(gn.MeanAbsoluteError))
counterpart("HuberLoss")(plain(gn.Huber, delta="delta"))


@counterpart("KLDivLoss")
def kl_divergence(module, x, target):
    probabilities = target.exp() if module.log_target else target
    fine = bool(((probabilities >= 0) & (probabilities <= 1)).all())
    leave(not fine, "targets that are no probabilities")
    return plain(gn.KLDivergence, log_target="log_target")(module, x, target)


@counterpart("SmoothL1Loss")
def smooth_l1(module, x, target):
    beta = module.beta
    leave(beta == 0, "SmoothL1Loss with beta 0: it is the mean absolute error")
    loss = gn.Huber(beta, reduction=reduction_of(module, x))
    return Use(lambda x, y: loss(x, y) / beta, [x, target])


@counterpart("BCELoss")
def binary_cross_entropy(module, x, target):
    leave(module.weight is not None, "weights of single elements")
    return plain(gn.BinaryCrossEntropy)(module, x, target)


@counterpart("BCEWithLogitsLoss")
def binary_cross_entropy_with_logits(module, x, target):
    leave(module.weight is not None, "weights of single elements")
    weight = module.pos_weight
    weight = None if weight is None else weight.numpy()
    loss = gn.BinaryCrossEntropyWithLogits(
        pos_weight=weight, reduction=reduction_of(module, x)
    )
    return Use(loss, [x, target])


@counterpart("PoissonNLLLoss")
def poisson(module, x, target):
    leave(module.full, "Poisson with Stirling's term, which does not depend on x")
    leave(not module.log_input, "Poisson of rates with a number added to them")
    return plain(gn.PoissonLoss, log_prediction="log_input")(module, x, target)


@counterpart("CrossEntropyLoss")
def cross_entropy(module, x, target):
    weight = module.weight
    loss = gn.SoftmaxCrossEntropy(
        label_smoothing=module.label_smoothing,
        class_weights=None if weight is None else weight.numpy(),
        ignore_index=ignored(module),
        axis=1,
        reduction=reduction_of(module, x),
    )

    def of_one(x, target):
        return loss(np.expand_dims(x, 0), np.expand_dims(target, 0))

    nothing = bool((target == module.ignore_index).all())
    leave(nothing, "nothing but ignored classes: 0 here, NaN in PyTorch")
    return Use(of_one if x.ndim == 1 else loss, [x, target])


@counterpart("NLLLoss")
def negative_log_likelihood(module, x, target):
    weight = module.weight
    loss = gn.NegativeLogLikelihood(
        class_weights=None if weight is None else weight.numpy(),
        ignore_index=ignored(module),
        axis=1,
        reduction=reduction_of(module, x),
    )
    return Use(loss, [x, target])


def ignored(module):
    """Translate the class that is ignored: -100 is PyTorch's way to say none."""
    return None if module.ignore_index == -100 else module.ignore_index


@counterpart("MultiMarginLoss")
def multi_class_hinge(module, x, target):
    leave(module.weight is not None, "a hinge with weights of classes")
    loss = gn.MultiClassHinge(
        margin=module.margin, squared=module.p == 2, reduction=reduction_of(module, x)
    )
    return Use(loss, [x, target])


@counterpart("CosineEmbeddingLoss")
def cosine(module, x, other, target):
    reduction_of(module, x)
    leave(bool((target.numpy() != 1).any()), "pairs that are to be unlike")
    return Use(gn.CosineLoss(reduction=module.reduction), [x, other])


@counterpart("SoftMarginLoss")
def soft_margin(module, x, target):
    sums = {"mean": np.mean, "sum": np.sum}
    reduction = sums[reduction_of(module, x)]
    return Use(lambda x, y: -reduction(gn.LogSigmoid()(x * y)), [x, target])
