"""What losses have in common, and those of numbers: values, batches, bad input."""

import copy
import pickle

import numpy as np
import pytest
from cases import CASES, numbers

import graphnn as gn
from graphnn.ops import losses

LOSSES = [case for case in CASES if issubclass(case.operation, gn.Loss)]
OF_NUMBERS = [
    gn.MeanSquaredError,
    gn.MeanAbsoluteError,
    gn.Huber,
    gn.LogCosh,
    gn.QuantileLoss,
    gn.PoissonLoss,
    gn.BinaryCrossEntropyWithLogits,
    gn.CosineLoss,
]
SAME_SHAPE = [*OF_NUMBERS, gn.BinaryCrossEntropy, gn.KLDivergence, gn.Hinge]
PREDICTION = np.array([[1.0, 4.0], [0.5, -1.0], [2.0, 0.0]])
TARGET = np.array([[0.0, 1.0], [0.5, 1.0], [0.0, 1.0]])


def value(loss, prediction=PREDICTION, target=TARGET):
    return float(loss.forward(np.array(prediction), np.array(target)))


def by_name(operation):
    return operation.__name__


# -- values, by hand -------------------------------------------------------------------
def test_reductions():
    squares = (PREDICTION - TARGET) ** 2
    assert value(gn.MeanSquaredError()) == squares.sum() / 3
    assert value(gn.MeanSquaredError(reduction="rows")) == squares.sum() / 3
    assert value(gn.MeanSquaredError(reduction="mean")) == squares.sum() / 6
    assert value(gn.MeanSquaredError(reduction="sum")) == squares.sum()


def test_of_three_axes_the_rows_are_the_first():
    prediction, target = numbers(2, 3, 4), numbers(2, 3, 4, seed=1)
    squares = (prediction - target) ** 2
    found = value(gn.MeanSquaredError(), prediction, target)
    assert found == pytest.approx(squares.sum() / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (gn.MeanAbsoluteError(), (1 + 3 + 0 + 2 + 2 + 1) / 6),
        (gn.MeanAbsoluteError(reduction="rows"), 9 / 3),
        (gn.Huber(), (0.5 + 2.5 + 0 + 1.5 + 1.5 + 0.5) / 6),
        (gn.Huber(2.0, reduction="sum"), 0.5 + 4 + 0 + 2 + 2 + 0.5),
        (gn.LogCosh(), np.mean(np.log(np.cosh(PREDICTION - TARGET)))),
        (gn.QuantileLoss(0.75), (0.25 * (1 + 3 + 2) + 0.75 * (2 + 1)) / 6),
        (gn.PoissonLoss(), np.mean(np.exp(PREDICTION) - TARGET * PREDICTION)),
    ],
    ids=lambda x: type(x).__name__,
)
def test_values(loss, expected):
    assert value(loss) == pytest.approx(expected, rel=1e-12)


def test_the_rate_of_a_poisson_law():
    rates = PREDICTION + 2.0
    found = value(gn.PoissonLoss(log_prediction=False, reduction="sum"), rates)
    assert found == pytest.approx(np.sum(rates - TARGET * np.log(rates)), rel=1e-6)
    assert value(gn.PoissonLoss(log_prediction=False), [[0.0]], [[0]]) == 0.0


def test_gradients_by_hand():
    for loss, expected in (
        (gn.MeanSquaredError(), 2 * (PREDICTION - TARGET) / 3),
        (gn.MeanAbsoluteError(), np.sign(PREDICTION - TARGET) / 6),
        (gn.Huber(reduction="sum"), np.clip(PREDICTION - TARGET, -1, 1)),
        (gn.QuantileLoss(0.75, reduction="sum"), [[0.25, 0.25], [-0.25, -0.75]]),
    ):
        value(loss)
        gradient = loss.backward()
        np.testing.assert_allclose(gradient[:2], np.array(expected)[:2], rtol=1e-15)
        np.testing.assert_allclose(loss.input_grads[1], -gradient, rtol=1e-15)
        tripled = loss.backward(3.0)
        np.testing.assert_allclose(tripled, 3 * gradient, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", [gn.Huber(), gn.LogCosh(), gn.MeanAbsoluteError()])
def test_large_errors(loss, dtype):
    loss, far = copy.deepcopy(loss), np.array([[1e30], [-1e30]], dtype)
    with np.errstate(all="raise", under="ignore"):
        found = loss.forward(far, np.zeros((2, 1), dtype))
        gradient = loss.backward()
    assert found.dtype == gradient.dtype == dtype
    np.testing.assert_allclose(found, 1e30, rtol=1e-6)
    np.testing.assert_array_equal(gradient, [[0.5], [-0.5]])


def test_log_cosh_of_small_errors():
    for size in (1e-2, 1e-3, 1e-4):
        found = value(gn.LogCosh(), [[size]], [[0.0]])
        assert found == pytest.approx(size**2 / 2 - size**4 / 12, rel=1e-11)


def test_whole_numbers_and_truths():
    """uint8 would wrap around, and bool has no minus."""
    zeros_and_ones = (TARGET == 1).astype(np.uint8)
    for kind in (np.uint8, np.int64, bool):
        for loss in (gn.MeanSquaredError, gn.MeanAbsoluteError, gn.Huber, gn.LogCosh):
            target, other = zeros_and_ones.astype(kind), zeros_and_ones.astype(float)
            assert value(loss(), PREDICTION, target) == value(loss(), PREDICTION, other)
            expected = value(loss(), other, 1 - other)
            assert value(loss(), zeros_and_ones, (1 - other).astype(kind)) == expected
    narrow = gn.MeanSquaredError().forward(PREDICTION.astype("f4"), zeros_and_ones)
    assert narrow.dtype == np.float32


# -- every loss ------------------------------------------------------------------------
def stacked(array, times):
    return np.concatenate([array] * times)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_another_batch_size(case):
    prediction, target = (gn.Input(value=a) for a in case.inputs)
    loss = case.make()(prediction, target)
    first = float(loss.output)
    loss.graph.backward(loss, wrt=[prediction])
    slope = prediction.grad
    for times in (3, 2, 1):
        feeds = {
            prediction: stacked(case.inputs[0], times),
            target: stacked(np.asarray(case.inputs[1]), times),
        }
        factor = times if case.make().reduction == "sum" else 1
        found = loss.graph.forward(feeds, target=loss)
        assert float(found) == pytest.approx(first * factor, rel=1e-12)
        loss.graph.backward(loss, wrt=[prediction])
        expected = stacked(slope, times) * (factor / times)
        np.testing.assert_allclose(prediction.grad, expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_copies_and_pickles(case):
    recipe = case.make()
    expected = recipe(*map(np.asarray, case.inputs)).output
    for other in (copy.deepcopy(recipe), pickle.loads(pickle.dumps(recipe))):
        np.testing.assert_array_equal(other(*case.inputs).output, expected)


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_one_number_of_the_predictions_dtype(case):
    prediction, target = case.inputs
    loss = case.make()
    found = loss.forward(prediction.astype(np.float32), target)
    assert found.shape == ()
    assert loss.backward().dtype == np.float32


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_lists(case):
    prediction, target = case.inputs
    expected = case.make().forward(prediction, target)
    found = case.make().forward(prediction.tolist(), np.asarray(target).tolist())
    np.testing.assert_array_equal(found, expected)


def test_a_loss_of_the_users_own():
    class Quartic(gn.Loss):
        def __init__(self, factor):
            self.factor = factor  # without super().__init__()

        def _output(self):
            prediction, target = self._pair()
            return self._reduced(self.factor * (prediction - target) ** 4)

        def _input_grads(self, output_grad):
            prediction, target = self._pair()
            each = self._each(output_grad, prediction.shape)
            slope = 4 * self.factor * (prediction - target) ** 3 * each
            return slope, -slope

    assert value(Quartic(2.0)) == 2 * np.sum((PREDICTION - TARGET) ** 4) / 3
    gn.check_gradients(Quartic(0.5))
    with pytest.raises(gn.ShapeError, match="Quartic"):
        value(Quartic(1.0), PREDICTION, TARGET[:, :1])


def test_the_checker_draws_arrays():
    for loss in (*OF_NUMBERS, gn.BinaryCrossEntropy, gn.SoftmaxCrossEntropy):
        assert gn.check_gradients(loss).ok


@pytest.mark.parametrize("loss", [gn.Huber(), gn.LogCosh(), gn.CosineLoss()])
def test_in_a_network(loss):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((32, 3)), rng.standard_normal((32, 2))
    net = gn.NeuralNetwork([gn.Dense(8, "tanh"), gn.Dense(2)], loss, seed=0)
    trainer = gn.Trainer(net, gn.SGD(0.1))
    before = net.evaluate(X, y)
    for _ in range(50):
        trainer.step(X, y)
    assert net.evaluate(X, y) < 0.9 * before
    gn.check_gradients(net, X[:4], y[:4], order=1)


# -- bad input -------------------------------------------------------------------------
@pytest.mark.parametrize("loss", SAME_SHAPE, ids=by_name)
@pytest.mark.parametrize(
    ("shape", "wanted", "fix"),
    [
        ((4, 1), (4,), r"y\.reshape\(-1, 1\)"),
        ((4,), (4, 1), r"y\.reshape\(-1\)"),
        ((4, 3), (4, 1), "a number for each one"),
        ((4, 3), (4,), "a number for each one"),
        ((4, 1), (4, 3), "a number for each one"),
        ((4, 3), (3, 3), "number of rows"),
        ((4, 3), (1, 3), "number of rows"),
        ((4, 3), (), "number of rows"),
        ((2, 3, 4), (2, 4, 3), "a number for each one"),
    ],
    ids=str,
)
def test_nothing_is_broadcast(loss, shape, wanted, fix):
    x = gn.Input("x", value=np.full(shape, 0.5))
    nodes = len(x.graph)
    with pytest.raises(gn.ShapeError, match=fix) as caught:
        loss()(x, np.full(wanted, 0.5))
    text = str(caught.value)
    assert loss.__name__ in text
    assert str(shape) in text
    assert str(wanted) in text
    assert len(x.graph) == nodes


def test_a_number_as_target():
    x = gn.Input("x", value=np.ones((4, 1)))
    with pytest.raises(gn.ShapeError, match=r"a target of shape \(\)"):
        gn.MeanSquaredError()(x, 0.0)


def test_class_indices_given_to_a_loss_of_numbers():
    with pytest.raises(gn.ShapeError, match=r"gn\.SoftmaxCrossEntropy\(\)"):
        gn.MeanSquaredError().forward(np.ones((4, 3)), np.array([0, 1, 2, 0]))


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_empty_batches(case):
    prediction, target = map(np.asarray, case.inputs)
    loss = case.make()
    with pytest.raises(gn.ShapeError, match="no rows"):
        loss.forward(prediction[:0], target[:0])
    assert np.isfinite(loss.forward(prediction, target))
    columns = prediction[:, :0]
    with pytest.raises(gn.ShapeError, match=r"no numbers|fits neither"):
        loss.forward(columns, columns if prediction.shape == target.shape else target)


@pytest.mark.parametrize("loss", SAME_SHAPE, ids=by_name)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_target_that_is_no_number(loss, bad):
    """The message says where."""
    prediction, target = np.full((3, 2), 0.5), np.full((3, 2), 0.5)
    if loss is gn.Hinge:
        target[:] = 1.0
    if loss is gn.KLDivergence:
        prediction = np.log(prediction)
    recipe = loss()
    recipe.forward(prediction, target)
    wrong = target.copy()
    wrong[1, 0] = bad
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(gn.ArgumentError, match=rf"target at \[1, 0\] is {bad}") as error,
    ):
        recipe.forward(prediction, wrong)
    assert loss.__name__ in str(error.value)
    assert np.isfinite(recipe.forward(prediction, target))


def test_a_prediction_that_is_no_number_is_seen_in_the_loss():
    for loss in (*OF_NUMBERS, gn.BinaryCrossEntropy, gn.Hinge):
        target = np.ones((2, 2))
        with np.errstate(invalid="ignore"):
            assert np.isnan(loss().forward(np.array([[np.nan, 1], [1, 1]]), target))
    lost = np.array([[np.nan, 1], [1, 1]])
    assert np.isnan(gn.SoftmaxCrossEntropy().forward(lost, np.array([0, 1])))
    assert np.isnan(gn.SoftmaxCrossEntropy().forward(lost, np.eye(2)))


@pytest.mark.parametrize("loss", SAME_SHAPE, ids=by_name)
def test_complex_numbers(loss):
    real, other = np.full((2, 2), 0.5), np.full((2, 2), 0.5 + 1j)
    for pair, what in (((other, real), "prediction"), ((real, other), "target")):
        with pytest.raises(gn.ArgumentError, match=rf"the {what} is complex128"):
            loss().forward(*pair)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.MeanSquaredError(reduction="row"), "Did you mean 'rows'"),
        (lambda: gn.Huber(reduction="none"), "unknown reduction 'none'"),
        (lambda: gn.KLDivergence(reduction="batchmean"), "unknown reduction"),
        (lambda: gn.LogCosh(reduction=None), "LogCosh: unknown reduction None"),
        (lambda: gn.SoftmaxCrossEntropy(reduction=["mean"]), "unknown reduction"),
        (lambda: gn.Huber(0.0), "delta of Huber is above 0"),
        (lambda: gn.Huber(-1.0), "delta of Huber is above 0"),
        (lambda: gn.Huber(np.nan), "delta of Huber is a finite number"),
        (lambda: gn.Huber(np.inf), "delta of Huber is a finite number"),
        (lambda: gn.Huber("1"), "delta of Huber is a finite number"),
        (lambda: gn.Huber(True), "delta of Huber is a finite number"),
        (lambda: gn.QuantileLoss(0.0), "above 0 and below 1"),
        (lambda: gn.QuantileLoss(1.0), "above 0 and below 1"),
        (lambda: gn.QuantileLoss(25), "above 0 and below 1"),
        (lambda: gn.Hinge(margin=0), "margin of Hinge is above 0"),
        (lambda: gn.MultiClassHinge(margin=-1), "margin of MultiClassHinge"),
    ],
)
def test_settings(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()


def test_counts_and_rates():
    one = np.ones((2, 2))
    with pytest.raises(gn.ArgumentError, match=r"target at \[0, 0\] is -1, not 0 or"):
        gn.PoissonLoss().forward(one, -one)
    with pytest.raises(gn.ArgumentError, match=r"(?s)prediction at .*logarithms"):
        gn.PoissonLoss(log_prediction=False).forward(-one, one)


def test_the_file_has_the_cross_entropy_too():
    assert losses.SoftmaxCrossEntropy is gn.SoftmaxCrossEntropy
    with pytest.raises(AttributeError, match="Softmax"):
        losses.Softmax  # noqa: B018
