"""Small parameters side by side, and what an optimizer makes of it."""

import copy
import threading

import numpy as np
import pytest

import graphnn as gn
from graphnn.nn.pages import PAGE, SMALL, on_page


def ends_where(one, other):
    return one.ctypes.data + one.nbytes == other.ctypes.data


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays_lie_side_by_side_with_their_numbers(dtype):
    first = np.arange(6, dtype=dtype).reshape(2, 3)
    one, other = on_page(first), on_page(np.ones(1, dtype))
    np.testing.assert_array_equal(one, first)
    assert one.dtype == dtype
    assert ends_where(one, other)
    one[...] = 5
    assert other == 1


@pytest.mark.parametrize(
    "array",
    [
        np.ones(SMALL // 8 + 1),
        np.ones((4, 4)).T[:2],
        np.ones((2, 3), order="F"),
        np.ones(0),
        np.ones(3, complex),
        np.arange(3),
    ],
)
def test_others_stay_where_they_are(array):
    assert on_page(array) is array


def test_a_full_page_is_followed_by_another():
    arrays = [on_page(np.full(SMALL // 8, i, float)) for i in range(2 * PAGE // SMALL)]
    assert [array[-1] for array in arrays] == list(range(len(arrays)))
    assert not np.may_share_memory(arrays[0], arrays[-1])


def test_threads_have_pages_of_their_own():
    found = []
    mine = on_page(np.ones(2))
    thread = threading.Thread(target=lambda: found.append(on_page(np.zeros(2))))
    thread.start()
    thread.join()
    after = on_page(np.ones(2))
    assert ends_where(mine, after)
    assert not np.may_share_memory(found[0], after)


def trained(network, steps=8):
    X, y = np.ones((4, 3), np.float32), np.ones((4, 1), np.float32)
    trainer = gn.Trainer(network, gn.SGD(0.1))
    losses = [trainer.step(X, y) for _ in range(steps)]
    return losses, trainer


def test_a_small_network_is_updated_by_one_call():
    network = gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )
    network.forward(np.ones((4, 3), np.float32))
    apart = copy.deepcopy(network)  # whose parameters lie by themselves
    losses, trainer = trained(network)
    others, by_itself = trained(apart)
    assert losses == others
    assert len(trainer.plan.updating.bound) == 2
    assert len(by_itself.plan.updating.bound) == 5
    np.testing.assert_equal(network.params(), apart.params())
