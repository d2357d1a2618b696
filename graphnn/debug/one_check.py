"""The check of one node, on copies of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.debug.single import alone
from graphnn.errors import MissingHook
from graphnn.graph.operation import Item
from graphnn.graph.tracing import InputGrads, reason_of
from graphnn.testing.leaving import LEAVING
from graphnn.testing.nodes import NodeCheck, all_finite
from graphnn.testing.report import GradientReport
from graphnn.testing.settings import Settings
from graphnn.testing.twins import where_finite

UNDEFINED = (np.linalg.LinAlgError, ArithmeticError)
"""What a right hook may raise at NaN or an infinity: there is no result."""


class OneCheck(NodeCheck):
    """The check of one node with the gradient that was asked for.

    Parameters
    ----------
    node, twin : Operation
        Copies by themselves, of the user's precision and of double precision.
    shown : Operation
        What they are copies of.
    output_grad : ndarray, tuple of them, or None
    """

    def __init__(
        self,
        node: Any,
        twin: Any,
        settings: Settings,
        report: GradientReport,
        shown: Any,
        output_grad: Any,
    ) -> None:
        super().__init__(node, twin, 0, settings, report, shown)
        self.output_grad = output_grad

    def draw(self, value: Any) -> Any:
        """Take the gradient that was asked for; without one, draw it.

        What is not finite has no slope, and gets 0.
        """
        if self.output_grad is None:
            return super().draw(value)
        return where_finite(value, self.output_grad)

    def trace(self, watched: Any) -> None:
        """Do not: a step through arrays is what is asked about."""


def run_check(
    node: Any,
    values: tuple[Any, ...],
    output_grad: Any,
    settings: Settings,
    report: GradientReport,
) -> None:
    """Check a copy of a node; put down in the report what comes of it."""
    reason = reason_to_leave_out(node)
    if reason:
        report.remarks.append(f"{node.describe()}: {reason}")
        return
    native = alone(node, values, wide=False)
    try:
        twin = alone(node, values, wide=True)
    except LEAVING:
        raise
    except Exception:  # a hook insists on single precision
        twin = alone(node, values, wide=False)
    check = OneCheck(native, twin, settings, report, node, output_grad)
    try:
        check.run(native.input_values)
    except MissingHook as error:
        report.remarks.append(f"{node.describe()}: {reason_of(error)}")
    except LEAVING:
        raise
    except Exception as error:  # whatever a user's hook does, others are checked, too
        text = f"{node.describe()}: {type(error).__name__}: {error}"
        if isinstance(error, UNDEFINED) and not all_finite(values):
            report.remarks.append(f"{text}; its inputs are not finite")
        else:
            check.refuse(text, 1)
    else:
        if not report.rows and not report.impurities:
            report.remarks.append(
                f"{node.describe()}: none of its inputs has gradients"
            )


def reason_to_leave_out(node: Any) -> str:
    """Say why there is nothing to check, where that is known beforehand."""
    if isinstance(node, Item):
        return f"it is an output of {node.inputs[0].name}, which can be checked"
    if isinstance(node, InputGrads):
        return f"it stands for a hook as a whole, and has no gradient: {node.reason}"
    return ""
