"""The local derivatives of an operation: how its output moves with one input element.

The gradient hook of an operation is linear in ``output_grad``, and for one element of
an input its coefficients are the derivatives of all outputs by that element. They are
found in one go: the hook runs on nodes, and its result is differentiated by
``output_grad``. A hook that cannot run on nodes is called with arrays that are 0 but
for a block, and blocks that matter are halved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.debug.gradient_hooks import (
    CalledHook,
    Derivative,
    Element,
    TracedHook,
    draw,
    part_of,
    wide,
)
from graphnn.errors import GradientError
from graphnn.graph.gradients import is_differentiable

LOOKED_INTO = 64
"""The most derivatives that are not finite for which the hook is asked one by one."""

MOST_CALLS = 4096
MOST_NUMBERS = 10**8
"""How often a hook is called, and on how many elements of ``output_grad`` in all."""


Ask = Callable[[Sequence[Any], int, Any], Any]
"""Calls the hook with weights that are 0 but for some places of one output."""


class Row(NamedTuple):
    """What one output (of one or of several) contributes to the element of an input.

    Attributes
    ----------
    part : int or None
        Which of several outputs.
    places : ndarray of int
        The elements of the output, by their number in C order; -1 for several
        together, where there were too many to call the hook for each.
    locals_ : ndarray
        The derivative of each by the element; NaN for several together.
    values : ndarray
        The same times ``output_grad``.
    """

    part: int | None
    places: np.ndarray
    locals_: np.ndarray
    values: np.ndarray


class Consumer:
    """An operation whose gradients were handed on, to be asked what they are made of.

    Parameters
    ----------
    node : Operation
        Stays as it is.
    output_grad : ndarray or tuple of them
    input_grads : tuple of (ndarray or None)
        What its hook has returned.
    """

    def __init__(
        self, node: Any, output_grad: Any, input_grads: tuple[Any, ...]
    ) -> None:
        self.node, self.input_grads = node, input_grads
        self.several = type(output_grad) is tuple
        self.seeds = list(output_grad) if self.several else [output_grad]
        self.needs = tuple([gradient is not None for gradient in input_grads])
        self.called = CalledHook(node, self.needs, self.several)
        try:
            self.traced: TracedHook | None = TracedHook(
                node, self.needs, output_grad, self.several
            )
        except Exception:  # a user's hook fails on nodes as it likes
            self.traced = None

    def rows(self, position: int, element: Element) -> list[Row]:
        """Give the local derivatives by an element of one input."""
        if self.traced is not None:
            try:
                found = self.traced.derivatives(position, element)
            except GradientError:  # something in the hook has no gradient of its own
                self.traced = None
            else:
                return self.from_derivatives(position, element, found)
        return self.by_calling(position, element)

    # -- by tracing --------------------------------------------------------------------
    def from_derivatives(
        self, position: int, element: Element, found: list[Derivative]
    ) -> list[Row]:
        """Leave out what the element does not reach."""
        self.settle_what_is_not_finite(position, element, found)
        rows = []
        for number, (one, seed) in enumerate(zip(found, self.seeds, strict=True)):
            places = np.flatnonzero(one.reaches)
            flat = seed.reshape(-1)[places]
            with np.errstate(all="ignore"):
                values = one.times(flat, places)
            locals_ = one.as_numbers(flat, values, places)
            rows.append(Row(self.part(number), places, locals_, values))
        return rows

    def settle_what_is_not_finite(
        self, position: int, element: Element, found: list[Derivative]
    ) -> None:
        """Tell derivatives that are not finite from zeros that met an infinity.

        Where the gradient itself is not finite, and nothing else explains it, a 0 that
        met what is not finite in `output_grad` is a contribution as well.
        """
        flat = [seed.reshape(-1) for seed in self.seeds]
        unsure = [~one.finite for one in found]
        pairs = list(zip(found, flat, strict=True))
        made = not np.isfinite(part_of(self.input_grads[position], element))
        made = made and not any(
            np.any(one.reaches & ~(one.finite & np.isfinite(seed)))
            for one, seed in pairs
        )
        zeros = [~one.reaches & ~np.isfinite(seed) & made for one, seed in pairs]
        if self.traced is None or not any(map(np.any, [*unsure, *zeros])):
            return
        reached = self.traced.reached(position, element)
        for number, one in enumerate(found):
            one.reaches &= ~unsure[number] | reached[number]
            one.reaches |= zeros[number] & reached[number]
            for place in np.flatnonzero(one.reaches & unsure[number])[:LOOKED_INTO]:
                ones = [np.ones_like(seed) for seed in flat]
                again = self.called.masked(ones, number, [place], position, element)
                if np.isfinite(again):
                    one.put(place, again)

    # -- by calling --------------------------------------------------------------------
    def by_calling(self, position: int, element: Element) -> list[Row]:
        """Halve the outputs until the elements that matter are found."""
        flat = [seed.reshape(-1) for seed in self.seeds]
        size = max(sum(seed.size for seed in flat), 1)
        left = min(MOST_CALLS, max(64, MOST_NUMBERS // size))

        def ask(weights: Sequence[Any], number: int, places: Any) -> Any:
            return self.called.masked(weights, number, places, position, element)

        rows = []
        for number, seed in enumerate(flat):
            if not is_differentiable(seed):
                continue
            single, together = halved(ask, flat, number, left)
            ones = [np.ones_like(one) for one in flat]
            locals_ = [self.local(ask, ones, number, place) for place in single]
            values = [ask(flat, number, [place]) for place in single]
            values += [ask(flat, number, block) for block in together]
            places = np.array([*single, *[-1] * len(together)], dtype=np.intp)
            locals_ += [np.nan] * len(together)
            part = self.part(number)
            rows.append(Row(part, places, np.array(locals_), wide(np.array(values))))
        return rows

    def local(self, ask: Ask, ones: list[Any], number: int, place: int) -> Any:
        """Give one derivative; of a real element by a complex gradient, g too."""
        local = ask(ones, number, [place])
        if ones[number].dtype.kind == "c" and np.isrealobj(local):
            return local - 1j * ask([1j * one for one in ones], number, [place])
        return local

    def part(self, number: int) -> int | None:
        """Give the number of an output, where there are several."""
        return number if self.several else None


def halved(
    ask: Ask, flat: list[Any], number: int, calls: int
) -> tuple[list[int], list[Any]]:
    """Find the elements of an output that matter, by calls with all but a block 0.

    Returns
    -------
    single, together : list
        Elements by themselves; blocks of those for which there are no calls left.
    """
    rng = np.random.default_rng(0)
    drawn = [draw(rng, one, 0.5) for one in flat]
    single: list[int] = []
    together: list[Any] = []
    blocks = deque([np.arange(flat[number].size)] if flat[number].size else [])
    while blocks:
        block = blocks.popleft()
        calls -= 1
        if ask(drawn, number, block) == 0:
            continue
        if len(block) == 1:
            single.append(int(block[0]))
        elif calls <= len(blocks):
            together.append(block)
        else:
            middle = len(block) // 2
            blocks += [block[:middle], block[middle:]]
    return sorted(single), together
