"""Truths, counts and positions: the NumPy functions that have no gradient.

Their nodes compute, are drawn and are stepped through as all others are; no gradient
flows through them. The ufuncs among them (comparisons, rounding) are classes of their
own; see :mod:`graphnn.ops.comparisons` and :mod:`graphnn.ops.rounding`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.elementary import Elementary, filled, slotted


class Discrete(Elementary):
    """A NumPy function without a gradient: its values are truths, counts, or positions.

    Parameters
    ----------
    function : callable
        The NumPy function; the node is named after it.
    template : tuple
        Its positional arguments, a :class:`Slot` for each input.
    settings : dict
        Its keyword arguments, likewise.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        template: tuple[Any, ...],
        settings: dict[str, Any],
    ) -> None:
        self.applied = function
        self.template = template
        self.keywords = settings
        owner = getattr(function, "__self__", None)  # a ufunc, of np.logical_or.reduce
        prefix = f"{owner.__name__}_" if isinstance(owner, np.ufunc) else ""
        self._name = f"{prefix}{function.__name__}"

    def _output(self) -> Any:
        arguments = filled(self.template, self.input_values)
        keywords = filled(self.keywords, self.input_values)
        return self.applied(*arguments, **keywords)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,) * len(self.input_values)


def without_gradient(*functions: Callable[..., Any]) -> None:
    """Let NumPy functions without a gradient make :class:`Discrete` nodes."""
    for function in functions:

        def make(
            *arguments: Any, _function: Callable[..., Any] = function, **settings: Any
        ) -> Any:
            inputs: list[Any] = []
            template = slotted(arguments, inputs)
            keywords = slotted(settings, inputs)
            return Discrete(_function, template, keywords)(*inputs)

        implements(function)(make)


without_gradient(
    np.all,
    np.any,
    np.argmax,
    np.argmin,
    np.argpartition,
    np.argsort,
    np.argwhere,
    np.count_nonzero,
    np.digitize,
    np.flatnonzero,
    np.isin,
    np.lexsort,
    np.nanargmax,
    np.nanargmin,
    np.nonzero,
    np.searchsorted,
)
