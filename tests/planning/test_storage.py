"""Memory that is handed out holds the last element, too."""

import numpy as np
import pytest

from graphnn.planning.storage import Storage, extent_of, laid_over

BASE = np.arange(240, dtype=np.float64).reshape(4, 5, 12)
VIEWS = {
    "contiguous": BASE,
    "transposed": BASE.T,
    "every other": BASE[::2, :, ::3],
    "column": BASE[0, :, 3],
    "backwards": BASE[:, ::-1, ::-2],
    "one": BASE[1:2, 3:4, 5:6],
    "no axes": BASE[1, 2, 3],
    "broadcast": np.broadcast_to(BASE[0, 0], (7, 12)),
    "empty": BASE[:, :0],
    "bytes": np.arange(64, dtype=np.int8)[::7],
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_extent_goes_to_the_end_of_the_last_element(name):
    view = VIEWS[name]
    low, high = np.lib.array_utils.byte_bounds(np.asarray(view))
    assert extent_of(view) == (high - low if view.size else 0)


@pytest.mark.parametrize("name", ["every other", "column", "backwards", "bytes"])
def test_an_array_over_a_piece_as_large_as_its_extent(name):
    view = VIEWS[name]
    extent = extent_of(view)
    memory = np.full(extent + 16, 255, np.uint8)
    over = laid_over(memory[8 : 8 + extent], view)
    assert over.strides == view.strides
    over[...] = view
    np.testing.assert_array_equal(over, view)
    for end in (memory[:8], memory[8 + extent :]):
        np.testing.assert_array_equal(end, 255)


def test_neighbours_do_not_touch():
    storage = Storage()
    column = np.arange(128.0).reshape(8, 16)[:, 0]  # its end is past a line's
    first, second = [
        storage.array(storage.take(extent_of(column)), column) for _ in range(2)
    ]
    assert not np.may_share_memory(first, second)
    first[...], second[...] = 1.0, 2.0
    np.testing.assert_array_equal(first, 1.0)
