"""Learning-rate schedules against ``torch.optim.lr_scheduler``, step by step.

PyTorch multiplies the last rate by something; ours are functions of the step. So their
rounding errors grow with the number of steps, and ``rtol`` is 1e-9.
"""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

ORACLE = f"PyTorch {torch.__version__}, schedules"
STEPS = 150
RTOL, ATOL = 1e-9, 1e-15
lr_scheduler = torch.optim.lr_scheduler


def theirs(lr, make, steps=STEPS, losses=None):
    """The rates that an optimizer has before each step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*(() if losses is None else (losses[step],)))
    return rates


def ours(schedule, steps=STEPS):
    """The same, as an optimizer of ours has them."""
    w = gn.Parameter([0.0])
    optimizer = gn.SGD(schedule, parameters=[w])
    np.sum(w).backward()  # there is something to update
    rates = []
    for _ in range(steps):
        rates.append(optimizer.lr)
        optimizer.step()
    return rates


def assert_equal(schedule, lr, make, tally, steps=STEPS):
    mine = ours(schedule, steps)
    np.testing.assert_allclose(mine, theirs(lr, make, steps), rtol=RTOL, atol=ATOL)
    assert mine == [schedule(step) for step in range(steps)]
    tally.add(ORACLE, f"equal over {steps} steps: {type(schedule).__name__}")


@pytest.mark.parametrize("every", [1, 7, 30, 200])
@pytest.mark.parametrize("factor", [0.1, 0.9])
def test_step(every, factor, tally):
    assert_equal(
        gn.StepSchedule(0.3, every, factor),
        0.3,
        lambda o: lr_scheduler.StepLR(o, every, factor),
        tally,
    )


@pytest.mark.parametrize("at", [[10], [10, 11, 90], [1, 2, 3]])
def test_steps_at(at, tally):
    assert_equal(
        gn.StepSchedule(0.3, at=at, factor=0.5),
        0.3,
        lambda o: lr_scheduler.MultiStepLR(o, at, 0.5),
        tally,
    )


@pytest.mark.parametrize("factor", [0.9, 0.999, 1.01])
def test_exponential(factor, tally):
    assert_equal(
        gn.ExponentialSchedule(0.3, factor),
        0.3,
        lambda o: lr_scheduler.ExponentialLR(o, factor),
        tally,
    )


@pytest.mark.parametrize("steps", [1, 40, 149, 1000])
@pytest.mark.parametrize("final", [0.0, 0.03, 0.3])
def test_linear_down(steps, final, tally):
    assert_equal(
        gn.LinearSchedule(0.3, steps, final),
        0.3,
        lambda o: lr_scheduler.LinearLR(o, 1.0, final / 0.3, steps),
        tally,
    )


@pytest.mark.parametrize("steps", [1, 40, 1000])
def test_linear_up(steps, tally):
    assert_equal(
        gn.LinearSchedule(0.3, steps, 0.6),
        0.6,
        lambda o: lr_scheduler.LinearLR(o, 0.5, 1.0, steps),
        tally,
    )


@pytest.mark.parametrize("final", [0.0, 0.01])
@pytest.mark.parametrize("steps", [2, 50, 150, 400])
def test_cosine(steps, final, tally):
    """PyTorch's goes up again after its end, where ours stays."""
    assert_equal(
        gn.CosineSchedule(0.3, steps, final),
        0.3,
        lambda o: lr_scheduler.CosineAnnealingLR(o, steps, final),
        tally,
        steps=min(steps + 1, STEPS),
    )


@pytest.mark.parametrize("final", [0.0, 0.01])
@pytest.mark.parametrize("growth", [1, 2, 3])
@pytest.mark.parametrize("steps", [1, 10, 37])
def test_cosine_with_restarts(steps, growth, final, tally):
    assert_equal(
        gn.CosineSchedule(0.3, steps, final, restarts=True, growth=growth),
        0.3,
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, steps, growth, final),
        tally,
    )


ONE_CYCLE = [
    settings
    for settings in itertools.product(
        [10, 100, 151], [0.1, 0.3, 0.5], ["cosine", "linear"], [True, False]
    )
    if settings[:2] != (10, 0.1)  # a rise of one step: PyTorch divides by zero
]


@pytest.mark.parametrize(("steps", "warm_up", "shape", "three_phase"), ONE_CYCLE)
def test_one_cycle(steps, warm_up, shape, three_phase, tally):
    settings = {"div_factor": 10.0, "final_div_factor": 1e3, "three_phase": three_phase}
    assert_equal(
        gn.OneCycleSchedule(0.5, steps, warm_up=warm_up, shape=shape, **settings),
        0.5,
        lambda o: lr_scheduler.OneCycleLR(
            o,
            0.5,
            steps,
            pct_start=warm_up,
            anneal_strategy={"cosine": "cos", "linear": "linear"}[shape],
            cycle_momentum=False,
            **settings,
        ),
        tally,
        steps=steps,
    )


def test_one_cycle_by_default(tally):
    assert_equal(
        gn.OneCycleSchedule(0.5, 120),
        0.5,
        lambda o: lr_scheduler.OneCycleLR(o, 0.5, 120, cycle_momentum=False),
        tally,
        steps=120,
    )


@pytest.mark.parametrize("start", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("rise", [1, 5, 60])
def test_warm_up_to_a_number(rise, start, tally):
    assert_equal(
        gn.WarmUp(rise, 0.3, start=start),
        0.3,
        lambda o: lr_scheduler.LinearLR(o, start, 1.0, rise),
        tally,
    )


@pytest.mark.parametrize("rise", [1, 20])
def test_warm_up_to_a_cosine(rise, tally):
    def chained(o):
        return lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, 0.25, 1.0, rise),
                lr_scheduler.CosineAnnealingLR(o, 100, 0.01),
            ],
            [rise],
        )

    assert_equal(
        gn.WarmUp(rise, gn.CosineSchedule(0.3, 100, 0.01), start=0.25),
        0.3,
        chained,
        tally,
        steps=rise + 100,
    )


def test_epochs(tally):
    def make(o):
        inner = lr_scheduler.StepLR(o, 3, 0.5)

        class Epochs:
            calls = 0

            def step(self):
                self.calls += 1
                if self.calls % 8 == 0:
                    inner.step()

        return Epochs()

    assert_equal(gn.StepSchedule(0.3, 3, 0.5).per_epoch(8), 0.3, make, tally)


PLATEAU = list(
    itertools.product([0.1, 0.5], [0, 3, 10], [0.0, 1e-4, 0.1], [0, 4], [0.0, 0.01])
)


@pytest.mark.parametrize(
    ("factor", "patience", "threshold", "cooldown", "min_lr"), PLATEAU
)
def test_plateau(factor, patience, threshold, cooldown, min_lr, tally):
    rng = np.random.default_rng(patience + cooldown)
    falling = np.exp(-np.arange(STEPS) / 40)
    for losses in (falling * rng.uniform(0.9, 1.1, STEPS), falling, rng.random(STEPS)):
        schedule = gn.PlateauSchedule(
            0.3,
            factor,
            patience,
            threshold=threshold,
            cooldown=cooldown,
            min_lr=min_lr,
        )
        mine = []
        for step, loss in enumerate(losses):
            mine.append(schedule(step))
            schedule.observe(loss)
        wanted = theirs(
            0.3,
            lambda o: lr_scheduler.ReduceLROnPlateau(
                o,
                factor=factor,
                patience=patience,
                threshold=threshold,
                cooldown=cooldown,
                min_lr=min_lr,
                eps=0.0,  # ours has no smallest change
            ),
            losses=losses,
        )
        np.testing.assert_allclose(mine, wanted, rtol=RTOL, atol=0)
        tally.add(ORACLE, f"equal over {STEPS} steps: PlateauSchedule")
    assert len(set(mine)) > 1


def test_training_under_a_schedule():
    """The whole of it: thirty updates of Adam under a one-cycle schedule."""
    start = np.random.default_rng(0).standard_normal(6)
    w, v = gn.Parameter(start.copy()), torch.from_numpy(start.copy()).requires_grad_()
    mine = gn.Adam(gn.OneCycleSchedule(0.1, 30), parameters=[w])
    other = torch.optim.Adam([v], foreach=False)
    scheduler = lr_scheduler.OneCycleLR(other, 0.1, 30, cycle_momentum=False)
    for step in range(30):
        w.grad = np.cos(w.value) + 0.1 * w.value
        v.grad = torch.cos(v.detach()) + 0.1 * v.detach()
        mine.step()
        other.step()
        if step < 29:
            scheduler.step()
        np.testing.assert_allclose(w.value, v.detach().numpy(), rtol=RTOL, atol=1e-12)
