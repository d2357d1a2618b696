"""A step that fails changes nothing: no parameter, no state."""

import numpy as np
import pytest
from training import Heavy, pair, snapshot

import graphnn as gn


def test_an_update_that_fails_changes_nothing():
    class Fragile(gn.SGDMomentum):
        broken = False

        def update(self, parameter, gradient, *rest):
            if self.broken and parameter.ndim == 1:
                raise OverflowError("it does not work")
            return super().update(parameter, gradient, *rest)

    w, b = pair()
    optimizer = Fragile(0.1, parameters=[w, b])
    optimizer.step()
    before = snapshot(optimizer, w, b)
    optimizer.broken = True
    with pytest.raises(OverflowError) as caught:
        optimizer.step()
    assert caught.value.__notes__ == ["in the update of 'b', Fragile"]
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    optimizer.broken = False
    optimizer.step()


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda p: None, gn.ArgumentError, "of 'b' returned None.*\nIs a return"),
        (lambda p: (p, p), gn.ArgumentError, "returned 2 values"),
        (lambda p: p.sum(), gn.ShapeError, r"shape \(\), not \(2,\)"),
        (lambda p: p[None], gn.ShapeError, r"shape \(1, 2\), not \(2,\)"),
        (lambda p: p + 1j, gn.ArgumentError, "complex128, not float64"),
    ],
    ids=["None", "two", "number", "axes", "complex"],
)
def test_a_rule_that_returns_something_else(wrong, error, message):
    class Wrong(gn.Optimizer):
        def update(self, parameter, gradient):
            return parameter - gradient if parameter.ndim == 2 else wrong(parameter)

    w, b = pair()
    optimizer = Wrong(0.1, parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(error, match=message):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_a_rule_that_forgets_its_state():
    class Wrong(Heavy):
        def update(self, parameter, gradient, velocity):
            return parameter - gradient

    w, _ = pair()
    optimizer = Wrong(0.1)
    optimizer.net = type("Net", (), {"parameters": [w]})
    with pytest.raises(gn.ArgumentError, match="states velocity"):
        optimizer.step()


def test_a_gradient_of_another_shape():
    w, b = pair()
    b.grad = np.ones((2, 1))
    optimizer = gn.Adam(parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.GradientShapeError, match=r"'b' has shape \(2, 1\)"):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)


def test_an_array_that_cannot_be_written():
    w, b = pair()
    b.value.flags.writeable = False
    optimizer = gn.Adam(parameters=[w, b])
    before = snapshot(optimizer, w, b)
    with pytest.raises(gn.ArgumentError, match="'b' is read-only"):
        optimizer.step()
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    b.trainable = False
    optimizer.step()


def test_states_in_the_parameters_precision():
    class Loose(Heavy):
        def update(self, parameter, gradient, velocity):
            return parameter - gradient, np.float64(0.9) * velocity + gradient

    w = gn.Parameter(np.ones(3, np.float32))
    w.grad = np.ones(3, np.float32)
    optimizer = Loose(0.1)
    optimizer.net = type("Net", (), {"parameters": [w]})
    optimizer.step()
    assert optimizer.state()["0/velocity"].dtype == np.float32
    assert w.value.dtype == np.float32


def test_a_state_is_nobody_elses_array():
    class Last(gn.Optimizer):
        state_names = ("last",)

        def update(self, parameter, gradient, last):
            return parameter - self.lr * last, gradient

    w, _ = pair()
    optimizer = Last(1.0, parameters=[w])
    optimizer.step()
    first, start = w.grad.copy(), w.value.copy()
    w.grad[...] = 7.0
    optimizer.step()
    np.testing.assert_array_equal(w.value, start - first)
