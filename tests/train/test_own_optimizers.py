"""Optimizers of one's own, as classes with a rule and as in the book."""

import copy

import numpy as np
import pytest
from training import Heavy, data, network, trained

import graphnn as gn


def test_an_optimizer_of_ones_own():
    class Sign(gn.Optimizer):
        def update(self, parameter, gradient):
            return parameter - self.lr * np.sign(gradient)

    net = trained(optimizer := Sign(0.5))
    before = copy.deepcopy(net.params())
    optimizer.step()
    for new, old, gradient in zip(net.params(), before, net.param_grads(), strict=True):
        np.testing.assert_array_equal(new, old - 0.5 * np.sign(gradient))


def test_an_optimizer_of_ones_own_with_states():
    mine, ours = network(), network()
    trainers = gn.Trainer(mine, Heavy(0.1)), gn.Trainer(ours, gn.SGD(0.1, 0.5))
    for trainer in trainers:
        for _ in range(4):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())


def test_groups_of_an_optimizer_of_ones_own():
    mine, ours = network(), network()
    rules = (
        Heavy(0.1, {"*/bias": {"mu": 0.0}}),
        gn.SGD(0.1, 0.5, groups={"*/bias": {"momentum": 0.0}}),
    )
    for net, rule in zip((mine, ours), rules, strict=True):
        trainer = gn.Trainer(net, rule)
        for _ in range(4):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())
    rules[0].mu = 0.9  # goes for all but the group
    rules[0].step()
    assert (rules[0].groups["*/bias"].mu, rules[0].mu) == (0.0, 0.9)


def test_a_group_has_whatever_else_the_optimizer_has():
    mine, ours = network(), network()
    groups = {"*/bias": {"lr": 0.02}}
    for net, rule in ((mine, Heavy(0.1, groups)), (ours, gn.SGD(0.1, groups=groups))):
        trainer = gn.Trainer(net, rule)
        setattr(rule, "mu" if net is mine else "momentum", 0.7)
        for _ in range(4):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())


@pytest.mark.parametrize("name", ["step_count", "gradient_norm", "update", "speed"])
def test_what_is_no_setting_of_a_group(name):
    with pytest.raises(gn.ArgumentError, match=f"Heavy has no setting '{name}'"):
        Heavy(0.1, {"*/bias": {name: 1}})


def test_a_rule_that_works_in_place():
    class InPlace(Heavy):
        def update(self, parameter, gradient, velocity):
            velocity *= self.mu
            velocity += gradient
            parameter -= self.lr * velocity
            return parameter, velocity

    nets = network(), network()
    trainers = [
        gn.Trainer(net, cls(0.1))
        for net, cls in zip(nets, (InPlace, Heavy), strict=True)
    ]
    for trainer in trainers:
        trainer.step(*data())
    kept = trainers[0].optimizer.state()
    np.testing.assert_equal(kept, trainers[1].optimizer.state())
    for trainer in trainers:
        trainer.step(*data())
    np.testing.assert_equal(nets[0].params(), nets[1].params())
    assert not np.array_equal(
        kept["0/velocity"], trainers[0].optimizer.state()["0/velocity"]
    )


class BookMomentum(gn.Optimizer):
    """As S. Weidman's book has it: over the arrays, in place, with lists of its own."""

    def __init__(self, lr, momentum):
        self.lr = lr
        self.momentum = momentum
        self.first = True

    def step(self):
        if self.first:
            self.velocities = [np.zeros_like(param) for param in self.net.params()]
            self.first = False
        for param, param_grad, velocity in zip(
            self.net.params(), self.net.param_grads(), self.velocities, strict=True
        ):
            velocity *= self.momentum
            velocity += self.lr * param_grad
            param -= velocity


class PlainMomentum:
    """The same, of no base class."""

    net = None
    __init__ = BookMomentum.__init__
    step = BookMomentum.step


@pytest.mark.parametrize("cls", [BookMomentum, PlainMomentum])
def test_momentum_written_as_in_the_book(cls):
    mine, ours = network(), network()
    trainers = gn.Trainer(mine, cls(0.1, 0.9)), gn.Trainer(ours, gn.SGDMomentum(0.1))
    losses = [[trainer.step(*data()) for _ in range(6)] for trainer in trainers]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)
    for a, b in zip(mine.params(), ours.params(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_book_optimizer_has_schedules_too():
    class Book(gn.Optimizer):
        def step(self):
            for param, grad in zip(
                self.net.params(), self.net.param_grads(), strict=True
            ):
                param -= self.lr * grad

    mine, ours = network(), network()
    for net, cls in ((mine, Book), (ours, gn.SGD)):
        trainer = gn.Trainer(net, cls(lambda step: 0.1 / (1 + step)))
        for _ in range(5):
            trainer.step(*data())
    np.testing.assert_equal(mine.params(), ours.params())


def test_an_optimizer_without_a_formula():
    optimizer = gn.Optimizer(0.1)
    trained(optimizer)
    with pytest.raises(NotImplementedError, match="Optimizer"):
        optimizer.step()
