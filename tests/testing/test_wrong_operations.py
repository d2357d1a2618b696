"""The checker finds operations that are wrong, each in one way."""

from contextlib import nullcontext

import numpy as np
import pytest
import wrong
from checking import BATCH, normal

import graphnn as gn
from graphnn.ops import trigonometric
from graphnn.testing.comparison import OneGradient


def report_of(thing, *arrays, **settings):
    """Check what must fail: without raising, and with."""
    reports = []
    for raises in (False, True):  # on one line, which is the nodes' source
        with pytest.raises(gn.GradientError) if raises else nullcontext() as caught:
            reports.append(
                gn.check_gradients(thing, *arrays, raises=raises, **settings)
            )
    (report,) = reports
    assert not report.ok
    assert not report
    assert report.problems()[0] in str(caught.value)
    return report


def first_failure(thing, *arrays, **settings):
    return report_of(thing, *arrays, **settings).failures[0]


def test_wrong_by_a_thousandth():
    row = first_failure(wrong.ByAThousandth(), BATCH)
    assert row.verdict == "wrong"
    assert (row.node, row.operation, row.order) == (
        "by_a_thousandth",
        "ByAThousandth",
        1,
    )
    assert row.argument == "input 0 (x)"
    assert row.source == "wrong.py:9"
    assert row.relative_error == pytest.approx(1e-3, rel=0.01)
    x = BATCH[row.index]
    assert row.numeric == pytest.approx(row.analytic / 1.001, rel=1e-6)
    assert row.absolute_error == pytest.approx(abs(row.analytic - row.numeric))
    assert abs(row.analytic) < 1.5 * 3.003 * x**2 + 1e-9
    text = row.explain()
    assert "off by 0.0999 %" in text
    assert "everywhere analytic = 1.001 × numeric" in text
    assert "ByAThousandth._input_grad (wrong.py:" in text
    assert f"the worst at [{row.index[0]}, {row.index[1]}]" in text


@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.complex64])
def test_wrong_by_a_thousandth_in_other_dtypes(dtype):
    array = (BATCH + 1j * BATCH[::-1]).astype(dtype) if dtype != np.float32 else BATCH
    row = first_failure(wrong.ByAThousandth(), array.astype(dtype))
    assert row.dtype == dtype
    assert row.relative_error == pytest.approx(1e-3, rel=0.02)


def test_wrong_by_a_tenth_in_half_precision():
    class ByATenth(gn.Operation):
        def _output(self):
            return 2 * self.input_

        def _input_grad(self, output_grad):
            return np.float16(2.2) * output_grad

    row = first_failure(ByATenth(), BATCH.astype(np.float16), order=1)
    assert row.relative_error == pytest.approx(0.1, rel=0.2)


def test_wrong_by_a_thousandth_deep_in_a_network():
    net = gn.NeuralNetwork(
        [gn.Dense(5, wrong.ByAThousandth()), gn.Dense(2, "tanh")],
        gn.MeanSquaredError(),
        seed=3,
    )
    report = report_of(net, BATCH, np.ones((3, 2)))
    assert {row.node for row in report.failures} == {"dense_1/by_a_thousandth"}
    wholes = {row.argument for row in report.rows if row.whole and not row.ok}
    assert {"dense_1/weight", "dense_1/bias"} <= wholes  # and all upstream of it


def test_wrong_only_for_a_batch():
    gn.check_gradients(wrong.OnlyForBatches(), BATCH[:1])
    report = report_of(wrong.OnlyForBatches())
    assert "everywhere analytic = 3 × numeric" in str(report)
    assert "Right for (1, 4)." in str(report)


def test_wrong_only_where_negative():
    gn.check_gradients(wrong.OnlyWhereNegative(), np.abs(BATCH))
    row = first_failure(wrong.OnlyWhereNegative())
    assert row.analytic == 0
    assert 0 < row.comparison.wrong < row.compared
    one = np.abs(BATCH)
    one[2, 1] *= -1
    assert first_failure(wrong.OnlyWhereNegative(), one).index == (2, 1)


@pytest.mark.parametrize("seed", range(5))
def test_wrong_at_one_of_many_elements(seed):
    array = normal(50, 40)
    row = first_failure(wrong.AtOneElement(), array, samples=10, seed=seed, order=1)
    assert row.index == np.unravel_index(777, array.shape)
    assert row.relative_error == pytest.approx(0.01, rel=0.02)
    assert row.compared == 10


def test_wrong_sign_for_the_second_input():
    row = first_failure(wrong.WrongSign(), BATCH, BATCH[::-1])
    assert row.argument == "input 1 (x1)"
    assert "everywhere analytic = -1 × numeric" in row.explain()


def test_gradients_in_the_wrong_order():
    report = report_of(wrong.Swapped(), BATCH, BATCH[::-1])
    assert [row.argument for row in report.failures] == ["input 0 (x0)", "input 1 (x1)"]


def test_wrong_only_in_the_parameter():
    operation = wrong.OnlyTheParameter(np.ones((1, 4)))
    report = report_of(operation, BATCH)
    assert [row.argument for row in report.failures] == [
        "param (only_the_parameter_param)"
    ]
    assert "OnlyTheParameter._param_grad" in str(report)
    assert report_of(operation).failures  # and with arrays that fit the parameter


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (wrong.WrongShape, "gradient of shape (4,) for input 0, whose shape is (3, 4)"),
        (wrong.ForgotReturn, "ForgotReturn._input_grad returned None"),
    ],
)
def test_what_the_engine_refuses_is_reported(operation, says):
    row = first_failure(operation(), BATCH)
    assert row.verdict == "refused"
    assert says in row.explain()


def test_no_gradient_where_there_is_one():
    row = first_failure(wrong.SaysNone(), BATCH, BATCH)
    assert (row.argument, row.analytic) == ("input 1 (x1)", 0)


def test_wrong_only_in_the_second_derivative():
    gn.check_gradients(wrong.OnlySecondOrder(), BATCH, order=1)
    row = first_failure(wrong.OnlySecondOrder(), BATCH)
    assert row.order == 2
    assert row.argument == "input 0 (x)"
    assert "second derivative" in row.explain()


IMPURE = [
    (wrong.RandomOutput, "_output gives other values when it runs again"),
    (wrong.RandomGradient, "the gradient hook gives other values"),
    (wrong.RandomWhenTraced, "other constants when they are traced again"),
    (wrong.OwnGenerator, "a hook changes self.rng"),
    (wrong.CountsCalls, "a hook changes self.calls, which __init__ has set"),
    (wrong.AppendsToList, "a hook changes self.seen"),
    (wrong.ChangesInput, "_output changes its input 0 in place (wrong.py:"),
    (wrong.ChangesOutputGrad, "changes output_grad in place (wrong.py:"),
    (wrong.ChangesOutput, "changes self.output in place (wrong.py:"),
    (wrong.UsesUpItsMask, "uses up something that it keeps"),
    (wrong.ReturnsItsBuffer, "_output returns the same array in each pass"),
    (wrong.ReturnsItsGradientBuffer, "the gradient hook returns the same array"),
    (wrong.CountsElsewhere, "the gradient hook gives other values"),
    (wrong.DiffersOnNodes, "other values on nodes than on arrays"),
]


@pytest.mark.parametrize(("operation", "says"), IMPURE, ids=lambda x: str(x)[:20])
@pytest.mark.parametrize("order", [1, 2])
def test_impure(operation, says, order):
    report = report_of(operation(), BATCH, order=order)
    assert any(says in finding.text for finding in report.impurities), str(report)
    assert all(f.operation == operation.__name__ for f in report.impurities)
    assert not report.failures  # nothing but the impurity is said to be wrong
    assert says in str(report)


def test_impure_deep_in_a_graph():
    x = gn.Input("x", value=BATCH)
    report = report_of(np.sum(np.exp(wrong.CountsCalls()(x * 2.0))))
    (finding,) = report.impurities
    assert finding.node == "counts_calls"
    assert finding.source.startswith("test_wrong_operations.py:")


def test_what_depends_on_which_gradients_are_wanted():
    report = report_of(wrong.OnlyWhenAlone(), BATCH, BATCH)
    assert "gradient for input 1 where it is the only one" in str(report)


def test_wrong_use_of_two_right_operations_is_found_in_the_whole_gradient(monkeypatch):
    x = gn.Input("x", value=BATCH)
    y = np.sum(x * x)
    monkeypatch.setattr("graphnn.engine.passes.add", lambda one, other: one)
    report = report_of(y, order=1)
    assert all(row.whole for row in report.failures)
    assert report.failures[0].argument == "x"


def test_several_errors_of_which_none_is_wrong_by_itself(monkeypatch):
    monkeypatch.setattr(OneGradient, "search", lambda self, direction: (0, 0))
    report = report_of(wrong.AtOneElement(), normal(50, 40), samples=10, order=1)
    assert report.failures[0].index is None
    assert "all elements along a random direction" in str(report)


def test_a_second_derivative_that_is_refused(monkeypatch):
    def refuse(self, output_grad):
        raise gn.GradientError("no second derivative of cosines")

    monkeypatch.setattr(trigonometric.Cos, "_input_grad", refuse)
    row = first_failure(np.sin, BATCH)
    assert (row.order, row.verdict) == (2, "refused")
    assert "no second derivative of cosines" in row.explain()


def test_a_gradient_that_is_not_a_number():
    class NotANumber(gn.Operation):
        def _output(self):
            return 2 * self.input_

        def _input_grad(self, output_grad):
            return output_grad * np.nan

    row = first_failure(NotANumber(), BATCH, order=1)
    assert row.verdict == "wrong"
    assert "analytic nan, numeric" in row.explain()
    assert "off by more than can be said" in row.explain()


def test_a_pass_that_is_refused_as_a_whole(monkeypatch):
    def refuse(self, *arguments, **settings):
        raise gn.GraphError("not today")

    loss = np.sum(gn.Input("x", value=BATCH) ** 2)
    monkeypatch.setattr(gn.Graph, "backward", refuse)
    row = first_failure(loss, order=1)
    assert (row.whole, row.verdict) == (True, "refused")


def test_messages_of_many_failures_are_cut_short():
    x = gn.Input("x", value=BATCH)
    node = sum([wrong.ByAThousandth()(x) for _ in range(12)], x)
    with pytest.raises(gn.GradientError, match="… and 4 more"):
        gn.check_gradients(node, order=1)


def test_an_exception_in_a_hook_keeps_its_type():
    class Broken(gn.Operation):
        def _output(self):
            return 2 * self.input_

        def _input_grad(self, output_grad):
            return output_grad * self.nothing

    with pytest.raises(AttributeError, match="nothing") as caught:
        gn.check_gradients(Broken(), BATCH)
    assert "in _input_grads of broken" in caught.value.__notes__[0]


def test_a_missing_hook_is_named():
    class NoGradient(gn.Operation):
        def _output(self):
            return 2 * self.input_

    with pytest.raises(gn.MissingHook, match="NoGradient does not define _input_grad"):
        gn.check_gradients(NoGradient(), BATCH)
