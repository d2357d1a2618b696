"""The cross-entropy of classes: what a target may be, and what it may not."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn

LOGITS = numbers(4, 3)
LABELS = np.array([2, 0, 1, 2])
SEQUENCES = numbers(2, 3, 4)
TOKENS = np.array([[1, 0, 3], [2, 2, 0]])
CLASS_LOSSES = [
    gn.SoftmaxCrossEntropy,
    gn.NegativeLogLikelihood,
    gn.MultiClassHinge,
]


def log_softmax(logits):
    return logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))


def value(loss, prediction, target):
    return float(loss.forward(prediction, target))


def loss_and_gradient(loss, prediction, target):
    return value(loss, prediction, target), loss.backward()


# -- values ----------------------------------------------------------------------------
def test_weights_by_hand():
    """As PyTorch averages: by the weights of the targets."""
    weights = np.array([1.0, 2.0, 4.0])
    each = -log_softmax(LOGITS)[range(4), LABELS]
    of_targets = weights[LABELS]
    expected = np.sum(each * of_targets) / np.sum(of_targets)
    loss = gn.SoftmaxCrossEntropy(class_weights=weights)
    assert value(loss, LOGITS, LABELS) == pytest.approx(expected, rel=1e-12)
    rows = gn.SoftmaxCrossEntropy(class_weights=[1, 2, 4], reduction="rows")
    expected = np.sum(each * of_targets) / 4
    assert value(rows, LOGITS, LABELS) == pytest.approx(expected, rel=1e-12)


def test_smoothing_by_hand():
    soft = 0.7 * np.eye(3)[LABELS] + 0.3 / 3
    expected = -np.sum(soft * log_softmax(LOGITS)) / 4
    for target in (LABELS, np.eye(3)[LABELS]):
        loss = gn.SoftmaxCrossEntropy(label_smoothing=0.3)
        assert value(loss, LOGITS, target) == pytest.approx(expected, rel=1e-12)
    found = value(gn.SoftmaxCrossEntropy(), LOGITS, soft)
    assert found == pytest.approx(expected, rel=1e-12)


def test_probabilities_are_averaged_by_their_number():
    weights, soft = np.array([1.0, 2.0, 4.0]), numbers(4, 3, signs=False)
    soft /= soft.sum(axis=1, keepdims=True)
    expected = -np.sum(soft * log_softmax(LOGITS) * weights) / 4
    loss = gn.SoftmaxCrossEntropy(class_weights=weights)
    assert value(loss, LOGITS, soft) == pytest.approx(expected, rel=1e-12)


def test_sequences():
    """(rows, time, classes) with (rows, time): averaged over both, or over the rows."""
    log_probabilities = log_softmax(SEQUENCES).reshape(6, 4)
    total = -np.sum(log_probabilities[range(6), TOKENS.ravel()])
    for reduction, count in (("mean", 6), ("rows", 2), ("sum", 1)):
        loss = gn.SoftmaxCrossEntropy(reduction=reduction)
        for target in (TOKENS, TOKENS[..., None], np.eye(4)[TOKENS]):
            expected = pytest.approx(total / count, rel=1e-12)
            assert value(loss, SEQUENCES, target) == expected
        assert loss.backward().shape == SEQUENCES.shape
    flat = value(gn.SoftmaxCrossEntropy(), SEQUENCES.reshape(6, 4), TOKENS.ravel())
    assert flat == pytest.approx(total / 6, rel=1e-12)


def test_other_lengths_of_one_graph():
    prediction, target = gn.Input(value=SEQUENCES), gn.Input(value=TOKENS)
    loss = gn.SoftmaxCrossEntropy(ignore_index=0)(prediction, target)
    for rows, time in ((3, 5), (1, 2), (2, 3)):
        x = numbers(rows, time, 4)
        labels = np.random.default_rng(1).integers(0, 4, (rows, time))
        found = loss.graph.forward({prediction: x, target: labels}, target=loss)
        expected = value(gn.SoftmaxCrossEntropy(ignore_index=0), x, labels)
        assert float(found) == expected
        loss.graph.backward(loss, wrt=[prediction])
        assert prediction.grad.shape == x.shape


def test_classes_on_another_axis():
    turned = np.moveaxis(SEQUENCES, -1, 1)
    loss = gn.SoftmaxCrossEntropy(axis=1, class_weights=[1, 2, 3, 4])
    last = gn.SoftmaxCrossEntropy(class_weights=[1, 2, 3, 4])
    found, gradient = loss_and_gradient(loss, turned, TOKENS)
    expected, slope = loss_and_gradient(last, SEQUENCES, TOKENS)
    assert found == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(np.moveaxis(gradient, 1, -1), slope, rtol=1e-13)
    one_hot = np.moveaxis(np.eye(4)[TOKENS], -1, 1)
    again = gn.SoftmaxCrossEntropy(axis=-2)
    plain = value(gn.SoftmaxCrossEntropy(), SEQUENCES, TOKENS)
    assert value(again, turned, one_hot) == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("ignored", [-100, -1, 0, 255])
def test_ignored_targets_count_nothing(ignored):
    labels = np.array([2, ignored, 1, ignored])
    loss = gn.SoftmaxCrossEntropy(ignore_index=ignored)
    found, gradient = loss_and_gradient(loss, LOGITS, labels)
    kept = [0, 2]
    expected, slope = loss_and_gradient(
        gn.SoftmaxCrossEntropy(), LOGITS[kept], labels[kept]
    )
    assert found == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(gradient[kept], slope, rtol=1e-14)
    np.testing.assert_array_equal(gradient[[1, 3]], 0.0)
    smooth = gn.SoftmaxCrossEntropy(ignore_index=ignored, label_smoothing=0.2)
    expected = value(
        gn.SoftmaxCrossEntropy(label_smoothing=0.2), LOGITS[kept], labels[kept]
    )
    assert value(smooth, LOGITS, labels) == pytest.approx(expected, rel=1e-14)
    narrow = labels.astype(np.int16 if ignored < 0 else np.uint8)
    assert value(gn.SoftmaxCrossEntropy(ignore_index=ignored), LOGITS, narrow) == found


@pytest.mark.parametrize("reduction", ["mean", "rows", "sum"])
@pytest.mark.parametrize("loss", CLASS_LOSSES[:2])
def test_where_all_are_ignored_the_loss_is_0(loss, reduction):
    """A batch of padding alone, say, neither stops the training nor moves it."""
    prediction = log_softmax(LOGITS)
    for settings in ({"ignore_index": -1}, {"class_weights": [1.0, 1.0, 0.0]}):
        labels = np.full(4, settings.get("ignore_index", 2))
        recipe = loss(reduction=reduction, **settings)
        with np.errstate(all="raise"):
            found, gradient = loss_and_gradient(recipe, prediction, labels)
        assert found == 0.0
        assert not np.signbit(found)
        np.testing.assert_array_equal(gradient, np.zeros((4, 3)))


def test_a_class_that_cannot_be():
    """Logits of -inf, as masks put them, of which no target speaks."""
    logits = LOGITS.copy()
    logits[:, 1] = -np.inf
    labels = np.array([0, 2, 2, 0])
    loss = gn.SoftmaxCrossEntropy()
    with np.errstate(all="raise"):
        found, gradient = loss_and_gradient(loss, logits, labels)
    two = gn.SoftmaxCrossEntropy()
    expected, slope = loss_and_gradient(two, logits[:, [0, 2]], labels // 2)
    assert found == pytest.approx(expected, rel=1e-14)
    np.testing.assert_array_equal(gradient[:, 1], 0.0)
    np.testing.assert_allclose(gradient[:, [0, 2]], slope, rtol=1e-14)
    assert value(loss, logits, np.ones(4)) == np.inf


def test_log_likelihood_of_log_softmax_is_the_cross_entropy():
    x = gn.Input(value=LOGITS)
    settings = {"class_weights": [1.0, 2.0, 3.0], "ignore_index": 0}
    loss = gn.NegativeLogLikelihood(**settings)(gn.LogSoftmax()(x), LABELS)
    loss.graph.backward(loss, wrt=[x])
    expected, slope = loss_and_gradient(
        gn.SoftmaxCrossEntropy(**settings), LOGITS, LABELS
    )
    assert float(loss.output) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(x.grad, slope, rtol=1e-12, atol=1e-16)


def test_training_with_padding():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((64, 4))
    y = (X[:, 0] > 0).astype(int)
    y[::4] = -1
    loss = gn.SoftmaxCrossEntropy(ignore_index=-1, label_smoothing=0.05)
    net = gn.NeuralNetwork([gn.Dense(2)], loss, seed=0)
    trainer = gn.Trainer(net, gn.SGD(0.5))
    for _ in range(100):
        trainer.step(X, y)
    known = y >= 0
    assert gn.accuracy(net.predict(X)[known], y[known]) > 0.95
    gn.check_gradients(net, X[:6], y[:6])


def test_labels_as_floats_can_be_moved_by_the_checker():
    """They have no gradient, and do not change the loss."""
    for loss in (gn.SoftmaxCrossEntropy(ignore_index=1), gn.MultiClassHinge()):
        expected = value(loss, LOGITS, LABELS)
        assert value(loss, LOGITS, LABELS + 1e-5) == expected
        net = gn.NeuralNetwork([gn.Dense(3)], loss, seed=0)
        gn.check_gradients(net, numbers(4, 2), np.array([0.0, 2.0, 0.0, 2.0]))


def test_whole_numbers_as_logits():
    for kind in (np.int64, np.uint8):
        logits = np.array([[3, 0, 1], [2, 5, 0]])
        expected = value(gn.SoftmaxCrossEntropy(), logits.astype(float), LABELS[:2])
        assert value(gn.SoftmaxCrossEntropy(), logits.astype(kind), LABELS[:2]) == (
            expected
        )


# -- bad input -------------------------------------------------------------------------
def predictions(loss, shape=(4, 3)):
    prediction = numbers(*shape)
    if loss is gn.NegativeLogLikelihood and prediction.size:
        return log_softmax(prediction)
    return prediction


@pytest.mark.parametrize("loss", CLASS_LOSSES)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 3, 3], "(?s)3 is not one of the classes 0 … 2.*one for each column"),
        ([1, 2, 3, 1], "(?s)3 is not one of the classes 0 … 2.*Subtract 1: y - 1"),
        ([0, 1, -1, 2], "(?s)-1 is not one of.*ignore_index=-1"),
        ([0, 1, -100, -100], "(?s)-100 is not one of.*ignore_index=-100"),
        ([-1, 1, -2, 2], "-1 is not one of the classes"),
        ([0.0, 1.0, 1.5, 2.0], "1.5 is not one of the classes"),
        ([0.2, 0.9, 0.1, 0.4], "0.2 is not one of the classes"),
        ([0.0, np.nan, 1.0, 2.0], "nan is not one of the classes"),
        ([0.0, np.inf, 1.0, 2.0], "inf is not one of the classes"),
        ([0, 1, 1j, 2], "the target is complex128"),
    ],
    ids=str,
)
def test_labels(loss, labels, message):
    recipe, prediction = loss(), predictions(loss)
    before = value(recipe, prediction, LABELS)
    for target in (np.array(labels), np.array(labels).reshape(4, 1)):
        with pytest.raises(gn.ArgumentError, match=message) as caught:
            recipe.forward(prediction, target)
        assert loss.__name__ in str(caught.value)
    assert value(recipe, prediction, LABELS) == before


@pytest.mark.parametrize("loss", CLASS_LOSSES)
@pytest.mark.parametrize(
    ("shape", "wanted", "message"),
    [
        ((4, 3), (4, 5), "(?s)fits neither.*rows have 5 classes, the prediction has 3"),
        ((4, 3), (4, 2), "(?s)fits neither.*rows have 2 classes, the prediction has 3"),
        ((4, 3), (4, 3, 1), r"fits neither class indices \(4,\) nor one-hot rows"),
        ((4, 3), (3,), "differ in their number of rows"),
        ((4, 3), (1, 4), "differ in their number of rows"),
        ((4, 3), (), "differ in their number of rows"),
        ((2, 3, 4), (2,), r"fits neither class indices \(2, 3\) nor one-hot rows"),
        ((2, 3, 4), (2, 4), "fits neither"),
        ((2, 3, 4), (2, 3, 5), "rows have 5 classes, the prediction has 4"),
        ((4,), (4,), r"\(rows, classes\) is needed"),
        ((4, 1), (4,), "(?s)one class.*BinaryCrossEntropyWithLogits"),
        ((4, 1), (4, 1), "(?s)one class.*BinaryCrossEntropyWithLogits"),
        ((4, 0), (4,), "holds no numbers"),
    ],
    ids=str,
)
def test_shapes(loss, shape, wanted, message):
    with pytest.raises(gn.ShapeError, match=message) as caught:
        loss().forward(predictions(loss, shape), np.zeros(wanted, int))
    assert loss.__name__ in str(caught.value)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("loss", CLASS_LOSSES)
@pytest.mark.parametrize("kind", [int, bool, float])
@pytest.mark.parametrize("row", [[1, 0, 1], [0, 0, 0], [1, 1, 1]])
def test_one_hot_rows_that_are_none(loss, kind, row):
    target = np.eye(3)[LABELS]
    target[2] = row
    message = rf"row \(2,\) adds up to {sum(row)}|row \[2\] adds up to {sum(row)}"
    with pytest.raises(gn.ArgumentError, match=message) as caught:
        loss().forward(predictions(loss), target.astype(kind))
    assert "BinaryCrossEntropyWithLogits" in str(caught.value)


def test_indices_of_the_shape_of_the_prediction():
    with pytest.raises(gn.ArgumentError, match="Class indices have shape"):
        gn.SoftmaxCrossEntropy().forward(numbers(4, 3), np.full((4, 3), 2))


def test_probabilities():
    target = np.eye(3)[LABELS]
    target[1] = [-0.1, 0.6, 0.5]
    with pytest.raises(gn.ArgumentError, match=r"target at \[1, 0\] is -0.1, not 0 or"):
        gn.SoftmaxCrossEntropy().forward(LOGITS, target)
    target[1] = [np.nan, 0.5, 0.5]
    with pytest.raises(gn.ArgumentError, match=r"target at \[1, 0\] is nan"):
        gn.SoftmaxCrossEntropy().forward(LOGITS, target)
    with pytest.raises(gn.ShapeError, match="other numbers than 0 and 1"):
        gn.MultiClassHinge().forward(LOGITS, np.full((4, 3), 1 / 3))


def test_ignoring_an_index_of_one_hot_rows():
    loss = gn.SoftmaxCrossEntropy(ignore_index=-1)
    with pytest.raises(gn.ArgumentError, match="ignore_index=-1 goes with class ind"):
        loss.forward(LOGITS, np.eye(3)[LABELS])


def test_class_weights_of_the_wrong_length():
    for weights in ([1.0, 2.0], [1.0] * 4, 2.0):
        loss = gn.SoftmaxCrossEntropy(class_weights=weights)
        with pytest.raises(gn.ShapeError, match=r"class_weights has shape.*3 classes"):
            loss.forward(LOGITS, LABELS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_weights": [1.0, -1.0]}, "class_weights of .*-1 is no weight"),
        ({"class_weights": [1.0, np.nan]}, "nan is no weight"),
        ({"class_weights": [1.0, np.inf]}, "inf is no weight"),
        ({"class_weights": []}, r"not shape \(0,\)"),
        ({"class_weights": [[1.0, 2.0]]}, r"not shape \(1, 2\)"),
        ({"class_weights": "balanced"}, "an array of numbers is needed"),
        ({"class_weights": gn.Input(value=[1.0, 2.0])}, "not a node"),
        ({"label_smoothing": 1.0}, "from 0 on and below 1, not 1.0"),
        ({"label_smoothing": -0.1}, "from 0 on and below 1, not -0.1"),
        ({"label_smoothing": np.nan}, "from 0 on and below 1"),
        ({"label_smoothing": "0.1"}, "from 0 on and below 1"),
        ({"ignore_index": 1.5}, "ignore_index of .* is a whole number"),
        ({"ignore_index": True}, "ignore_index of .* is a whole number"),
        ({"axis": None}, "axis of SoftmaxCrossEntropy is a whole number"),
        ({"axis": 1.0}, "axis of SoftmaxCrossEntropy is a whole number"),
    ],
    ids=str,
)
def test_settings(settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.SoftmaxCrossEntropy(**settings)


@pytest.mark.parametrize("axis", [0, -3, 3, 7])
def test_axes(axis):
    loss = gn.SoftmaxCrossEntropy(axis=axis)
    with pytest.raises(gn.ShapeError, match=f"axis {axis} of a prediction of shape"):
        loss.forward(SEQUENCES, TOKENS)


def test_logits_given_as_log_probabilities():
    for logits in (LOGITS, LOGITS - 10, 1000 * LOGITS):
        with pytest.raises(gn.ArgumentError, match=r"(?s)add up to.*SoftmaxCrossEnt"):
            gn.NegativeLogLikelihood().forward(logits, LABELS)
        with pytest.raises(gn.ArgumentError, match=r"(?s)add up to.*SoftmaxCrossEnt"):
            gn.KLDivergence().forward(logits, np.eye(3)[LABELS])


def test_complex_logits():
    with pytest.raises(gn.ArgumentError, match="the prediction is complex128"):
        gn.SoftmaxCrossEntropy().forward(LOGITS + 1j, LABELS)


def test_too_many_axes_are_said_to_be_flattened():
    loss = gn.SoftmaxCrossEntropy()
    with pytest.raises(gn.ShapeError, match=r"too many axes\? .*gn\.Flatten\(\)"):
        loss.forward(np.ones((3, 6, 6, 10)), np.array([0, 1, 2]))
