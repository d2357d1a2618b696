"""Values that are NaN or infinite: what has no slope is left out, and counted."""

import warnings

import numpy as np
import pytest
from cases import CASES, joined
from checking import BATCH, network, row_of

import graphnn as gn
from graphnn.ops.interpolation import Interp

FIRST = {case.operation: case for case in reversed(CASES)}


def spoiled(case, position, value):
    """Build an operation with one element of one input that is not finite."""
    inputs = [np.asarray(array) for array in case.inputs]
    inputs[position] = inputs[position].copy()
    inputs[position].flat[inputs[position].size // 2] = value
    return case.make()(
        *[gn.Input("x", value=a) if a.dtype.kind in "fc" else a for a in inputs]
    )


def spoiled_nodes(value):
    """Build each operation that takes such values, once for each of its inputs."""
    for case in FIRST.values():
        if joined(case.make()(*case.inputs)).dtype.kind not in "fc":
            continue
        for position, array in enumerate(map(np.asarray, case.inputs)):
            # points to interpolate between must increase, and these do not
            in_order = case.operation is not Interp or position != 1
            if array.dtype.kind in "fc" and array.size and in_order:
                try:
                    node = spoiled(case, position, value)
                except (gn.GraphnnError, ValueError, TypeError):
                    continue  # it refuses them
                yield node


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_no_operation_is_called_wrong_for_them(value):
    count = 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for node in spoiled_nodes(value):
            try:
                gn.check_gradients(node, samples=3)
            except np.linalg.LinAlgError:
                continue  # it has no result
            count += 1
    assert count > 200


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_fed_with_nan(dtype):
    net, X, y = network(5, 2, dtype=dtype)
    X[1, 2] = np.nan
    report = gn.check_gradients(net, X, y)
    assert "not finite, not compared" in report.headline()
    X[...] = np.nan
    report = gn.check_gradients(net, X, y)
    row = row_of(report, node="dense_1/tanh", order=1, whole=False)
    assert (row.verdict, row.compared, row.kinks) == ("not finite", 0, 0)
    assert row.not_finite == row.comparison.not_finite == 30


def test_they_are_counted_and_are_no_kinks():
    x = np.array([0.0, 1.0, np.nan, np.inf, -2.0])
    report = gn.check_gradients(gn.ReLU(), x, order=1)
    row = row_of(report, whole=False)
    assert (row.compared, row.kinks, row.not_finite) == (2, 1, 2)
    assert "2 + 1 kink + 2 not finite" in str(report)
    assert str(report).endswith("all right; 4 elements not finite, not compared")
    report.rows = [row_of(gn.check_gradients(gn.Tanh(), x[1:3]), order=1, whole=False)]
    assert report.headline().endswith("; 1 element not finite, not compared")


def test_of_large_arrays_finite_elements_are_drawn():
    x = np.full((40, 40), np.nan)
    x[:, 3] = np.linspace(-1.0, 1.0, 40)
    report = gn.check_gradients(gn.Tanh(), x, samples=8, order=1)
    row = row_of(report, whole=False)
    assert (row.compared, row.not_finite) == (8, 1560)
    assert row.comparison.direction is not None


class WrongTanh(gn.Operation):
    def _output(self):
        return np.tanh(self.input_)

    def _input_grad(self, output_grad):
        return output_grad * (self.output**2 - 1.0)


def test_what_is_wrong_elsewhere_is_still_found():
    x = BATCH.copy()
    x[0, 0] = np.nan
    report = gn.check_gradients(WrongTanh(), x, order=1, raises=False)
    row = row_of(report, whole=False)
    assert (row.verdict, row.not_finite, row.comparison.wrong) == ("wrong", 1, 11)
    assert report.headline().startswith("2 of 2 comparisons wrong; 2 elements")


class SometimesNaN(gn.Operation):
    """Its gradient is NaN for negative inputs, whose outputs are finite."""

    def _output(self):
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        return output_grad * 2.0 * np.sqrt(np.sign(self.input_))


def test_a_hook_that_makes_nan_of_finite_values_is_wrong():
    report = gn.check_gradients(SometimesNaN(), BATCH, order=1, raises=False)
    row = row_of(report, whole=False)
    assert (row.verdict, row.not_finite) == ("wrong", 0)
    assert row.comparison.wrong == np.sum(BATCH < 0)
    assert np.isnan(row.analytic)


def test_a_hook_that_confuses_its_inputs_at_nan_is_impure():
    class Alone(gn.Operation):
        """Gives another gradient where it is the only one that is wanted."""

        arity = 2

        def _output(self):
            x, y = self.input_values
            return x * y

        def _input_grads(self, output_grad):
            x, y = self.input_values
            factor = 1.0 if all(self.needs_input_grad) else 3.0
            return output_grad * y * factor, output_grad * x

    x = BATCH.copy()
    x[0, 0] = np.nan
    report = gn.check_gradients(Alone(), x, BATCH + 1.0, raises=False)
    assert "another gradient for input 0" in str(report.impurities[0])
    assert len(report.impurities) == 1


def test_overflow_in_single_precision_is_not_called_wrong():
    x = np.array([100.0, 1.0], np.float32)
    with np.errstate(over="ignore"):
        report = gn.check_gradients(np.exp, x, order=1, raises=False)
    row = row_of(report, whole=False)
    assert (row.verdict, row.compared) == ("ok", 1)
    assert row.not_finite == 1
