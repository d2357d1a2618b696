"""A debugger that is left inside a hook: the check ends, and calls nothing wrong."""

import bdb
import pdb

import numpy as np
import pytest
from checking import BATCH

import graphnn as gn
from graphnn.debug.local_check import check_all, check_node

LEFT = [bdb.BdbQuit, pdb.Restart, KeyboardInterrupt, SystemExit]


class Stops:
    """Where a person stands in a hook; one for all copies of an operation."""

    def __init__(self, leave, hook, number):
        self.leave, self.hook, self.number = leave, hook, number

    def __deepcopy__(self, memo):
        return self

    def reach(self, hook):
        """Leave when a hook has run so often."""
        if hook == self.hook:
            self.number -= 1
            if self.number == 0:
                raise self.leave


class Stopping(gn.Operation):
    def __init__(self, stops):
        self.stops = stops

    def _output(self):
        self.stops.reach("_output")
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        self.stops.reach("_input_grad")
        return output_grad * 2.0


def left_at(hook, number, leave=bdb.BdbQuit):
    """Build a graph of an operation that is left when its hook runs again."""
    stops = Stops(leave, "", 0)
    node = Stopping(stops)(gn.Input("x", value=BATCH))
    total = np.sum(node)
    stops.hook, stops.number = hook, number
    return node, total


def runs_of(check, hook):
    """Count how often a check runs a hook."""
    node, total = left_at(hook, -1)
    assert check(node, total)
    return -1 - node.stops.number


CHECKS = {
    "check_node": lambda node, total: check_node(node),
    "check_all": lambda node, total: check_all(total.graph),
    "check_gradients": lambda node, total: gn.check_gradients(total),
}


@pytest.mark.parametrize("hook", ["_output", "_input_grad"])
@pytest.mark.parametrize("name", ["check_node", "check_all"])
def test_wherever_it_is_left_the_check_ends(name, hook):
    check = CHECKS[name]
    count = runs_of(check, hook)
    assert count > 3
    for number in range(1, count + 1):
        node, total = left_at(hook, number)
        with pytest.raises(bdb.BdbQuit):
            check(node, total)


@pytest.mark.parametrize("hook", ["_output", "_input_grad"])
@pytest.mark.parametrize("part", [0.0, 0.25, 0.6, 1.0])
def test_early_and_late_in_a_check_of_gradients(hook, part):
    check = CHECKS["check_gradients"]
    node, total = left_at(hook, 1 + int(part * (runs_of(check, hook) - 1)))
    with pytest.raises(bdb.BdbQuit):
        check(node, total)


@pytest.mark.parametrize("leave", LEFT)
@pytest.mark.parametrize("name", CHECKS)
def test_by_any_door(name, leave):
    for hook in ("_output", "_input_grad"):
        node, total = left_at(hook, 1, leave)
        with pytest.raises(leave):
            CHECKS[name](node, total)


def test_in_single_precision_too():
    stops = Stops(bdb.BdbQuit, "", 0)
    node = Stopping(stops)(gn.Input("x", value=BATCH.astype(np.float32)))
    for number in range(1, 8):
        stops.hook, stops.number = "_input_grad", number
        with pytest.raises(bdb.BdbQuit):
            gn.check_gradients(node)
