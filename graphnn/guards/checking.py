"""What every guard does: look at what a step has made, and see who is to blame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from graphnn.engine import Step
from graphnn.errors import GuardError, MissingHook
from graphnn.graph.graph import Graph
from graphnn.graph.operation import Item
from graphnn.guards.findings import Finding, Problem, parts_of


class Guard:
    """Looks at what a step has made, and tells the culprit from the victims.

    A step makes an output in a forward pass and gradients of the inputs in a backward
    pass. It is the *culprit* if that is bad and all that it was given is fine: its
    inputs; in a backward pass its ``output_grad`` and its values. A sum of gradients
    counts as made by the node that gets it.

    A subclass defines :meth:`is_bad` and :meth:`problem`, and ``kind``, its name.

    Attributes
    ----------
    kind : str
        Class attribute: what the guard is called in text.
    setting_names : tuple of str
        Class attribute; the first is what ``gn.guard(kind=value)`` sets.
    error : type
        Class attribute: what is raised.
    blames_leaves : bool
        Class attribute: whether an input, parameter or constant can be at fault.
    tells_given : bool
        Class attribute: whether a message says that the inputs are fine.
    silences : tuple of str
        Class attribute: the NumPy warnings (see :func:`numpy.errstate`) which say less
        than the guard does.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class NegativeGuard(gn.Guard):
    ...     kind = "negative"
    ...
    ...     def is_bad(self, array, is_gradient):
    ...         return not is_gradient and bool(np.any(array < 0))
    ...
    ...     def problem(self, array, step):
    ...         return "holds numbers below 0"
    >>> with gn.guard(NegativeGuard()):
    ...     np.log(gn.Input("x", value=0.5))
    Traceback (most recent call last):
    graphnn.errors.GuardError: log (Log, <doctest ...>:2): its output holds numbers
    below 0; its inputs are fine
    ...
    """

    kind: ClassVar[str] = ""
    setting_names: ClassVar[tuple[str, ...]] = ()
    error: ClassVar[type[GuardError]] = GuardError
    blames_leaves: ClassVar[bool] = True
    tells_given: ClassVar[bool] = True
    silences: ClassVar[tuple[str, ...]] = ()

    def is_bad(self, array: np.ndarray, is_gradient: bool) -> bool:
        """Tell whether an array is bad; called for all that each step makes."""
        raise MissingHook(
            f"{type(self).__name__} does not define is_bad",
            "def is_bad(self, array, is_gradient): return whether it is bad.",
        )

    def problem(self, array: np.ndarray, step: Step | None) -> Problem | str:
        """Say what is wrong with an array that is bad."""
        raise MissingHook(
            f"{type(self).__name__} does not define problem",
            'def problem(self, array, step): return what is wrong: "holds 3 of them".',
        )

    def check(self, step: Step) -> Finding | None:
        """Look at what a step has made.

        Returns
        -------
        Finding or None
            None if all is well.
        """
        is_gradient = step.phase == "backward"
        for position, array in made_by(step):
            if self.is_bad(array, is_gradient):
                what, culprit = name_of(step, position), not self.is_bad_given(step)
                return self.finding(step.node, step, step.phase, what, array, culprit)
        return self.check_sums(step) if is_gradient else None

    def check_sums(self, step: Step) -> Finding | None:
        """Look at the sums that a backward step has added to."""
        for position, total in enumerate(step.accumulated or ()):
            if total is (step.input_grads or ())[position]:
                continue  # the first that arrived
            for array in parts_of(total):
                node = step.node.inputs[position]
                if self.is_bad(array, True) and not self.is_bad_added(node, step):
                    return self.finding(node, step, "backward", SUM, array, True)
        return None

    def is_bad_given(self, step: Step) -> bool:
        """Tell whether what a step was given is bad already."""
        values = inputs_of(step)
        if step.phase == "backward":
            if self.is_bad_value(step.output_grad, True):
                return True
            values = (*values, step.output)
        return any(self.is_bad_value(value, False) for value in values)

    def is_bad_added(self, node: Any, step: Step) -> bool:
        """Tell whether one of the gradients that reached a node is bad."""
        added = handed_to(step.node.graph, node)
        return any(self.is_bad_value(gradient, True) for _, gradient in added)

    def is_bad_value(self, value: Any, is_gradient: bool) -> bool:
        """Tell whether a value, or a part of one, is bad."""
        return any(self.is_bad(array, is_gradient) for array in parts_of(value))

    def finding(
        self,
        node: Any,
        step: Step | None,
        phase: str,
        what: str,
        array: np.ndarray,
        culprit: bool,
    ) -> Finding:
        """Write down what is wrong."""
        problem = self.problem(array, step)
        if isinstance(problem, str):
            problem = Problem(problem)
        return Finding(self, node, step, phase, what, array, problem, culprit)

    def __repr__(self) -> str:
        settings = [f"{name}={getattr(self, name)!r}" for name in self.setting_names]
        return f"{type(self).__name__}({', '.join(settings)})"


SUM = "the sum of its gradients"


def made_by(step: Step) -> Iterator[tuple[int, np.ndarray]]:
    """Give the arrays that a step has made: parts of its output, or its input_grads.

    Each comes with the number of the part, or of the input.
    """
    made = step.output if step.phase == "forward" else step.input_grads or ()
    for position, value in enumerate(made if type(made) is tuple else (made,)):
        for array in parts_of(value):
            yield position, array


def inputs_of(step: Step) -> tuple[Any, ...]:
    """Give what a step was given: of several outputs, the one that an item takes."""
    if isinstance(step.node, Item):
        return (step.inputs[0][step.node.index],)
    return step.inputs


def name_of(step: Step, position: int) -> str:
    """Name something that a step has made, for a message."""
    if step.phase == "backward":
        return f"the gradient of {step.node.inputs[position].name}"
    return f"output[{position}]" if type(step.output) is tuple else "output"


def handed_to(graph: Graph, node: Any) -> list[tuple[Any, Any]]:
    """List the gradients that reached a node in the pass, each with who handed it on.

    Their sum is the node's gradient.
    """
    found = []
    for consumer in graph.consumers_of(node):
        gradients = graph.input_grads_of(consumer) or ()
        for input_id, gradient in zip(consumer.input_ids, gradients, strict=False):
            if input_id == node.id and gradient is not None:
                found.append((consumer, gradient))
    return found
