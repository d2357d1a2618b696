"""A training under guards: where it stops, and the iterations to walk back into."""

import copy
import gc
import warnings

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.watching import Watcher, watched_by

FAILS = 37
"""The iteration whose data make a NaN."""


class Root(gn.Operation):
    """The square root of x + 30."""

    def _output(self):
        return np.sqrt(self.input_ + 30.0)

    def _input_grad(self, output_grad):
        return output_grad * 0.5 / self.output


def network():
    layers = [gn.Dense(6), Root(), gn.BatchNorm(), gn.Dropout(0.3), gn.Dense(1)]
    return gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=3)


def batch(number):
    """Give X and y of an iteration."""
    X = np.random.default_rng(number).standard_normal((8, 3))
    y = X[:, :1] * 0.5
    if number == FAILS:
        X[5, 1] = 1e4
    return X, y


def train(trainer, first=1, last=FAILS):
    """Train on some of the batches; give the losses."""
    return [trainer.step(*batch(number)) for number in range(first, last + 1)]


def guarded(*guards, **settings):
    return gn.Trainer(network(), gn.Adam(0.01), guards=guards or ["nan"], **settings)


def snapshot(trainer):
    net = trainer.network
    return copy.deepcopy(
        (net.params(), [s.value for s in net.states], trainer.optimizer.state())
    )


@pytest.fixture(scope="module")
def failed():
    """A trainer whose guard stopped it, and the error."""
    trainer = guarded()
    with pytest.raises(gn.NotFiniteError) as caught:
        train(trainer)
    return trainer, caught.value


def numbers(step):
    """Copy all that a step shows: the update changes parameters in place."""
    shown = step.inputs, step.output, step.output_grad, step.input_grads
    return copy.deepcopy((step.phase, step.node.name, *shown))


def plain_run():
    """Train up to the bad batch without guards; record every step of the last batch."""
    trainer = gn.Trainer(network(), gn.Adam(0.01), on_nan="ignore")
    train(trainer, last=FAILS - 2)
    steps = []
    for register in (
        trainer.network.graph.on_forward,
        trainer.network.graph.on_backward,
    ):
        register(lambda step: steps.append(numbers(step)))
    loss = trainer.step(*batch(FAILS - 1))
    return trainer, steps, loss


# -- where it stops --------------------------------------------------------------------
def test_it_stops_at_the_node_where_the_nan_is_born(failed):
    trainer, error = failed
    assert error.finding.node.name == "activation_1/root"
    assert str(error).startswith("activation_1/root (Root, test_recent.py:")
    assert "its output holds" in str(error)
    assert error.step.phase == "forward"
    assert [one.number for one in error.recent] == list(range(28, 38))
    assert trainer.recent == list(error.recent)
    assert trainer.optimizer.step_count == FAILS - 1


def test_nothing_is_touched_by_the_batch_that_fails(failed):
    trainer, _ = failed
    other, _, _ = plain_run()
    np.testing.assert_equal(snapshot(trainer), snapshot(other))


def test_guards_change_no_numbers():
    plain = gn.Trainer(network(), gn.Adam(0.01))
    losses = train(plain, last=12)
    every = ["nan", "inf", gn.ExplodingGuard(1e9), "vanishing", "dtype"]
    watched = guarded(*every)
    assert train(watched, last=12) == losses
    np.testing.assert_equal(snapshot(watched), snapshot(plain))


def test_an_error_in_the_backward_pass_leaves_states_as_they_were():
    trainer = guarded(gn.ExplodingGuard(1e30))
    train(trainer, last=3)
    before = snapshot(trainer)
    trainer._recent.guarding.guards[0].limit = 1e-9
    trainer._recent.guarding.guards[0].is_bad = lambda array, is_gradient: is_gradient
    with pytest.raises(gn.GuardError) as caught:
        trainer.step(*batch(4))
    assert caught.value.step.phase == "backward"
    np.testing.assert_equal(snapshot(trainer), before)


def test_the_place_in_fit_is_told():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    X[7] = 1e5
    trainer = guarded()
    with pytest.raises(
        gn.NotFiniteError, match=r"^epoch 1, batch \d of 5: activ"
    ) as one:
        trainer.fit(X, X[:, :1], epochs=3, batch_size=8, seed=0, verbose=False)
    last = one.value.recent[-1]
    assert (last.epoch, last.batch) == (1, last.number)
    assert (
        repr(last) == f"<Iteration {last.number}, epoch 1, batch {last.number}: failed>"
    )
    assert f"batch {last.batch} of 5" in str(one.value)
    assert trainer._place == ""


def test_a_training_that_diverges():
    net = gn.NeuralNetwork([gn.Dense(4), gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    trainer = gn.Trainer(net, gn.SGD(10.0), guards=[gn.ExplodingGuard(1e6)])
    with pytest.raises(gn.GuardError, match="above the limit of 1e"):
        train(trainer)
    losses = [one.loss for one in trainer.recent]
    assert losses[-1] is None
    assert losses[:-1] == sorted(losses[:-1])


def test_on_nan_still_does_what_it_does():
    bad = batch(FAILS)
    skipping = guarded("exploding", on_nan="skip")
    skipping._recent.guarding.guards[0].limit = 1e30
    train(skipping, last=2)
    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="left out"):
        assert np.isnan(skipping.step(*bad))
    raising = guarded(gn.DtypeGuard())
    train(raising, last=2)
    with np.errstate(invalid="ignore"), pytest.raises(gn.NotFiniteError) as caught:
        raising.step(*bad)
    assert str(caught.value).startswith("the loss is nan")
    assert [one.number for one in caught.value.recent] == [1, 2, 3]


def test_other_actions():
    trainer = gn.Trainer(
        network(),
        gn.Adam(0.01),
        guards=gn.guard("nan", action="warn"),
        on_nan="skip",
    )
    train(trainer, last=2)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        trainer.step(*batch(FAILS))
    assert any(str(one.message).startswith("activation_1/root") for one in seen)
    assert len(trainer.recent) == 3


# -- walking back ----------------------------------------------------------------------
def test_an_iteration_knows_what_it_began_with(failed):
    trainer, error = failed
    other, _, loss = plain_run()
    before_last = error.recent[-2]
    assert before_last.loss == loss
    assert (before_last.epoch, before_last.batch, before_last.training) == (
        None,
        None,
        True,
    )
    np.testing.assert_array_equal(before_last.X, batch(FAILS - 1)[0])
    for parameter, its in zip(
        trainer.network.parameters, other.network.parameters, strict=True
    ):
        np.testing.assert_array_equal(error.recent[-1].parameters[parameter], its.value)
        assert not np.array_equal(before_last.parameters[parameter], its.value)


def test_restoring_can_be_undone(failed):
    trainer, error = failed
    before = snapshot(trainer)
    losses = [one.loss for one in error.recent[:-1]]
    again = []
    for one in error.recent[:-1]:
        with one.restored() as net:
            again.append(net.train_batch(one.X, one.y))
    assert again == losses  # dropout and running means included
    np.testing.assert_equal(snapshot(trainer), before)
    with pytest.raises(ZeroDivisionError), error.recent[0].restored():
        raise ZeroDivisionError
    np.testing.assert_equal(snapshot(trainer), before)


def test_the_iteration_before_is_stepped_bit_for_bit(failed):
    trainer, error = failed
    before = snapshot(trainer)
    _, steps, _ = plain_run()
    guard = gn.NaNGuard()
    with error.recent[-2].stepper() as stepper:
        assert len(stepper) == len(steps)
        for wanted in steps:
            step = stepper.step()
            np.testing.assert_equal(numbers(step), wanted)
            assert guard.check(step) is None
        while stepper.back():
            pass
        assert stepper.index == 0
    np.testing.assert_equal(snapshot(trainer), before)


def test_the_iteration_that_failed_is_stepped_to_the_culprit(failed):
    trainer, error = failed
    before = snapshot(trainer)
    stepper = error.recent[-1].stepper()
    guard = gn.NaNGuard()
    with np.errstate(invalid="ignore"):
        while (step := stepper.step()) is not None:
            found = guard.check(step)
            if found is not None:
                break
    assert found.culprit
    assert found.node is error.finding.node
    np.testing.assert_equal(numbers(step), numbers(error.step))
    (born,) = gn.origin(stepper.graph, "nan")
    assert born.node is found.node
    stepper.close()
    np.testing.assert_equal(snapshot(trainer), before)
    stepper.close()  # a second time does nothing more
    np.testing.assert_equal(snapshot(trainer), before)


def test_one_iteration_of_a_network_is_stepped_through_at_a_time():
    trainer = guarded()
    train(trainer, last=3)
    before = snapshot(trainer)
    first = trainer.recent[0].stepper()
    first.step(2)
    second = trainer.recent[1].stepper()
    with pytest.raises(gn.GraphError, match="is closed"):
        first.step()
    second.seek(len(second))
    assert float(trainer.network.loss.output) == trainer.recent[1].loss
    first.close()
    second.close()
    np.testing.assert_equal(snapshot(trainer), before)
    trainer.recent[0].stepper()  # and nobody holds it
    gc.collect()
    np.testing.assert_equal(snapshot(trainer)[0], before[0])


def test_the_guards_are_breakpoints_of_the_iteration(failed):
    _, error = failed
    with error.recent[-2].stepper() as stepper:
        assert stepper.continue_() is None  # all is well in the one before
    with error.recent[-1].stepper() as stepper, np.errstate(invalid="ignore"):
        step = stepper.continue_()
        assert step.node is error.finding.node
        assert step.phase == error.finding.phase
        assert "NaN" in stepper.stop.message
        stepper.seek(0)
        assert stepper.run_to(error.finding).index == step.index


def test_a_network_that_was_built_anew():
    trainer = guarded()
    train(trainer, last=2)
    old = trainer.recent[0]
    trainer.network.layers[-1] = gn.Dense(1)
    train(trainer, first=3, last=4)
    with pytest.raises(gn.GraphError, match="iteration 1 was of another graph"):
        old.stepper()
    assert trainer.recent[-1].stepper().current is None


# -- the ring --------------------------------------------------------------------------
def test_how_many_are_kept():
    trainer = guarded(keep=3)
    assert trainer.recent == []
    train(trainer, last=5)
    assert [one.number for one in trainer.recent] == [3, 4, 5]
    assert repr(trainer.recent[0]).startswith("<Iteration 3: loss ")


def test_what_is_kept_is_nobody_elses():
    trainer = guarded()
    X, y = batch(1)
    trainer.step(X, y)
    X[:], y[:] = 0.0, 0.0
    (one,) = trainer.recent
    np.testing.assert_array_equal(one.X, batch(1)[0])
    np.testing.assert_array_equal(one.y, batch(1)[1])


def test_preparing_the_first_batch_is_no_pass_of_the_training():
    class Notes(Watcher):
        begun = ()

        def begin(self, graph, phase, order):
            self.begun += ((phase, graph.training),)

    notes, trainer = Notes(), guarded(on_nan="ignore")
    with watched_by(notes):
        train(trainer, last=1)
    assert notes.begun == (("forward", True), ("backward", True))


def test_several_inputs_and_lists():
    class Sum(gn.Layer):
        def __init__(self):
            self.left, self.right = gn.Dense(1), gn.Dense(1)

        def _connect(self, a, b):
            return self.left(a) + self.right(b)

    net = gn.NeuralNetwork([Sum()], gn.MeanSquaredError(), seed=0)
    trainer = gn.Trainer(net, gn.SGD(0.1), guards="nan")
    trainer.step((np.ones((4, 2)), np.ones((4, 3))), [[1.0]] * 4)
    (one,) = trainer.recent
    with one.stepper() as stepper:
        stepper.seek(len(stepper))
        assert float(net.loss.output) == one.loss


@pytest.mark.parametrize("guards", [None, [], ()])
def test_without_guards_nothing_is_kept(guards):
    trainer = gn.Trainer(network(), gn.Adam(0.01), guards=guards)
    train(trainer, last=2)
    assert trainer.recent == []
    assert trainer._recent is None


def test_a_copy_of_a_trainer_goes_on_alike():
    trainer = guarded(keep=2)
    train(trainer, last=3)
    twin = copy.deepcopy(trainer)
    assert train(twin, first=4, last=5) == train(trainer, first=4, last=5)
    assert [one.number for one in twin.recent] == [4, 5]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"guards": ["non"]}, "Did you mean 'nan'"),
        ({"guards": 3}, "a guard is a name or a gn.Guard"),
        ({"guards": ["nan"], "keep": 0}, "keep is a whole number, 1 or more"),
    ],
)
def test_guards_that_cannot_be(settings, message):
    with pytest.raises(gn.ArgumentError, match=message):
        gn.Trainer(network(), gn.Adam(0.01), **settings)
