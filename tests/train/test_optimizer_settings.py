"""Settings of optimizers, and those that cannot be."""

import numpy as np
import pytest
from training import EACH, pair

import graphnn as gn


@EACH
@pytest.mark.parametrize(
    "lr", [0, -0.1, np.nan, np.inf, True, "0.1", None, [0.1], 1j, gn.SGD], ids=str
)
def test_learning_rates_that_are_none(cls, lr):
    with pytest.raises(gn.ArgumentError, match="lr is"):
        cls(lr)
    optimizer = cls(0.1)
    with pytest.raises(gn.ArgumentError, match="lr is"):
        optimizer.lr = lr
    assert optimizer.lr == 0.1


@pytest.mark.parametrize(
    "lr", [1, np.float32(0.5), np.array(0.5), np.int64(2)], ids=str
)
def test_learning_rates_become_numbers(lr):
    optimizer = gn.SGD(lr)
    assert type(optimizer.lr) is float
    assert optimizer.lr == float(lr)


def test_parameters_do_not_come_first():
    w, b = pair()
    with pytest.raises(gn.ArgumentError, match=r"parameters=\[w, b\]"):
        gn.Adam([w, b])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.SGD(momentum=1.0), "momentum is at least 0 and below 1, not 1.0"),
        (lambda: gn.SGD(momentum=-0.1), "momentum"),
        (lambda: gn.SGD(0.1, True), "momentum is a finite number, not True"),
        (lambda: gn.SGD(momentum=0.9, dampening=2), "dampening"),
        (lambda: gn.SGD(nesterov=True), "nesterov needs momentum"),
        (lambda: gn.SGD(0.1, 0.9, nesterov=True, dampening=0.1), "nesterov"),
        (lambda: gn.SGD(0.1, 0.9, nesterov=1), "nesterov is True or False, not 1"),
        (lambda: gn.Adam(betas=(0.9, 1.0)), r"betas\[1\] is at least 0"),
        (lambda: gn.Adam(betas=(np.nan, 0.9)), r"betas\[0\] is a finite number"),
        (lambda: gn.Adam(betas=0.9), "betas is a pair"),
        (lambda: gn.Adam(betas=(0.9,)), "betas is a pair"),
        (lambda: gn.Adam(eps=-1e-8), "eps is 0 or more"),
        (lambda: gn.Adam(eps="small"), "eps is a finite number"),
        (lambda: gn.Adam(weight_decay=-1), "weight_decay is 0 or more"),
        (lambda: gn.Adam(clip_norm=0), "clip_norm is positive"),
        (lambda: gn.Adam(clip_value=-1), "clip_value is positive"),
        (lambda: gn.Adam(maximize=None), "maximize is True or False"),
        (lambda: gn.RMSProp(alpha=1), "alpha"),
        (lambda: gn.AdaGrad(lr_decay=-1), "lr_decay"),
        (lambda: gn.AdaGrad(initial_accumulator_value=-1), "initial_accumulator"),
        (lambda: gn.NAdam(momentum_decay=-1), "momentum_decay"),
        (lambda: gn.Lion(betas=(-1, 0)), r"betas\[0\]"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()


def test_settings_that_are_not_there():
    with pytest.raises(TypeError, match=r"Adam has no setting 'beta'\n.*'betas'") as e:
        gn.Adam(beta=(0.9, 0.99))
    assert isinstance(e.value, gn.GraphnnError)
    with pytest.raises(TypeError, match="'weight_decay'"):
        gn.SGD(0.1, wieght_decay=0.1)
    with pytest.raises(TypeError, match="momentum"):
        gn.AdaGrad(0.1, momentum=0.9)


def test_how_optimizers_look():
    assert repr(gn.SGD(0.1)) == "SGD(lr=0.1)"
    assert repr(gn.SGD(0.1, momentum=0.9)) == "SGD(lr=0.1, momentum=0.9)"
    assert repr(gn.AdamW()) == "AdamW(lr=0.001)"
    assert repr(gn.Adam(betas=(0.5, 0.9), clip_norm=1)) == (
        "Adam(lr=0.001, clip_norm=1.0, betas=(0.5, 0.9))"
    )
