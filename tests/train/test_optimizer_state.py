"""What optimizers remember: copies, and plain arrays that restore."""

import copy
import pickle

import numpy as np
import pytest
from training import EACH, data, network, pair, snapshot

import graphnn as gn


@EACH
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))],
    ids=["deepcopy", "pickle"],
)
def test_copies_go_on_alike(cls, copied):
    groups = {"*/bias": {"weight_decay": 0.0, "lr": 0.02}}
    trainer = gn.Trainer(network(), cls(0.05, weight_decay=0.1, groups=groups))
    for _ in range(3):
        trainer.step(*data())
    twin = copied(trainer)
    assert twin.optimizer.net is twin.network
    for one in (trainer, twin):
        for _ in range(3):
            one.step(*data())
    np.testing.assert_equal(twin.network.params(), trainer.network.params())


@EACH
def test_the_state_is_plain_arrays_that_restore(cls):
    settings = {"weight_decay": 0.1, "clip_norm": 1.0}
    whole = gn.Trainer(network(), cls(0.05, **settings))
    for _ in range(3):
        whole.step(*data())
    state = whole.optimizer.state()
    assert all(type(value) is np.ndarray for value in state.values())
    kept, params = copy.deepcopy(state), copy.deepcopy(whole.network.params())
    for _ in range(3):
        whole.step(*data())
    np.testing.assert_equal(state, kept)  # a copy

    again = gn.Trainer(network(seed=9), cls(0.05, **settings))
    again.network.forward(data()[0])
    for array, value in zip(again.network.params(), params, strict=True):
        array[...] = value
    again.optimizer.restore(state)
    np.testing.assert_equal(again.optimizer.state(), kept)
    for _ in range(3):
        again.step(*data())
    np.testing.assert_equal(again.network.params(), whole.network.params())
    np.testing.assert_equal(state, kept)


def test_the_state_before_a_step():
    w, b = pair()
    optimizer = gn.Adam(parameters=[w, b])
    state = optimizer.state()
    np.testing.assert_equal(state, {"step_count": 0, "counts": [0, 0]})
    optimizer.step()
    optimizer.restore(state)
    np.testing.assert_equal(optimizer.state(), state)


def broken(state, **changes):
    state = dict(state) | changes
    return {name: value for name, value in state.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"0/mean": None}, gn.ArgumentError, r"no '0/mean'\n.*'0/square'|mean"),
        ({"0/mean": np.ones(3)}, gn.ShapeError, r"0/mean has shape \(3,\)"),
        ({"1/mean": np.array(["a", "b"])}, gn.ArgumentError, "dtype"),
        ({"1/velocity": np.ones(2)}, gn.ArgumentError, "'1/velocity'.*Adam"),
        ({"counts": np.array([1])}, gn.ShapeError, "1 parameters.* has 2"),
        ({"counts": np.array([1, -1])}, gn.ArgumentError, "counts"),
        ({"counts": np.array([1.0, 1.0])}, gn.ArgumentError, "counts"),
        ({"step_count": None}, gn.ArgumentError, "step_count"),
        ({"step_count": np.array(-1)}, gn.ArgumentError, "step_count"),
        ({"step_count": np.array([1, 2])}, gn.ShapeError, "step_count"),
    ],
    ids=str,
)
def test_states_of_another_optimizer(changes, error, message):
    w, b = pair()
    optimizer = gn.Adam(parameters=[w, b])
    optimizer.step()
    before = snapshot(optimizer, w, b)
    with pytest.raises(error, match=message):
        optimizer.restore(broken(optimizer.state(), **changes))
    np.testing.assert_equal(snapshot(optimizer, w, b), before)
    with pytest.raises(gn.ArgumentError, match="dict of arrays"):
        optimizer.restore([1])


def test_a_state_for_a_network_that_has_no_parameters_yet():
    trainer = gn.Trainer(network(), gn.Adam(0.1))
    trainer.step(*data())
    fresh = gn.Trainer(network(), gn.Adam(0.1))
    with pytest.raises(gn.ShapeError, match=r"has 0\n.*first batch"):
        fresh.optimizer.restore(trainer.optimizer.state())


def test_a_state_goes_through_a_file(tmp_path):
    trainer = gn.Trainer(network(), gn.Adam(gn.PlateauSchedule(0.1)))
    trainer.step(*data())
    state = trainer.optimizer.state()
    np.savez(tmp_path / "state.npz", **state)
    with np.load(tmp_path / "state.npz") as loaded:
        trainer.optimizer.restore(loaded)
    np.testing.assert_equal(trainer.optimizer.state(), state)
