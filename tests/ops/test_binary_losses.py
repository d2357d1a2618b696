"""Losses of yes and no, of distributions, of margins and of angles."""

import numpy as np
import pytest
from cases import numbers, positive

import graphnn as gn

YES = positive(3, 2) / 2
ANSWERS = np.array([[1, 0], [0, 0], [1, 1]])


def value(loss, prediction, target):
    return float(loss.forward(np.asarray(prediction), np.asarray(target)))


def distributions(*shape, seed=0):
    drawn = positive(*shape, seed=seed)
    return drawn / drawn.sum(axis=-1, keepdims=True)


# -- yes and no ------------------------------------------------------------------------
def test_binary_cross_entropy_by_hand():
    expected = -np.mean(np.where(ANSWERS == 1, np.log(YES), np.log(1 - YES)))
    for kind in (int, float, bool, np.uint8):
        found = value(gn.BinaryCrossEntropy(), YES, ANSWERS.astype(kind))
        assert found == pytest.approx(expected, rel=1e-12)
    logits = np.log(YES / (1 - YES))
    found = value(gn.BinaryCrossEntropyWithLogits(), logits, ANSWERS)
    assert found == pytest.approx(expected, rel=1e-12)


def test_pos_weight_by_hand():
    logits = numbers(3, 2)
    for weight in (2.5, [0.5, 3.0]):
        sigmoid = 1 / (1 + np.exp(-logits))
        each = weight * ANSWERS * np.log(sigmoid) + (1 - ANSWERS) * np.log(1 - sigmoid)
        loss = gn.BinaryCrossEntropyWithLogits(pos_weight=weight, reduction="rows")
        found = value(loss, logits, ANSWERS)
        assert found == pytest.approx(-each.sum() / 3, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_certainty(dtype):
    """0 and 1, and the numbers next to them, give finite losses and gradients."""
    near = np.finfo(dtype).eps / 2
    certain = np.array([[0.0, 1.0, np.finfo(dtype).smallest_subnormal, 1 - near]])
    for target in (np.zeros((1, 4)), np.ones((1, 4)), np.full((1, 4), 0.5)):
        loss = gn.BinaryCrossEntropy(reduction="sum")
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            found = loss.forward(certain.astype(dtype), target.astype(dtype))
            gradient = loss.backward()
        assert np.all(np.isfinite(gradient))
        assert np.all(np.isfinite(loss.input_grads[1]))
        assert 100 <= found <= 400
    assert value(gn.BinaryCrossEntropy(), [[0.0, 1.0]], [[0, 1]]) == 0.0
    loss = gn.BinaryCrossEntropy(reduction="sum")
    assert value(loss, [[0.0, 1.0]], [[1, 0]]) == 200
    np.testing.assert_array_equal(loss.backward(), [[-1e12, 1e12]])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_logits(dtype):
    logits = np.array([[1e4, -1e4, 0.0], [1e4, -1e4, -40.0]], dtype)
    target = np.array([[1, 0, 1], [0, 1, 0]])
    loss = gn.BinaryCrossEntropyWithLogits(reduction="sum")
    with np.errstate(all="raise", under="ignore"):
        found = loss.forward(logits, target)
        gradient = loss.backward()
    assert found.dtype == gradient.dtype == dtype
    assert found == pytest.approx(2e4 + np.log(2), rel=1e-6)
    expected = [[0, 0, -0.5], [1, -1, np.exp(-40)]]
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_logits_of_0_have_all_derivatives():
    x = gn.Input("x", value=np.zeros((2, 1)))
    loss = gn.BinaryCrossEntropyWithLogits(reduction="sum")(x, np.array([[0], [1]]))
    (first,) = loss.graph.gradient(loss, x)
    (second,) = loss.graph.gradient(np.sum(first), x)
    (third,) = loss.graph.gradient(np.sum(second), x)
    np.testing.assert_array_equal(first.output, [[0.5], [-0.5]])
    np.testing.assert_allclose(second.output, [[0.25], [0.25]], rtol=1e-15)
    np.testing.assert_allclose(third.output, [[0.0], [0.0]], atol=1e-16)


@pytest.mark.parametrize("wrong", [1.5, -0.25, 7.0])
def test_probabilities_that_are_none(wrong):
    prediction = YES.copy()
    prediction[1, 1] = wrong
    message = (
        rf"(?s)prediction at \[1, 1\] is {wrong:g}, not between 0 and 1.*WithLogit"
    )
    with pytest.raises(gn.ArgumentError, match=message):
        gn.BinaryCrossEntropy().forward(prediction, ANSWERS)


def test_rounding_may_leave_the_interval():
    found = value(gn.BinaryCrossEntropy(), [[1 + 1e-7, -1e-7]], [[1, 0]])
    assert found == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "loss", [gn.BinaryCrossEntropy, gn.BinaryCrossEntropyWithLogits]
)
def test_answers_that_are_none(loss):
    with pytest.raises(gn.ArgumentError, match=r"target at \[2, 0\] is 2, not between"):
        loss().forward(YES, [[1, 0], [0, 1], [2, 0]])
    with pytest.raises(gn.ArgumentError, match=r"(?s)is -1, not.*\(y \+ 1\) / 2"):
        loss().forward(YES, 2 * ANSWERS - 1)
    with pytest.raises(gn.ArgumentError, match=r"is 1.25, not between 0 and 1"):
        loss().forward(YES, 1.25 * ANSWERS)


def test_pos_weights_that_are_none():
    for weight, message in (
        (-1.0, "pos_weight of BinaryCrossEntropyWithLogits: -1 is no weight"),
        ([1.0, np.nan], "nan is no weight"),
        ([[1.0, 2.0]], r"not shape \(1, 2\)"),
        ("2", "array of numbers"),
    ):
        with pytest.raises(gn.ArgumentError, match=message):
            gn.BinaryCrossEntropyWithLogits(pos_weight=weight)
    for weight in ([1.0], [1.0, 2.0, 3.0]):
        loss = gn.BinaryCrossEntropyWithLogits(pos_weight=weight)
        with pytest.raises(gn.ShapeError, match=r"pos_weight has shape .*\(3, 2\)"):
            loss.forward(YES, ANSWERS)
    loss = gn.BinaryCrossEntropyWithLogits(pos_weight=[1.0, 2.0, 3.0])
    with pytest.raises(gn.ShapeError, match="one for each column"):
        loss.forward(np.ones(3), np.ones(3))


def test_a_binary_network():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((64, 3))
    y = (X[:, :1] + X[:, 1:2] > 0).astype(float)
    for layer, loss in (
        (gn.Dense(1, "sigmoid"), gn.BinaryCrossEntropy()),
        (gn.Dense(1), gn.BinaryCrossEntropyWithLogits(pos_weight=1.5)),
    ):
        net = gn.NeuralNetwork([layer], loss, seed=0)
        trainer = gn.Trainer(net, gn.SGD(1.0))
        for _ in range(100):
            trainer.step(X, y)
        threshold = 0.5 if isinstance(net.loss, gn.BinaryCrossEntropy) else 0.0
        assert np.mean((net.predict(X) > threshold) == y) > 0.95
        gn.check_gradients(net, X[:5], y[:5])  # the targets at their limits, too


# -- distributions ---------------------------------------------------------------------
def test_kl_divergence_by_hand():
    p, q = distributions(3, 4), distributions(3, 4, seed=1)
    expected = np.sum(q * np.log(q / p)) / 3
    for settings, prediction, target in (
        ({}, np.log(p), q),
        ({"log_prediction": False}, p, q),
        ({"log_target": True}, np.log(p), np.log(q)),
    ):
        found = value(gn.KLDivergence(**settings), prediction, target)
        assert found == pytest.approx(expected, rel=1e-12)
    assert value(gn.KLDivergence(), np.log(q), q) == pytest.approx(0.0, abs=1e-15)
    with np.errstate(all="raise"):
        one_hot = value(gn.KLDivergence(), np.log(p), np.eye(4)[:3])
    assert one_hot == pytest.approx(-np.mean(np.log(np.diag(p))), rel=1e-12)


def test_what_has_no_probability():
    """Nothing is divided by 0, and no infinities are subtracted."""
    minus_infinity = np.array([[0.0, -np.inf]])
    with np.errstate(all="raise"):
        loss = gn.KLDivergence()
        assert value(loss, minus_infinity, [[1.0, 0.0]]) == 0.0
        loss.backward()
        np.testing.assert_array_equal(loss.input_grads[0], [[-1.0, 0.0]])
        np.testing.assert_array_equal(loss.input_grads[1], [[1.0, 0.0]])
        both = gn.KLDivergence(log_target=True)
        assert value(both, minus_infinity, minus_infinity) == 0.0
        np.testing.assert_array_equal(both.backward(), [[-1.0, 0.0]])
        plain = gn.KLDivergence(log_prediction=False)
        assert value(plain, [[1.0, 0.0]], [[0.0, 1.0]]) == 100.0
        assert np.all(np.isfinite(plain.backward()))


def test_distributions_that_are_none():
    p = distributions(3, 4)
    log_p = np.log(p)
    for settings, prediction, target, message in (
        ({}, p, p, r"(?s)exp\(prediction\) of row \[0\].*log-softmax"),
        ({"log_prediction": False}, log_p, p, "prediction at .*not between 0 and 1"),
        (
            {"log_prediction": False},
            p / 2,
            p,
            r"predictions of row \[0\] add up to 0.5",
        ),
        ({}, log_p, 2 * p, r"target|targets of row \[0\] add up to 2"),
        ({}, log_p, log_p, "(?s)target at .*not between 0 and 1.*log_target=True"),
        ({"log_target": True}, log_p, p, r"exp\(target\) of row \[0\] add up to"),
        ({}, log_p, np.zeros((3, 4)), r"targets of row \[0\] add up to 0"),
    ):
        with pytest.raises(gn.ArgumentError, match=message) as caught:
            gn.KLDivergence(**settings).forward(prediction, target)
        assert "KLDivergence" in str(caught.value)
    with pytest.raises(
        gn.ShapeError, match=r"axis 0 of a prediction of shape \(3, 4\)"
    ):
        gn.KLDivergence(axis=0).forward(log_p, p)
    with pytest.raises(gn.ShapeError, match=r"axis -1 of a prediction of shape \(4,\)"):
        gn.KLDivergence().forward(log_p[0], p[0])
    with pytest.raises(gn.ArgumentError, match="axis of KLDivergence is a whole"):
        gn.KLDivergence(axis="last")


# -- margins ---------------------------------------------------------------------------
def test_hinge_by_hand():
    prediction, target = np.array([[2.0, -0.5], [0.5, 1.0]]), [[1, 1], [-1, 1]]
    assert value(gn.Hinge(), prediction, target) == (0 + 1.5 + 1.5 + 0) / 4
    squared = gn.Hinge(squared=True, reduction="rows")
    assert value(squared, prediction, target) == (1.5**2 + 1.5**2) / 2
    np.testing.assert_array_equal(squared.backward(), [[0, -1.5], [1.5, 0]])
    assert value(gn.Hinge(margin=0.25), prediction, target) == (0.75 + 0.75) / 4
    narrow = np.array(target, np.int8)
    assert value(gn.Hinge(), prediction, narrow) == 0.75


def test_multi_class_hinge_by_hand():
    prediction = np.array([[1.0, 0.5, -1.0], [0.0, 0.0, 2.0]])
    # row 0: 1 - 1 + 0.5; row 1, class 0: 1 + 0 - 0, 1 + 2 - 0
    assert value(gn.MultiClassHinge(), prediction, [0, 0]) == (0.5 + 1 + 3) / 3 / 2
    squared = gn.MultiClassHinge(squared=True, reduction="sum")
    assert value(squared, prediction, [0, 0]) == pytest.approx((0.25 + 1 + 9) / 3)
    expected = np.array([[-1.0, 1.0, 0.0], [-8.0, 2.0, 6.0]]) / 3
    np.testing.assert_allclose(squared.backward(), expected, rtol=1e-15)


def test_sides_that_are_none():
    with pytest.raises(
        gn.ArgumentError, match=r"(?s)\[0, 1\] is 0, neither.*2 \* y - 1"
    ):
        gn.Hinge().forward(YES, ANSWERS)
    with pytest.raises(gn.ArgumentError, match=r"(?s)is 0, neither.*2 \* y - 1"):
        gn.Hinge().forward(YES, ANSWERS.astype(bool))
    for wrong in (0.5, -3.0, 7):
        target = np.where(ANSWERS, 1.0, -1.0)
        target[1, 0] = wrong
        message = rf"target at \[1, 0\] is {wrong:g}, neither -1 nor 1"
        with pytest.raises(gn.ArgumentError, match=message) as caught:
            gn.Hinge().forward(YES, target)
        assert "2 * y - 1" not in str(caught.value)


# -- angles ----------------------------------------------------------------------------
def test_cosine_by_hand():
    prediction = np.array([[1.0, 0.0], [1.0, 1.0], [-2.0, 0.0]])
    target = np.array([[5.0, 0.0], [0.0, 3.0], [1.0, 0.0]])
    each = [0.0, 1 - np.sqrt(0.5), 2.0]
    found = value(gn.CosineLoss(), prediction, target)
    assert found == pytest.approx(np.mean(each), rel=1e-12)
    stacked = prediction[None], target[None]
    found = value(gn.CosineLoss(reduction="rows"), *stacked)
    assert found == pytest.approx(np.sum(each), rel=1e-12)


def test_vectors_of_zeros():
    """Their cosine is 0, and they have no gradient, to any order."""
    x = gn.Input("x", value=np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]))
    y = gn.Input("y", value=np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]]))
    with np.errstate(all="raise"):
        loss = gn.CosineLoss()(x, y)
        assert float(loss.output) == 1.0
        loss.graph.backward(loss, wrt=[x, y])
        for first in loss.graph.gradient(loss, [x, y]):
            np.testing.assert_array_equal(first.output, np.zeros((3, 2)))
            for second in loss.graph.gradient(np.sum(first), [x, y]):
                assert np.all(np.isfinite(second.output))
    np.testing.assert_array_equal(x.grad, np.zeros((3, 2)))
    np.testing.assert_array_equal(y.grad, np.zeros((3, 2)))


def test_a_single_vector():
    with pytest.raises(gn.ShapeError, match=r"\(rows, columns\) is needed"):
        gn.CosineLoss().forward(np.ones(3), np.ones(3))
