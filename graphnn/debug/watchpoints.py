"""Watchpoints: a gradient or an expression, and the steps that change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphnn.debug.conditions import Expression
from graphnn.debug.transitions import (
    NoValue,
    Transition,
    check_element,
    index_text,
    is_same,
    part,
)
from graphnn.engine import Step
from graphnn.graph.backward import refuse_constant
from graphnn.graph.gradients import is_differentiable, no_gradient

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


class Recorded(Protocol):
    """A tape: the records of the steps that have run, by index."""

    graph: Graph

    @property
    def records(self) -> Sequence[Any]:
        """Each with its ``step``; one that runs again after an edit gets another."""


class History:
    """The steps of a pass by index, as far as they are known.

    Parameters
    ----------
    tape : Recorded, optional
        Without one, the steps that :meth:`note` was told of.
    """

    def __init__(self, tape: Recorded | None = None) -> None:
        self.tape = tape
        self._noted: dict[int, Step] = {}

    def note(self, step: Step) -> None:
        """Know of a step."""
        if self.tape is None:
            self._noted[step.index] = step

    def at(self, index: int) -> Step | None:
        """Give the step of an index; None where it is not known."""
        if self.tape is None:
            return self._noted.get(index)
        records = self.tape.records
        return records[index].step if 0 <= index < len(records) else None

    def __iter__(self) -> Iterator[Step]:
        if self.tape is None:
            return iter([self._noted[index] for index in sorted(self._noted)])
        return iter([record.step for record in self.tape.records])


class GradientWatch:
    """Watch the gradient of a node: the sum of what has reached it so far.

    Parameters
    ----------
    node : node
    element : index, optional
        Of one element, or of a part: an int, a slice, or a tuple of them.
    """

    def __init__(self, node: Any, element: Any = ()) -> None:
        self.node, self.element = node, element
        refuse_constant(node)
        if node.output is not None and not is_differentiable(node.output):
            raise no_gradient(node, node.output)
        if node.output is not None:
            check_element(node, element)

    @property
    def text(self) -> str:
        """What is watched, as it is listed."""
        return f"{self.node.name}.grad{index_text(self.element)}"

    def transition(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> Transition | None:
        """Give the gradient before and after a step that changes it; else None.

        Raises
        ------
        IndexError
            If there is no such element after all.
        """
        if not self._touches(step):
            return None
        before = self._before(step, history)
        own = step.node.id == self.node.id
        if own and before is not None:
            return None  # its turn: what has come together is handed on, as it is
        after = step.output_grad if own else self._sum(step)
        found = Transition(part(before, self.element), part(after, self.element))
        return None if is_same(*found) else found

    def _touches(self, step: Step) -> bool:
        node_id = self.node.id
        return step.phase == "backward" and (
            node_id in step.node.input_ids or node_id == step.node.id
        )

    def _sum(self, step: Step) -> Any:
        place = step.node.input_ids.index(self.node.id)
        return step.accumulated[place] if step.accumulated else None

    def _before(self, step: Step, history: History) -> Any:
        for index in range(step.index - 1, -1, -1):
            earlier = history.at(index)
            if earlier is None or earlier.phase != "backward":
                break
            if self.node.id in earlier.node.input_ids:
                return self._sum(earlier)
        return None


class ExpressionWatch:
    """Watch what an expression over the locals of each step gives.

    Where it raises, it has no value; having one or not is a difference like any other,
    but that of a comparison: without a gradient to compare, it is as good as false. A
    NameError is reported instead. Before the first step there is nothing to compare.
    """

    def __init__(self, what: Any) -> None:
        self.expression = Expression(what, "watch expression")
        self._known: dict[int, tuple[Step, Any]] = {}

    @property
    def text(self) -> str:
        """What is watched, as it is listed."""
        return self.expression.text

    def transition(
        self, step: Step, history: History, names: Mapping[str, Any] | None
    ) -> Transition | None:
        """Give the value before and after a step that changes it; else None.

        Raises
        ------
        NameError
            If the expression uses a name that is not known.
        """
        after = self._value(step, names)
        earlier = history.at(step.index - 1)
        if earlier is None:
            return None
        found = Transition(self._value(earlier, names), after)
        return None if is_same(*found) or all(map(is_unfulfilled, found)) else found

    def _value(self, step: Step, names: Mapping[str, Any] | None) -> Any:
        known = self._known.get(step.index)
        if known is not None and known[0] is step:
            return known[1]
        try:
            value = self.expression.of(step, names)
        except NameError:
            raise
        except Exception as error:
            value = NoValue(error)
        if len(self._known) > 1:  # a step's value is asked for twice: there, and next
            self._known.pop(min(self._known, key=lambda i: -abs(i - step.index)))
        self._known[step.index] = step, value
        return value


def is_unfulfilled(value: Any) -> bool:
    """Tell what a comparison gives where it is false, or has nothing to compare."""
    return value is None or (isinstance(value, bool | np.bool_) and not value)


Watch = GradientWatch | ExpressionWatch
