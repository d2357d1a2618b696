"""Learning rates that depend on the step."""

import copy
import math
import pickle

import numpy as np
import pytest

import graphnn as gn

SCHEDULES = {
    "step": gn.StepSchedule(0.1, every=10),
    "steps at": gn.StepSchedule(0.1, at=[5, 30], factor=0.5),
    "exponential": gn.ExponentialSchedule(0.1, 0.9),
    "linear": gn.LinearSchedule(0.1, 20, final=0.01),
    "cosine": gn.CosineSchedule(0.1, 20),
    "restarts": gn.CosineSchedule(0.1, 10, restarts=True, growth=2),
    "warm-up": gn.WarmUp(5, then=gn.CosineSchedule(0.1, 20)),
    "one cycle": gn.OneCycleSchedule(0.1, 20),
    "plateau": gn.PlateauSchedule(0.1),
    "scaled": 0.5 * gn.LinearSchedule(0.1, 20),
    "per epoch": gn.LinearSchedule(0.1, 20).per_epoch(7),
}
EACH = pytest.mark.parametrize("name", SCHEDULES)


def rates(schedule, steps):
    return [schedule(step) for step in range(steps)]


@EACH
def test_schedules_are_pure(name):
    schedule = SCHEDULES[name]
    forth = rates(schedule, 50)
    back = [schedule(step) for step in reversed(range(50))]
    assert forth == back[::-1]
    assert all(type(rate) is float and rate >= 0 for rate in forth)
    assert schedule(np.int64(3)) == schedule(3)
    assert schedule(10**7) >= 0  # long after the end


@EACH
@pytest.mark.parametrize("wrong", [-1, 1.0, None, True, "3"])
def test_steps_that_are_none(name, wrong):
    with pytest.raises(gn.ArgumentError, match="step is a whole number, 0 or more"):
        SCHEDULES[name](wrong)


@EACH
def test_copies_and_text(name):
    schedule = SCHEDULES[name]
    for twin in (copy.deepcopy(schedule), pickle.loads(pickle.dumps(schedule))):
        assert rates(twin, 30) == rates(schedule, 30)
        assert repr(twin) == repr(schedule)
    assert "0x" not in repr(schedule)


def test_how_schedules_look():
    assert repr(gn.LinearSchedule(0.1, 20)) == (
        "LinearSchedule(lr=0.1, steps=20, final=0.0)"
    )
    assert repr(gn.SGD(gn.ExponentialSchedule(0.1, 0.9))) == (
        "SGD(lr=ExponentialSchedule(lr=0.1, factor=0.9))"
    )


# -- shapes ----------------------------------------------------------------------------
def test_what_ends_stays_at_its_end():
    for schedule, end in (
        (gn.LinearSchedule(0.1, 20, 0.02), 0.02),
        (gn.CosineSchedule(0.1, 20, 0.02), 0.02),
        (gn.OneCycleSchedule(0.1, 20, div_factor=5, final_div_factor=2), 0.01),
    ):
        assert schedule(19) >= end * (1 - 1e-12)
        assert rates(schedule, 60)[20:] == pytest.approx([end] * 40, rel=1e-12)


def test_restarts_grow():
    schedule = gn.CosineSchedule(1.0, 3, restarts=True, growth=2)
    starts = [step for step, rate in enumerate(rates(schedule, 100)) if rate == 1.0]
    assert starts == [0, 3, 9, 21, 45, 93]
    one = gn.CosineSchedule(1.0, 3, restarts=True)
    assert rates(one, 9) == rates(one, 3) * 3


def test_the_warm_up_is_evenly_spaced():
    assert rates(gn.WarmUp(4, 1.0), 6) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
    assert rates(gn.WarmUp(4, 1.0, start=0.0), 5) == [0.0, 0.25, 0.5, 0.75, 1.0]
    then = gn.ExponentialSchedule(1.0, 0.5)
    assert rates(gn.WarmUp(2, then, start=0), 5) == [0.0, 0.5, 1.0, 0.5, 0.25]
    assert gn.WarmUp(2, then=lambda step: 3.0 + step)(4) == 5.0


@pytest.mark.parametrize("shape", ["cosine", "linear"])
@pytest.mark.parametrize("warm_up", [0.0, 0.1, 0.25, 1.0])
def test_one_cycle_peaks_once(shape, warm_up):
    schedule = gn.OneCycleSchedule(1.0, 40, warm_up=warm_up, shape=shape)
    found = rates(schedule, 41)
    top = int(np.argmax(found))
    assert found[top] == pytest.approx(1.0, rel=0.1)
    assert (np.diff(found[: top + 1]) > 0).all()
    assert (np.diff(found[top:40]) < 0).all()


def test_scaling_and_epochs():
    schedule = gn.LinearSchedule(1.0, 4)
    assert rates(0.5 * schedule, 5) == rates(schedule * 0.5, 5)
    assert rates(2 * schedule, 3) == [2.0, 1.5, 1.0]
    assert rates(schedule.per_epoch(2), 6) == [1.0, 1.0, 0.75, 0.75, 0.5, 0.5]
    assert rates((schedule * 0.5).per_epoch(2) * 4, 3) == [2.0, 2.0, 1.5]


def test_a_schedule_of_ones_own():
    class Root(gn.Schedule):
        def rate(self, step):
            return 1.0 / math.sqrt(1 + step)

    assert rates(0.5 * Root(), 4) == pytest.approx([0.5, 0.3535534, 0.2886751, 0.25])
    with pytest.raises(NotImplementedError, match="Schedule defines no rate"):
        gn.Schedule()(0)


# -- the plateau -----------------------------------------------------------------------
def observed(schedule, losses):
    found = []
    for loss in losses:
        schedule.observe(loss)
        found.append(schedule(0))
    return found


def test_patience():
    schedule = gn.PlateauSchedule(1.0, factor=0.5, patience=2)
    losses = [3.0, 2.0, 2.0, 2.5, 2.0, 2.0, 2.0, 2.0]
    assert observed(schedule, losses) == [1.0] * 4 + [0.5] * 3 + [0.25]


def test_the_threshold_is_a_part_of_the_best():
    losses = [1.0, 0.95, 0.91]
    strict = gn.PlateauSchedule(1.0, 0.5, patience=0, threshold=0.1)
    assert observed(strict, losses) == [1.0, 0.5, 0.25]
    below = gn.PlateauSchedule(1.0, 0.5, patience=0, threshold=0.1)
    assert observed(below, [-1.0, -1.05, -1.2]) == [1.0, 0.5, 0.5]


def test_cooldown_and_the_lowest_rate():
    schedule = gn.PlateauSchedule(1.0, 0.5, 0, cooldown=2, min_lr=0.3)
    assert observed(schedule, [1.0] * 8) == [1.0, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3]


def test_nan_is_no_better():
    schedule = gn.PlateauSchedule(1.0, 0.5, patience=0)
    assert observed(schedule, [1.0, np.nan, 0.5, np.inf]) == [1.0, 0.5, 0.5, 0.25]
    fresh = gn.PlateauSchedule(1.0, 0.5, patience=0)
    assert observed(fresh, [np.nan, np.inf, 7.0]) == [0.5, 0.25, 0.25]


def test_what_a_plateau_remembers():
    losses = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    settings = {"factor": 0.5, "patience": 1, "cooldown": 1}
    whole, again = (gn.PlateauSchedule(1.0, **settings) for _ in range(2))
    first = observed(whole, losses[:5])
    again.restore(whole.state())
    assert observed(whole, losses[5:]) == observed(again, losses[5:])
    assert len(set(first)) > 1


def test_observing_through_what_is_around_it():
    plateau = gn.PlateauSchedule(1.0, 0.5, patience=0)
    around = 0.1 * gn.WarmUp(3, plateau).per_epoch(2)
    assert observed(around, [1.0, 1.0]) == pytest.approx([0.025, 0.0125])
    assert plateau(0) == 0.5
    assert around(1000) == pytest.approx(0.05)


def test_an_optimizer_tells_each_schedule_once():
    plateau = gn.PlateauSchedule(1.0, 0.5, patience=0)
    w, v = gn.Parameter([1.0], "w"), gn.Parameter([1.0], "v")
    optimizer = gn.SGD(plateau, parameters=[w, v], groups={"v": {"lr": 0.1 * plateau}})
    optimizer.observe(1.0)
    optimizer.observe(1.0)
    assert (optimizer.lr, optimizer.groups["v"].lr) == (0.5, 0.05)
    gn.SGD(0.1).observe(1.0)
    gn.SGD(lambda step: 0.1).observe(1.0)


def test_a_plateau_is_part_of_the_optimizers_state():
    w = gn.Parameter([1.0], "w")

    def make():
        plateau = gn.PlateauSchedule(1.0, 0.5, patience=0)
        return gn.SGD(gn.WarmUp(1, plateau), parameters=[w])

    optimizer, again = make(), make()
    optimizer.observe(1.0)
    optimizer.observe(1.0)
    state = optimizer.state()
    assert float(state["schedule_0/rate"]) == 0.5
    again.restore(state)
    np.testing.assert_equal(again.state(), state)
    assert again.lr == optimizer.lr
    del state["schedule_0/best"]
    with pytest.raises(gn.ArgumentError, match="schedule_0/best"):
        again.restore(state)


# -- in an optimizer -------------------------------------------------------------------
def test_the_rate_is_that_of_the_next_step():
    w = gn.Parameter([0.0])
    w.grad = np.ones(1)
    optimizer = gn.SGD(gn.LinearSchedule(1.0, 4), parameters=[w])
    found = []
    for _ in range(5):
        found.append(optimizer.lr)
        optimizer.step()
    assert found == [1.0, 0.75, 0.5, 0.25, 0.0]
    np.testing.assert_array_equal(w.value, [-2.5])
    optimizer.lr = 3.0  # a number takes over
    assert optimizer.lr == 3.0
    optimizer.lr = gn.ExponentialSchedule(1.0, 0.5)
    assert optimizer.lr == 0.5**5


@pytest.mark.parametrize(
    "wrong", [-0.1, np.nan, np.inf, None, "0.1", [0.1], True], ids=str
)
def test_a_schedule_that_gives_something_else(wrong):
    def schedule(step):
        return 0.1 if step == 0 else wrong

    w = gn.Parameter([1.0])
    w.grad = np.ones(1)
    optimizer = gn.SGDMomentum(schedule, parameters=[w])
    optimizer.step()
    before = w.value.copy(), optimizer.state()
    with pytest.raises(gn.ArgumentError, match=r"schedule.* for step 1\n.*0 or more"):
        optimizer.step()
    np.testing.assert_equal((w.value, optimizer.state()), before)


def test_numpys_numbers_from_a_schedule_stay_out_of_float32():
    w = gn.Parameter(np.ones(2, np.float32))
    w.grad = np.ones(2, np.float32)
    optimizer = gn.SGD(lambda step: np.float64(0.1), parameters=[w])
    assert type(optimizer.lr) is float
    optimizer.step()
    np.testing.assert_array_equal(w.value, np.float32(1) - np.float32(0.1))


# -- settings --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.StepSchedule(0.1), "either every= or at="),
        (lambda: gn.StepSchedule(0.1, 10, at=[3]), "either every= or at="),
        (lambda: gn.StepSchedule(0.1, 0), "every is a whole number, 1 or more, not 0"),
        (lambda: gn.StepSchedule(0.1, 2.5), "every is a whole number"),
        (lambda: gn.StepSchedule(0.1, 5, factor=0), "factor is positive"),
        (lambda: gn.StepSchedule(0.1, at=[]), "steps that grow"),
        (lambda: gn.StepSchedule(0.1, at=[5, 5]), "steps that grow"),
        (lambda: gn.StepSchedule(0.1, at=7), "at is a list of steps, not 7"),
        (lambda: gn.StepSchedule(0.1, at=[-3]), "a step in at"),
        (lambda: gn.StepSchedule(0, 5), "lr is positive"),
        (lambda: gn.ExponentialSchedule(0.1, -1), "factor is positive"),
        (lambda: gn.ExponentialSchedule(np.nan, 0.9), "lr is a finite number"),
        (lambda: gn.LinearSchedule(0.1, 0), "steps is a whole number, 1 or more"),
        (lambda: gn.LinearSchedule(0.1, -5), "steps"),
        (lambda: gn.LinearSchedule(0.1, 5, -1), "final is 0 or more"),
        (lambda: gn.LinearSchedule(True, 5), "lr is a finite number, not True"),
        (lambda: gn.CosineSchedule(0.1, True), "steps is a whole number"),
        (lambda: gn.CosineSchedule(0.1, 5, restarts=1), "restarts is True or False"),
        (lambda: gn.CosineSchedule(0.1, 5, growth=2), "growth goes with restarts"),
        (lambda: gn.CosineSchedule(0.1, 5, restarts=True, growth=0), "growth"),
        (lambda: gn.WarmUp(0, 0.1), "steps"),
        (lambda: gn.WarmUp(5, -0.1), "then is positive"),
        (lambda: gn.WarmUp(5, gn.CosineSchedule), r"Make a schedule.*CosineSchedule\("),
        (lambda: gn.WarmUp(5, 0.1, start=2), "start is from 0 to 1, not 2"),
        (lambda: gn.OneCycleSchedule(0.1, 0), "steps"),
        (lambda: gn.OneCycleSchedule(0.1, 5, warm_up=1.5), "warm_up is a part"),
        (
            lambda: gn.OneCycleSchedule(0.1, 5, warm_up=0.6, three_phase=True),
            "at most 0.5",
        ),
        (lambda: gn.OneCycleSchedule(0.1, 5, shape="cos"), "'cosine' or 'linear'"),
        (lambda: gn.OneCycleSchedule(0.1, 5, div_factor=0), "div_factor"),
        (lambda: gn.PlateauSchedule(0.1, 1.0), "factor"),
        (lambda: gn.PlateauSchedule(0.1, 0), "factor"),
        (lambda: gn.PlateauSchedule(0.1, patience=-1), "patience"),
        (lambda: gn.PlateauSchedule(0.1, cooldown=0.5), "cooldown"),
        (lambda: gn.PlateauSchedule(0.1, threshold=-1), "threshold"),
        (lambda: gn.PlateauSchedule(0.1, min_lr=0.2), "min_lr=0.2 is above lr=0.1"),
        (lambda: gn.LinearSchedule(0.1, 5) * 0, "factor of a schedule is positive"),
        (lambda: gn.LinearSchedule(0.1, 5) * "2", "factor of a schedule is a finite"),
        (lambda: gn.LinearSchedule(0.1, 5).per_epoch(0), "batches is a whole"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()
