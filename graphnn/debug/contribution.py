"""One of the terms that an element of a gradient is the sum of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from graphnn.debug.gradient_hooks import Element
from graphnn.debug.transitions import index_text
from graphnn.errors import ArgumentError
from graphnn.graph.graph import Graph

if TYPE_CHECKING:
    from graphnn.debug.contributions import Contributions

Kind = Literal["consumer", "seed", "rest", "changed"]

WORDS = {
    "seed": "what the pass started with",
    "rest": "of earlier passes, or set by hand",
    "changed": "not what the hook gives now",
}
"""What comes from no consumer."""


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """One of the terms that a gradient element is the sum of.

    Attributes
    ----------
    kind : {"consumer", "seed", "rest", "changed"}
        Through a consumer; what the pass started with; what no consumer has handed on
        (gradients of earlier passes that this one was added to, or an edit); what a
        consumer has handed on and its hook would not hand on again (its values have
        changed since, or it is no linear function of ``output_grad``).
    consumer : Operation or None
    position : int or None
        Of the consumer's argument.
    element : tuple of int or None
        Of the consumer's output; of several outputs the first number says which. None
        for several elements together, where there are too many to tell apart.
    local : float or complex, or None
        The derivative of that element of the output by the element of the input.
    output_grad : float or complex, or None
        The gradient that had reached that element of the output.
    value : float or complex
        Their product.
    share : float
        With its sign, of the sum of the absolute values of all contributions.
    graph : Graph
    """

    kind: Kind
    consumer: Any
    position: int | None
    element: Element | None
    local: Any
    output_grad: Any
    value: Any
    share: float
    graph: Graph

    @property
    def name(self) -> str:
        """The name of the consumer, or the kind."""
        if self.consumer is None:
            return self.kind
        return self.graph.name_of(self.consumer)

    def why(self) -> Contributions:
        """Explain the gradient that came in: that of the consumer's output.

        Raises
        ------
        ArgumentError
            Where there is nothing further to follow.
        """
        from graphnn.debug.contributions import why  # which makes contributions

        if self.consumer is None:
            raise ArgumentError(
                "there is nothing further to follow: this part of the gradient is "
                + WORDS[self.kind]
            )
        if self.element is None:
            raise ArgumentError(
                f"this contribution is that of several elements of {self.name}, too "
                "many to call its hook for each",
                "Ask for one of them, why(node, element), or write the hook so that it "
                "runs on nodes.",
            )
        return why(self.consumer, self.element, graph=self.graph)

    def __repr__(self) -> str:
        place = "" if self.element is None else index_text(self.element)
        return f"<Contribution {self.name[:60]}{place}: {number(self.value)}>"


def number(value: Any, digits: int = 6) -> str:
    """Write a number with a few digits."""
    if isinstance(value, complex):
        return f"{value:.{digits}g}" if value.imag else f"{value.real:.{digits}g}"
    return f"{value:.{digits}g}"


def total_of(values: Any) -> Any:
    """Add numbers up without losing digits."""
    if values.dtype.kind == "c":
        return complex(total_of(values.real), total_of(values.imag))
    if not np.all(np.isfinite(values)):
        return float(np.sum(values))
    return math.fsum(values)
