"""Whether stacked arrays give the same bits is tried, and found out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphnn.planning.stacking import ROWS, bits, stacks, telling


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (4,), (9,), (2, 3)])
@pytest.mark.parametrize(
    "function", [np.add, np.subtract, np.multiply, np.divide, np.tanh, np.exp, np.log]
)
def test_what_tiny_graphs_are_made_of_stacks(
    function: np.ufunc, shape: tuple[int, ...], dtype: str
) -> None:
    arguments = (None,) * function.nin
    assert stacks(function, function, (dtype,) * function.nin, shape, arguments)


def test_what_looks_at_its_neighbours_is_found_out() -> None:
    def together(stack: Any) -> Any:
        return np.where(stack > np.mean(stack), stack, -stack)

    assert not stacks(np.positive, together, ("d",), (4,), (None,))


def test_a_last_bit_is_found_out() -> None:
    def together(stack: Any) -> Any:
        given = stack + 1.0
        given[-1] = np.nextafter(given[-1], 9.0)
        return given

    def alone(array: Any) -> Any:
        return array + 1.0

    assert not stacks(alone, together, ("d",), (), (None,))


def test_another_dtype_is_found_out() -> None:
    assert not stacks(np.float64, np.asarray, ("f",), (3,), (None,))


def test_powers_of_arrays_are_left_apart() -> None:
    assert not stacks(np.power, np.power, ("f", "f"), (3,), (None, None))


def test_numbers_of_every_sort_are_tried() -> None:
    rng = np.random.default_rng(0)
    for dtype in "?bBlLefdFD":
        drawn = telling(rng, dtype, (ROWS, 4))
        assert drawn.dtype == np.dtype(dtype)
        assert len(np.unique(drawn)) > 1
    drawn = telling(rng, "f", (ROWS, 4))
    assert np.isnan(drawn).any()
    assert np.isinf(drawn).any()
    assert (np.signbit(drawn) & (drawn == 0)).any()


def test_one_nan_is_as_good_as_another() -> None:
    assert bits(np.array([-np.nan, 1.0])) == bits(np.array([np.nan, 1.0]))
    assert bits(np.array([-0.0])) != bits(np.array([0.0]))
