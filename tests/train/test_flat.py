"""Updates over flat arrays: the very bits of an optimizer's own step."""

import copy
import pickle
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from training import OPTIMIZERS

import graphnn as gn
from graphnn.graph.changes import CHANGES
from graphnn.train.flat import FlatUpdate, SteppedUpdate
from graphnn.train.updating import Record

SETTINGS = {
    gn.SGD: [
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "dampening": 0.3},
    ],
    gn.SGDMomentum: [{"dampening": 0.5}],
    gn.AdaGrad: [{"lr_decay": 0.1}, {"initial_accumulator_value": 0.5}],
    gn.RMSProp: [
        {"momentum": 0.9},
        {"centered": True},
        {"momentum": 0.5, "centered": True},
    ],
    gn.Adam: [{"amsgrad": True}, {"betas": (0.5, 0.0)}],
    gn.AdamW: [{"amsgrad": True}, {"weight_decay": 0.0}],
    gn.NAdam: [{"momentum_decay": 0.1}],
}
SHARED = [
    {},
    {"weight_decay": 0.1, "decoupled_weight_decay": False},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"clip_norm": 0.5},
    {"clip_value": 0.25},
    {"maximize": True},
    {"lr": gn.CosineSchedule(0.1, steps=7)},
    {"lr": gn.WarmUp(3, then=0.1)},
    {"groups": {"*1": {"lr": 0.02}, "*2": {"weight_decay": 0.3}}},
    {
        "clip_norm": 0.5,
        "clip_value": 0.25,
        "maximize": True,
        "weight_decay": 0.2,
        "groups": {"*0": {"decoupled_weight_decay": True, "weight_decay": 0.5}},
    },
]
CASES = [
    pytest.param(cls, own | shared, id=f"{cls.__name__}-{number}-{at}")
    for cls in OPTIMIZERS
    for number, own in enumerate([{}, *SETTINGS.get(cls, [])])
    for at, shared in enumerate(SHARED)
    if number == 0 or at in (0, 9)
]
SHAPES = [(3, 5), (5,), (), (2, 3, 4), (1,), (0, 2), (4, 1, 3)]


def parameters(dtype=np.float64, shapes=SHAPES):
    """Parameters of odd shapes; every other one with its axes in another order."""
    rng = np.random.default_rng(5)
    made = []
    for number, shape in enumerate(shapes):
        value = rng.standard_normal(shape).astype(dtype)
        value = np.array(value, order="F" if number % 2 else "C")
        made.append(gn.Parameter(value, name=f"p{number}"))
    return made


class Twins:
    """An optimizer's own steps beside those over flat arrays."""

    def __init__(self, make, params=None):
        self.params = parameters() if params is None else params
        self.twins = copy.deepcopy(self.params)
        self.own, self.flat = make(self.params), make(self.twins)
        self.rng = np.random.default_rng(6)
        self.update = self.made()

    def made(self, orders="CFK"):
        """Gradients lie in any order."""
        likes = [
            np.zeros_like(p.value, order=orders[number % len(orders)])
            for number, p in enumerate(self.twins)
        ]
        return self.flat.flat_update(self.twins, likes)

    def gradients(self):
        for one, other in zip(self.params, self.twins, strict=True):
            gradient = self.rng.standard_normal(one.value.shape)
            gradient = np.asarray(gradient, one.value.dtype)
            view = self.update.gradients.get(other)
            assert view is None or any(
                np.shares_memory(view, flat) or not view.size
                for flat in self.update.flat_gradients
            )
            one.grad = other.grad = None
            if view is not None:
                view[...] = gradient
                one.grad = view.copy(order="K")
                other.grad = one.grad

    def step(self, flat=True):
        self.gradients()
        self.own.step()
        if flat:
            self.update.run()
        else:
            self.flat.step()
        self.agree()

    def agree(self):
        for one, other in zip(self.params, self.twins, strict=True):
            assert one.value.tobytes() == other.value.tobytes(), one.name
        mine, theirs = self.own.state(), self.flat.state()
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert mine[name].tobytes() == theirs[name].tobytes(), name
            assert mine[name].dtype == theirs[name].dtype, name
        assert self.own.gradient_norm == self.flat.gradient_norm
        assert self.own.step_count == self.flat.step_count


@contextmanager
def harmless_warnings():
    """Let warnings be warnings, as they are outside of tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def of(cls, settings):
    settings = {"lr": 0.1} | settings
    return lambda params: cls(**copy.deepcopy(settings), parameters=params)


# -- the optimizers of the library -----------------------------------------------------
def test_every_optimizer_is_here():
    found, new = set(), [gn.Optimizer]
    while new:
        new = [c for cls in new for c in cls.__subclasses__()]
        found |= {c for c in new if c.__module__.startswith("graphnn.")}
    assert found == set(OPTIMIZERS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("cls", "settings"), CASES)
def test_ten_steps_have_the_bits_of_stepped_ones(cls, settings, dtype, monkeypatch):
    if dtype is np.float64:  # in pieces of a few numbers
        monkeypatch.setattr("graphnn.train.layout.PIECE", 48)
    twins = Twins(of(cls, settings), parameters(dtype))
    assert type(twins.update) is FlatUpdate
    for number in range(10):
        if number % 2:
            twins.step()
        else:
            with harmless_warnings():
                twins.step()
        assert twins.update.is_current()


@pytest.mark.parametrize("cls", OPTIMIZERS)
def test_either_goes_on_from_the_other(cls):
    twins = Twins(of(cls, {}))
    for flat in (True, False, False, True, True, False, True):
        twins.step(flat)
        assert twins.update.is_current()


def test_calls_are_few():
    update = Twins(of(gn.SGD, {})).update
    filled = len([shape for shape in SHAPES if 0 not in shape])
    assert len(update.bound) == 1 + filled == len(update.made_for)
    update = Twins(of(gn.Adam, {})).update
    assert len(update.bound) == 11 + filled
    assert {call.owner.phase for call in update.made_for} == {"update"}


@pytest.mark.parametrize("dtype", [np.float16, ">f8", ">f4"])
def test_other_floats(dtype):
    twins = Twins(of(gn.Adam, {}), parameters(dtype))
    for _ in range(4):
        twins.step()


def test_dtypes_side_by_side():
    params = parameters(np.float32, [(2, 3), (3,)]) + parameters(shapes=[(3, 2), ()])
    twins = Twins(of(gn.AdamW, {"clip_norm": 0.1}), params)
    assert type(twins.update) is FlatUpdate
    for _ in range(4):
        twins.step()


def test_strided_parameters():
    base = np.arange(24.0).reshape(4, 6)
    params = [gn.Parameter(base[::2, ::3], "w"), gn.Parameter(base[1::2, ::-1], "v")]
    params[1]._value = base[1::2, ::-1].copy()[:, ::-1]
    twins = Twins(of(gn.Adam, {}), params)
    for _ in range(4):
        twins.step()


# -- what changes in between -----------------------------------------------------------
def test_learning_rates_may_change():
    twins = Twins(of(gn.Adam, {"groups": {"*1": {"lr": 0.5}}}))
    for lr in (0.1, 0.01, gn.CosineSchedule(0.1, steps=9), 0.2):
        for optimizer in (twins.own, twins.flat):
            optimizer.lr = lr
            optimizer.groups["*1"].lr = 0.3
        assert twins.update.is_current()
        twins.step()


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "weight_decay": 0.1,
        "betas": (0.5, 0.9),
        "clip_value": 0.1,
        "eps": 0.1,
        "maximize": True,
        "amsgrad": True,
        "clip_norm": 1.0,
        "groups": {},
    }.items(),
)
def test_other_settings_make_it_stale(name, value):
    twins = Twins(of(gn.Adam, {"groups": {"*1": {"eps": 0.5}}}))
    twins.step()
    for optimizer in (twins.own, twins.flat):
        setattr(optimizer, name, value)
    assert not twins.update.is_current()
    twins.update = twins.made()
    twins.step()
    twins.step()


def test_settings_of_groups_make_it_stale():
    twins = Twins(of(gn.Adam, {"groups": {"*1": {"eps": 0.5}}}))
    twins.flat.groups["*1"].weight_decay = 0.1
    assert not twins.update.is_current()


def test_another_selection_makes_it_stale():
    twins = Twins(of(gn.SGD, {}))
    twins.flat.parameters = twins.twins[:2]
    assert not twins.update.is_current()
    twins = Twins(of(gn.SGD, {}))
    before = CHANGES.time
    twins.flat.net = object()
    assert CHANGES.time > before
    assert not twins.update.is_current()


def test_freezing_makes_it_stale():
    twins = Twins(of(gn.SGDMomentum, {}))
    twins.step()
    for params in (twins.params, twins.twins):
        params[1].trainable = False
    assert not twins.update.is_current()
    left = [p for p in twins.twins if p.trainable]
    twins.update = FlatUpdate.of(twins.flat, left, [p.value for p in left])
    assert len(twins.update.gradients) == len(twins.twins) - 1
    twins.step()
    for params in (twins.params, twins.twins):
        params[1].trainable = True
    assert not twins.update.is_current()
    twins.update = twins.made()  # one was updated less often
    assert type(twins.update) is FlatUpdate
    twins.step()
    twins.step()


def test_a_read_only_array_makes_it_stale():
    twins = Twins(of(gn.SGD, {}))
    twins.twins[0].value.flags.writeable = False
    assert not twins.update.is_current()
    with pytest.raises(gn.ArgumentError, match="read-only"):
        twins.update.run()
    update = twins.made()
    assert type(update) is SteppedUpdate
    with pytest.raises(gn.ArgumentError, match="read-only"):
        update.run()
    twins.agree()


# -- what is remembered ----------------------------------------------------------------
def test_states_are_restored():
    twins = Twins(of(gn.Adam, {}))
    twins.step()
    before = twins.flat.state()
    frozen = copy.deepcopy(before)
    twins.step()
    assert all((before[name] == frozen[name]).all() for name in before)
    for optimizer in (twins.own, twins.flat):
        optimizer.restore(before)
    twins.agree()
    twins.step()
    twins.step()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_a_copy_is_an_optimizer_by_itself(copied):
    twins = Twins(of(gn.Adam, {}))
    twins.step()
    twin = copied(twins.flat)
    assert {type(record) for record in twin._records.values()} == {Record}
    assert not twin._blocks
    before = twin.state()
    twins.step()
    assert all((before[name] == twin.state()[name]).all() for name in before)
    for parameter in twin.parameters:
        parameter.grad = np.ones_like(parameter.value)
    twin.step()
    assert twin.step_count == 2
    twins.step()


def test_two_updates_take_turns():
    """Those of two batch sizes, say; one reaches fewer parameters."""
    twins = Twins(of(gn.Adam, {}))
    one, other = twins.update, twins.made("KFC")
    fewer = FlatUpdate.of(
        twins.flat, twins.twins[:2], [p.value for p in twins.twins[:2]]
    )
    for twins.update in (one, other, other, one, fewer, fewer):
        twins.step()
    twins.update, before = one, CHANGES.time
    twins.step()  # by step(), since counts differ now
    assert CHANGES.time > before
    assert not one.is_current()
    twins.update = twins.made()
    assert type(twins.update) is FlatUpdate
    twins.step()


# -- steps that fail -------------------------------------------------------------------
@pytest.mark.parametrize("how", ["numpy", "warnings"])
@pytest.mark.parametrize("number", [0, 3])
def test_a_failing_step_changes_nothing(how, number):
    twins = Twins(of(gn.Adam, {}), parameters(np.float32))
    twins.step()
    before = copy.deepcopy(([p.value for p in twins.twins], twins.flat.state()))
    twins.gradients()
    twins.update.gradients[twins.twins[number]][...] = 1e30  # its square overflows
    with (
        warnings.catch_warnings(),
        np.errstate(over="raise" if how == "numpy" else "warn"),
    ):
        warnings.simplefilter("error" if how == "warnings" else "ignore")
        with pytest.raises((FloatingPointError, RuntimeWarning)) as caught:
            twins.update.run()
    assert "in the update of" in caught.value.__notes__[0]
    after = [p.value for p in twins.twins], twins.flat.state()
    np.testing.assert_equal(after, before)
    twins.step()


def test_a_failing_first_step_leaves_no_state():
    twins = Twins(of(gn.Adam, {}), parameters(np.float32))
    twins.gradients()
    twins.update.gradients[twins.twins[0]][...] = 1e30
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        twins.update.run()
    twins.agree()
    twins.step()


def test_gradients_that_cannot_be_clipped():
    twins = Twins(of(gn.Adam, {"clip_norm": 1.0}))
    twins.gradients()
    twins.update.gradients[twins.twins[0]][...] = np.nan
    with pytest.raises(gn.NotFiniteError, match="p0"):
        twins.update.run()
    twins.agree()


def test_a_schedule_that_fails():
    twins = Twins(of(gn.SGDMomentum, {}))
    twins.flat.lr = lambda step: -1.0
    twins.gradients()
    with pytest.raises(gn.ArgumentError, match="the schedule"):
        twins.update.run()
    twins.agree()


# -- what cannot be flat ---------------------------------------------------------------
def test_complex_parameters():
    twins = Twins(of(gn.Adam, {}), parameters(np.complex128, [(2, 3), (3,)]))
    assert type(twins.update) is SteppedUpdate
    for _ in range(3):
        twins.step()
    assert twins.update.is_current()


def test_parameters_that_share_memory():
    base = np.arange(6.0)
    params = [gn.Parameter(base[:4], "w"), gn.Parameter(base[3:], "v")]
    optimizer = gn.SGD(0.1, parameters=params)
    assert (
        type(FlatUpdate.of(optimizer, params, [p.value for p in params]))
        is SteppedUpdate
    )


def test_nothing_to_update():
    optimizer = gn.SGD(0.1, parameters=[gn.Parameter([1.0])])
    update = FlatUpdate.of(optimizer, [], [])
    with pytest.raises(gn.NotRunError):
        update.run()
