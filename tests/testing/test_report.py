"""The report, and what is said about mistakes in a call."""

import re

import numpy as np
import pytest
import wrong
from checking import BATCH, network

import graphnn as gn


def test_the_report_is_a_table():
    report = gn.check_gradients(gn.WeightMultiply(np.ones((4, 2))), BATCH)
    text = str(report)
    lines = text.splitlines()
    assert lines[0].split() == [
        *["node", "gradient", "of", "compared", "error", "2nd", "order", "line"],
    ]
    assert set(lines[1]) == {"-", " "}
    # one line for each gradient, of the node and of the whole, to both orders
    gradients = {(r.node, r.argument, r.whole) for r in report.rows}
    shown = [g for g in gradients if g[1] != "output_grad"]
    assert len(lines) == 2 + len(shown) + 1
    assert "weight_multiply" in lines[2]
    worst = max(r.relative_error for r in report.rows[:1])
    assert f"{worst:.1e}" in lines[2]
    assert max(map(len, lines)) <= 88
    assert lines[-1] == f"{len(report.rows)} comparisons, all right"
    assert repr(report) == f"<GradientReport: {lines[-1]}>"
    assert bool(report) is report.ok is True


def test_what_is_wrong_to_second_order_only_is_in_the_table():
    report = gn.check_gradients(wrong.OnlySecondOrder(), raises=False)
    first = str(report).splitlines()[2]
    assert re.search(r" \d\.\de-1\d  +1\.0e\+00  +wrong ", first)


def test_nothing_to_compare():
    report = gn.check_gradients(lambda x: np.exp(gn.Constant(1.0) * x), 2.0)
    assert report.ok
    x = gn.Parameter([1.0, 2.0])
    x.trainable = False
    assert gn.check_gradients(x * 2.0).rows[0].argument.startswith("input 0")


def unfed():
    return np.exp(gn.Input("x"))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: gn.check_gradients(3), gn.ArgumentError, "3 has no gradients"),
        (lambda: gn.check_gradients("x"), gn.ArgumentError, "'x' has no gradients"),
        (lambda: gn.check_gradients([]), gn.ArgumentError, "no gradients to check"),
        (lambda: gn.check_gradients(int), gn.ArgumentError, "the class int"),
        (lambda: gn.check_gradients(gn.Dense), gn.ArgumentError, "the class Dense"),
        (
            lambda: gn.check_gradients(gn.Input("x", value=[1.0])),
            gn.ArgumentError,
            "computes nothing",
        ),
        (
            lambda: gn.check_gradients(gn.Parameter([1.0])),
            gn.ArgumentError,
            "computes nothing",
        ),
        (lambda: gn.check_gradients(gn.Graph()), gn.GraphError, "no operation to run"),
        (lambda: gn.check_gradients(unfed()), gn.FeedError, "no value was ever fed"),
        (
            lambda: gn.check_gradients(gn.Tanh(), order=3),
            gn.ArgumentError,
            "order is 1 or 2, not 3",
        ),
        (
            lambda: gn.check_gradients(gn.Tanh(), samples=0),
            gn.ArgumentError,
            "samples is a whole number",
        ),
        (
            lambda: gn.check_gradients(gn.Tanh(), np.array([1, 2])),
            gn.ArgumentError,
            "nothing to differentiate by",
        ),
        (
            lambda: gn.check_gradients(np.argmax, BATCH),
            gn.GradientError,
            "no gradient for int64 values",
        ),
        (
            lambda: gn.check_gradients(lambda x: x.output * 2, BATCH),
            gn.ArgumentError,
            "returned a ndarray, not a node",
        ),
        (
            lambda: gn.check_gradients(lambda x: 1.0 if np.sum(x) > 0 else x, BATCH),
            gn.UnsupportedError,
            "is a node, not a number",
        ),
        (lambda: gn.check_gradients(unfed), gn.ArgumentError, "takes no arguments"),
        (
            lambda: gn.check_gradients(gn.Tanh(), BATCH, BATCH),
            gn.ArgumentError,
            "takes 1 input, 2 given",
        ),
        (
            lambda: gn.check_gradients(gn.Dense(3), BATCH, BATCH),
            gn.ArgumentError,
            "Dense takes 1 input, 2 given",
        ),
        (
            lambda: gn.check_gradients(network(2)[0], BATCH, BATCH, BATCH),
            gn.ArgumentError,
            "a network takes X and y",
        ),
        (
            lambda: gn.check_gradients(np.exp(gn.Input(value=1.0)).graph, 1.0, 2.0),
            gn.ArgumentError,
            "has 1 inputs (input), 2 arrays",
        ),
        (
            lambda: gn.check_gradients([gn.Tanh()(1.0), gn.Tanh()(1.0)]),
            gn.ArgumentError,
            "are of two graphs",
        ),
        (
            lambda: gn.check_gradients([gn.Tanh()(1.0)], BATCH),
            gn.ArgumentError,
            "arrays go with",
        ),
    ],
)
def test_mistakes(call, error, says):
    with pytest.raises(error) as caught:
        call()
    assert says in str(caught.value)


def test_nothing_drawn_fits():
    class Picky(gn.Operation):
        def _output(self):
            if self.input_.shape != (7, 7):
                raise ValueError("seven by seven")
            return 2.0 * self.input_

        def _input_grad(self, output_grad):
            return 2.0 * output_grad

    with pytest.raises(gn.ArgumentError) as caught:
        gn.check_gradients(Picky())
    message = str(caught.value)
    assert "Picky: no arrays were given, and none that was drawn fits" in message
    assert "(3, 4), ValueError: seven by seven" in message
    assert "Give arrays: gn.check_gradients(Picky(...), x)" in message
    assert gn.check_gradients(Picky(), np.ones((7, 7))).ok


def test_a_class_that_needs_arguments():
    class Power(gn.Operation):
        def __init__(self, exponent):
            self.exponent = exponent

    with pytest.raises(gn.ArgumentError, match=r"check_gradients\(Power\(\.\.\.\)\)"):
        gn.check_gradients(Power)
