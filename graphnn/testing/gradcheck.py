"""Are the gradients right? Every hook against central differences, node by node."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, GradientError
from graphnn.testing.leaving import LEAVING
from graphnn.testing.nodes import check_nodes
from graphnn.testing.report import GradientReport
from graphnn.testing.settings import Settings
from graphnn.testing.subjects import uses_of
from graphnn.testing.twins import Twin, Use
from graphnn.testing.whole import WholeCheck

FIX = (
    "A hook returns the gradient of sum(output * output_grad), and depends on nothing "
    "but what it is given. Stop in it with a debugger: the report names its line."
)


def check_gradients(
    thing: Any,
    *arrays: Any,
    order: int = 2,
    samples: int = 64,
    seed: int = 0,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    training: bool = False,
    raises: bool = True,
) -> GradientReport:
    """Check gradients against central differences, node by node.

    Each operation is checked by itself, at the values that it has, so the report says
    which input of which node is wrong; then the gradient of the target by each leaf. A
    gradient is checked against a random cotangent, in double precision wherever the
    hooks run in it.

    Parameters
    ----------
    thing : node, Graph, Operation, function, Layer or NeuralNetwork
        A node is the target of its graph, a graph stands for its sink. An operation's
        recipe or class needs no arrays: some are drawn, of both signs, with several
        rows, with one, and transposed. So does a function written in NumPy.
    *arrays : array_like
        One for each input of an operation, a function, or a graph; the batch for a
        layer; X, or X and y, for a network.
    order : {1, 2}
        2 checks the gradient's own gradient as well, in about three times the time.
    samples : int
        Larger arrays are sampled: so many elements one by one, and all of them along
        one random direction.
    seed : int
        Of all that is drawn.
    eps : float, optional
        The distance of the differences, relative to ``max(1, abs(x))``; by default the
        cube root of the precision.
    rtol, atol : float, optional
        What is allowed; by default 1e-6 relative and 1e-8 of the largest slope for
        float64, 2e-4 and 2e-5 for float32, 2e-2 for float16, and what rounding adds.
    training : bool
        The mode of the pass.
    raises : bool
        False returns the report of a failure, too.

    Returns
    -------
    GradientReport
        ``.ok``, ``.rows``, ``.impurities``, ``.remarks``; printed, a table.

    Raises
    ------
    GradientError
        Where a gradient is wrong or a hook impure.
    ArgumentError
        Where there is nothing to check, or arrays are needed.

    Notes
    -----
    Everything runs on a copy: arrays, values and gradients stay as they are.

    An element whose slopes to both sides differ (ReLU at 0) is not compared, but
    counted as a kink; nor is one that has no slope, at NaN or an infinity. Hooks must
    be pure, as replaying and tracing them needs it: they are run and traced twice, and
    must give the same bits and leave everything that they are given as it was. Hooks
    that cannot be traced (a branch on a value) are mentioned: they run, but their
    gradient cannot be differentiated again.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class Double(gn.Operation):
    ...     def _output(self):
    ...         return 2 * self.input_
    ...
    ...     def _input_grad(self, output_grad):
    ...         return 2.002 * output_grad
    >>> report = gn.check_gradients(Double(), raises=False)
    >>> report.ok
    False
    >>> row = report.failures[0]
    >>> row.node, row.argument, f"{row.relative_error:.4f}"
    ('double', 'input 0 (x)', '0.0010')
    >>> gn.check_gradients(lambda x: np.sum(x**2), np.ones((2, 3))).ok
    True
    """
    if order not in (1, 2) or isinstance(order, bool):
        raise ArgumentError(f"order is 1 or 2, not {order!r}")
    if not isinstance(samples, int) or samples < 1:
        raise ArgumentError(f"samples is a whole number from 1 on, not {samples!r}")
    settings = Settings(order, samples, seed, eps, rtol, atol)
    report = GradientReport()
    with np.errstate(all="ignore"):  # what is not finite is seen in the report
        for use in uses_of(thing, arrays, seed, training, report.remarks):
            check_use(use, settings, report)
    if not report.rows and not report.impurities:
        raise ArgumentError(
            "there is nothing to differentiate by: no input or parameter holds "
            "floating-point numbers",
            "Pass array.astype(float).",
        )
    if raises and not report.ok:
        raise GradientError(report.message(), FIX)
    return report


def check_use(use: Use, settings: Settings, report: GradientReport) -> None:
    """Check the targets of one graph."""
    native = Twin(use, wide=False)
    try:
        wide = Twin(use, wide=True)
    except LEAVING:
        raise
    except Exception:  # a hook insists on single precision
        wide = Twin(use, wide=False)
    before = len(report.impurities)
    traceable = check_nodes(native, wide, settings, report)
    sound = len(report.impurities) == before and all(
        row.verdict != "refused" for row in report.rows
    )
    if sound:  # differences of what changes by itself say nothing
        try:
            report.rows += WholeCheck(wide, settings).run(traceable=traceable)
        except LEAVING:
            raise
        except Exception:  # a hook insists on single precision
            native = Twin(use, wide=False)
            report.rows += WholeCheck(native, settings).run(traceable=traceable)
