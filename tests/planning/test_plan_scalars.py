"""Powers of NumPy scalars are other functions than those of arrays."""

import numpy as np
import pytest
from agreement import check_agreement, planned_wholes

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


class PowerOfSum(gn.Operation):
    """A power of a NumPy scalar, in both hooks."""

    def __init__(self, power):
        self.power = power

    def _output(self):
        return np.sum(self.input_) ** self.power * self.input_

    def _input_grad(self, output_grad):
        total = np.sum(self.input_)
        return output_grad * total**self.power + total ** (self.power - 1)


class PowerOfArray(gn.Operation):
    """The same of an array."""

    def __init__(self, power):
        self.power = power

    def _output(self):
        return (self.input_ * 1.5) ** self.power * self.input_

    def _input_grad(self, output_grad):
        return output_grad * self.input_**self.power + self.input_ ** (self.power - 1)


@pytest.mark.parametrize("make", [PowerOfSum, PowerOfArray])
@pytest.mark.parametrize("power", [2, 3, 2.0, 0.5, -1, np.float32(2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_powers(make, power, dtype):
    x = gn.Input("x", value=np.abs(numbers(3, 5)).astype(dtype))
    loss = np.mean(make(power)(x * 1.0))
    plan = loss.graph.plan(loss, gradients_of=x)
    assert planned_wholes(plan) == set()
    for seed in range(40):
        given = np.abs(numbers(3, 5, seed=seed)).astype(dtype)
        assert check_agreement(plan, {x: given}, is_planned=None)
    assert len(plan._kinds) == 1
