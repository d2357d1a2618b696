"""Elements at a kink are counted, not compared; steep functions are measured."""

import numpy as np
import pytest
import wrong
from checking import BATCH, normal, row_of

import graphnn as gn
from graphnn.testing.differences import Differences


def test_relu_at_kinks():
    report = gn.check_gradients(
        gn.ReLU(), np.array([[0.0, 1.0, -1.0], [2.0, 0.0, 3.0]])
    )
    for order, whole in [(1, False), (2, False), (1, True), (2, True)]:
        argument = "x" if whole else "input 0 (x)"
        row = row_of(report, order=order, whole=whole, argument=argument)
        assert (row.compared, row.kinks, row.verdict) == (4, 2, "ok")
    assert "4 + 2 kinks" in str(report)


def test_only_kinks():
    report = gn.check_gradients(gn.ReLU(), np.zeros((2, 2)), order=1)
    assert {row.verdict for row in report.rows} == {"kinks"}


def test_a_wrong_element_beside_a_kink_is_found():
    array = np.array([[0.0, 1.0, -1.0]])
    report = gn.check_gradients(wrong.OnlyWhereNegative(), array, raises=False)
    row = report.failures[0]
    assert (row.kinks, row.comparison.wrong, row.index) == (1, 1, (0, 2))


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9, 1e-12])
def test_near_a_kink(distance):
    array = np.array([distance, -distance, 1.0])
    report = gn.check_gradients(gn.ReLU(), array)
    assert row_of(report, order=1, whole=False).kinks == 0
    found = gn.check_gradients(wrong.OnlyWhereNegative(), array, raises=False)
    assert found.failures[0].comparison.wrong == 1


@pytest.mark.parametrize("function", [np.max, np.min])
def test_ties(function):
    array = np.array([[1.0, 1.0, 0.0], [2.0, 3.0, 3.0], [1.0, 2.0, 3.0]])
    report = gn.check_gradients(lambda x: function(x, axis=1), array)
    row = row_of(report, order=1, whole=True)
    assert (row.compared, row.kinks) == (5, 4) if function is np.max else (7, 2)


def test_a_tie_of_two_inputs():
    report = gn.check_gradients(np.maximum, BATCH, BATCH)
    assert all(row.kinks == 12 for row in report.rows if row.argument != "output_grad")


def test_steps_are_flat_but_for_the_step():
    report = gn.check_gradients(np.sign, np.array([-1.0, 0.0, 2.0]))
    assert row_of(report, order=1, whole=False).kinks == 1


@pytest.mark.parametrize(
    ("function", "array"),
    [
        (np.sqrt, [0.0, 1.0, 4.0]),  # not defined to one side, and steep to the other
        (np.log, [1e-5, 1e-3, 1.0]),  # a step of the usual size leaves the domain
        (lambda x: 1 / x, [1e-4, -1e-3, 1e6]),
        (lambda x: np.exp(30 * x), [0.1, 1.0, -1.0]),
        (lambda x: np.sin(1e4 * x), [0.1, 1.0, -1.0]),
        (lambda x: (x - 1e6) ** 2, [1.0, 2.0, 1e6 + 1]),
        (np.abs, [0.0, 1e-7, -3.0]),
        (lambda x: x * 1e-12, [1.0, 2.0]),
        (lambda x: x * 1e12, [1.0, 2.0]),
        (lambda x: x**3, [1e-8, 2e-8]),
        (lambda x: np.sum(x) + 1e8, [1.0, 2.0]),
    ],
)
def test_steep_small_and_large(function, array):
    with np.errstate(divide="ignore"):
        gn.check_gradients(function, np.array(array))


def test_a_direction_over_a_kink_is_not_compared():
    array = np.zeros((5, 5))
    array[:, 0] = 1.0
    report = gn.check_gradients(gn.ReLU(), array, samples=3, order=1)
    assert row_of(report, whole=False).comparison.direction is None
    assert row_of(report, whole=False).ok


def test_a_small_domain_is_no_kink():
    report = gn.check_gradients(np.log, np.array([1e-5, 1e-3, 1.0]))
    assert {row.kinks for row in report.rows} == {0}


def test_a_kink_is_left_out_of_the_direction():
    array = normal(4, 5)
    array[1, 1] = 0.0
    reports = [
        gn.check_gradients(gn.ReLU(), array, samples=19, seed=seed) for seed in range(4)
    ]
    rows = [row_of(r, order=1, whole=False) for r in reports]
    assert {row.kinks for row in rows} == {1}
    assert all(row.comparison.direction is not None for row in rows)


@pytest.mark.parametrize("value", [-np.inf, np.nan])
def test_outputs_that_are_not_finite_are_left_out(value):
    mask = np.array([0.0, value, 0.0, 0.0])
    report = gn.check_gradients(lambda x: np.exp(x + mask), BATCH)
    row = row_of(report, node="add", order=1, whole=False, argument="input 0 (x)")
    assert (row.compared, row.kinks) == (12, 0)
    large = np.tile(BATCH, (20, 1))
    report = gn.check_gradients(lambda x: np.exp(x + mask), large, samples=5)
    assert row_of(report, node="exp", order=1, whole=False).comparison.direction


def test_sums_that_cancel_leave_rounding_errors():
    array = np.array([0.3, 1.0, 2.0])
    for seed in range(10):
        gn.check_gradients(lambda x: np.log(np.exp(x)) - x, array, seed=seed)


@pytest.mark.parametrize("distance", [1e-5, 1e-10, 1e-14])
def test_the_step_is_the_one_that_is_taken(distance):
    x = np.array(1.0)
    slope = Differences(lambda: (x,), [np.array(1.0)]).slope(x, 1.0, distance)
    assert slope.central == pytest.approx(1.0, rel=1e-12)
    assert x == 1.0


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_the_size_of_the_gradient_does_not_matter(scale):
    def function(x):
        return wrong.ByAThousandth()(x) * scale

    report = gn.check_gradients(function, BATCH, raises=False, order=1)
    assert [row.node for row in report.failures] == ["by_a_thousandth"]
    whole = row_of(report, whole=True)
    assert not whole.ok
    assert whole.relative_error == pytest.approx(1e-3, rel=0.01)
