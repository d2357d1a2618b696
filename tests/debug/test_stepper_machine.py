"""A stepper that is moved about at random, against plain passes that are run again.

Behind each rule every value, residual, gradient and state of every node must be what
the plain passes leave at that index, to the bit, and None where nothing has run.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from stepped_graphs import CASES, random_cases
from stepping import (
    attributes_of,
    check_attributes,
    check_picture,
    check_step,
    picture_of,
    plain_run,
    same,
)

import graphnn as gn

SEEDS = st.integers(0, 2**16)
SHARES = st.floats(0.0, 1.0)


class Stepping(RuleBasedStateMachine):
    """Step, back, seek, edits and foreign passes in any order."""

    cases = None  # a strategy of cases

    def __init__(self):
        super().__init__()
        self.errors = np.errstate(all="ignore")
        self.errors.__enter__()

    @initialize(data=st.data())
    def begin(self, data):
        self.case = case = data.draw(self.cases)
        self.pristine = case.twin()
        self.places = {node.id: i for i, node in enumerate(case.graph.nodes)}
        self.before = attributes_of(case.graph)
        self.stepper = gn.Stepper(case.graph, case.feeds, **case.settings)
        self.edits = []  # of (place, "value" or "grad", array)
        self.writes = {}
        self.runs = {}
        self.index, self.dirty = 0, False

    # -- the model ---------------------------------------------------------------------
    def run_of(self, edits):
        """Give the plain passes under some edits."""
        key = tuple(map(id, edits))
        if key not in self.runs:
            pinned = {"value": {}, "grad": {}}
            for place, what, array in edits:
                pinned[what][place] = array
            run = plain_run(self.pristine, pinned["value"], pinned["grad"])
            self.runs[key] = run, edits  # alive, since the key is made of their ids
        return self.runs[key][0]

    @property
    def run(self):
        return self.run_of(self.edits)

    @property
    def last(self):
        return len(self.run.pictures) - 1

    def settle(self):
        """Take what was written into parameters for edits, as the stepper will."""
        start = self.run.pictures[0]
        for place in sorted(self.writes):
            if same_numbers(self.writes[place], start.held[place]["output"]):
                continue  # it was there already
            self.edits = [*self.edits, (place, "value", self.writes[place])]
        if self.index > self.last:  # what was written makes a hook raise
            self.index = self.last
            if self.run.error is not None:
                with pytest.raises(self.run.error):
                    self.stepper.step(0)
        self.writes, self.dirty = {}, False

    def go(self, call, index):
        """Move the stepper and the model to an index."""
        if index > self.last and self.run.error is not None:
            with pytest.raises(self.run.error):
                call()
        else:
            call()
        self.index = min(index, self.last)

    # -- moving ------------------------------------------------------------------------
    @rule(n=st.integers(0, 5))
    def step(self, n):
        self.settle()
        self.go(lambda: self.stepper.step(n), self.index + n)

    @rule(n=st.integers(0, 5))
    def back(self, n):
        self.settle()
        self.go(lambda: self.stepper.back(n), max(self.index - n, 0))

    @rule(share=SHARES)
    def seek(self, share):
        self.settle()
        index = round(share * len(self.stepper))
        self.go(lambda: self.stepper.seek(index), index)

    @rule(share=SHARES)
    def run_to(self, share):
        self.settle()
        place = self.chosen(share, leaves=False)
        node = self.case.graph.nodes[place]
        ahead = [key[1] for key in self.run.keys[self.index :]]
        found = place in ahead
        index = self.index + 1 + ahead.index(place) if found else self.last + 1
        if not found and self.run.error is None:
            index = self.last
        self.go(lambda: self.stepper.run_to(node), index)

    def chosen(self, share, leaves=True):
        """Choose a node of the pass."""
        places = {key[1] for key in self.run_of([]).keys}
        nodes = self.case.graph.nodes
        if leaves:
            places |= {self.places[i.id] for p in places for i in nodes[p].inputs}
        return sorted(places)[min(int(share * len(places)), len(places) - 1)]

    # -- editing -----------------------------------------------------------------------
    def held(self, place, what):
        """Give what the model has for a node, at any index."""
        if what == "grad":
            for picture in reversed(self.run.pictures):
                if picture.held[place]["output_grad"] is not None:
                    return picture.held[place]["output_grad"]
        for picture in reversed(self.run.pictures):
            if picture.held[place]["output"] is not None:
                return picture.held[place]["output"]
        return None

    @rule(share=SHARES, seed=SEEDS)
    def set(self, share, seed):
        self.settle()
        self.stepper.step(0)
        place = self.chosen(share)
        node = self.case.graph.nodes[place]
        old = self.held(place, "value")
        known = [s for s in self.stepper.steps if s.node is node]
        if node.kind == "operation" and not known:
            with pytest.raises(gn.NotRunError):
                self.stepper.set(node, 0.0)
            return
        self.edit(place, "value", changed(old, seed), self.stepper.set)

    @rule(share=SHARES, seed=SEEDS)
    def set_grad(self, share, seed):
        self.settle()
        self.stepper.step(0)
        place = self.chosen(share)
        node = self.case.graph.nodes[place]
        known = [s for s in self.stepper.steps if s.node is node]
        value = self.held(place, "value")
        if node.kind == "operation" and not known and self.case.backward:
            with pytest.raises(gn.NotRunError):
                self.stepper.set_grad(node, 0.0)
        elif (
            not self.case.backward
            or not is_float(value)
            or node.kind in ("constant", "state")
        ):
            with pytest.raises(gn.GradientError):
                self.stepper.set_grad(node, 0.0)
        else:
            self.edit(place, "grad", changed(value, seed), self.stepper.set_grad)

    def edit(self, place, what, array, call):
        self.edits = [*self.edits, (place, what, array)]
        self.go(lambda: call(self.case.graph.nodes[place], array), self.index)

    @rule()
    def undo(self):
        self.settle()
        self.edits = self.edits[:-1]
        self.go(self.stepper.undo, self.index)

    @rule()
    def reset(self):
        self.settle()
        self.edits = []
        self.go(self.stepper.reset, self.index)

    @rule(share=SHARES, seed=SEEDS)
    def write_into_a_parameter(self, share, seed):
        used = {i.id for n in self.case.graph.nodes for i in n.inputs}
        parameters = [p for p in self.case.graph.parameters if p.id in used]
        parameters = [p for p in parameters if self.places[p.id] in self.order()]
        if not parameters:
            return
        chosen = parameters[int(share * (len(parameters) - 1))]
        array = changed(chosen.value, seed)
        chosen.value[...] = array
        self.writes[self.places[chosen.id]] = array
        self.dirty = True

    def order(self):
        target = self.case.target
        target = self.case.graph.sink() if target is None else target
        return {self.places[node.id] for node in self.case.graph.order(target)}

    # -- other passes ------------------------------------------------------------------
    @rule(training=st.booleans(), backward=st.booleans(), share=SHARES)
    def foreign_pass(self, training, backward, share):
        case = self.case
        nodes = [n for n in case.graph.nodes if n.kind == "operation"]
        nodes = [n for n in nodes if self.places[n.id] in self.order()]
        target = nodes[min(int(share * len(nodes) * 1.5), len(nodes) - 1)]
        self.dirty = True
        try:
            case.graph.forward(case.other, target=target, training=training)
        except (np.linalg.LinAlgError, gn.GraphnnError):
            return
        if backward and is_float(target.output) and type(target.output) is not tuple:
            case.graph.backward(target, np.ones(target.shape, target.dtype))

    @rule()
    def look(self):
        """Look without moving: it changes nothing."""
        self.settle()
        self.stepper.step(0)
        assert len(self.stepper.timeline) == len(self.stepper)
        assert [m.state for m in self.stepper.timeline[: self.index]] == (
            ["done"] * self.index
        )
        repr(self.stepper)
        self.go(self.stepper.step, self.index + 1)

    @rule()
    def changes(self):
        self.settle()
        self.stepper.step(0)
        found = {
            (self.places[c.node.id], c.what): (c.before, c.after)
            for c in self.stepper.changes
        }
        here = min(self.index, len(self.run_of([]).pictures) - 1)
        before = self.run_of([]).pictures[here]
        after = self.run.pictures[self.index]
        expected = differences(before, after, self.order_of_pass())
        assert found.keys() == expected.keys()
        for key, pair in found.items():
            assert same(pair, expected[key])

    def order_of_pass(self):
        return {self.places[n.id] for n in self.stepper.tape.order}

    # -- what must hold ----------------------------------------------------------------
    @precondition(lambda self: not self.dirty)
    @invariant()
    def all_is_as_in_the_plain_passes(self):
        stepper, run = self.stepper, self.run
        assert stepper.index == self.index
        check_picture(
            picture_of(self.case.graph),
            run.pictures[self.index],
            f"at {self.index}",
            self.order_of_pass(),
        )
        check_step(stepper.current, run.pictures[self.index].step, self.places)
        for number, step in enumerate(stepper.steps):
            check_step(step, run.pictures[number + 1].step, self.places)
        if run.error is None:
            assert len(stepper) >= self.last
            assert len(stepper) == self.last or self.index < self.last
        pinned = {(self.places[node.id], what) for node, what in stepper.edited}
        assert pinned == {(place, what) for place, what, _ in self.edits}

    def teardown(self):
        try:
            if hasattr(self, "stepper"):
                self.stepper.close()
                check_attributes(attributes_of(self.case.graph), self.before)
        finally:
            self.errors.__exit__(None, None, None)


def is_float(value):
    """Tell what can have a gradient."""
    if type(value) is tuple:
        return any(map(is_float, value))
    return isinstance(value, np.ndarray) and value.dtype.kind in "fc"


def changed(value, seed):
    """Give another value of the same shape and dtype: any numbers, zeros, NaN."""
    if type(value) is tuple:
        return tuple([changed(part, seed) for part in value])
    rng = np.random.default_rng(seed)
    if not isinstance(value, np.ndarray):
        return type(value)(rng.integers(0, 4))
    if value.dtype.kind == "b":
        return ~value
    if value.dtype.kind in "iu":
        return rng.integers(0, 3, value.shape).astype(value.dtype)
    new = rng.normal(size=value.shape)
    if seed % 5 == 0:
        new = np.where(rng.random(value.shape) < 0.3, np.nan, new)
    if seed % 7 == 0:
        new = np.zeros(value.shape)
    return new.astype(value.dtype)


def differences(before, after, places):
    """Give what two pictures hold that is not the same."""
    found = {}
    for place in places:
        one, other = before.held[place], after.held[place]
        for what, name in (("value", "output"), ("grad", "output_grad")):
            if not same_numbers(one[name], other[name]):
                found[place, what] = one[name], other[name]
    return found


def same_numbers(one, other):
    """Compare as `changes` does: 0.0 is -0.0, and a NaN a NaN."""
    if type(one) is tuple and type(other) is tuple:
        return all(map(same_numbers, one, other))
    if one is None or other is None:
        return one is other
    one, other = np.asarray(one), np.asarray(other)
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def machine_over(strategy):
    """Make the machine over the cases of a strategy."""
    return type("Stepping", (Stepping,), {"cases": strategy})


@pytest.mark.parametrize("name", CASES)
def test_any_walk_over(name):
    run_state_machine_as_test(
        machine_over(st.builds(CASES[name])),
        settings=settings(
            max_examples=settings.default.max_examples // 2,
            stateful_step_count=12,
            suppress_health_check=SLOW,
        ),
    )


def test_any_walk_over_random_graphs():
    run_state_machine_as_test(
        machine_over(random_cases()),
        settings=settings(stateful_step_count=12, suppress_health_check=SLOW),
    )
