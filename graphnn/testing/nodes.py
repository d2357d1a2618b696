"""One node by itself: its hooks against differences, at the values it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import GraphnnError, MissingHook
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.operation import Operation, ParamOperation
from graphnn.graph.source import Source
from graphnn.testing.probe import Probe
from graphnn.testing.purity import Watched
from graphnn.testing.report import Finding, GradientReport, GradientRow
from graphnn.testing.settings import Settings
from graphnn.testing.traced import check_traces, second_gradients
from graphnn.testing.twins import Twin, draw_like, where_finite

RUNS = "It runs and can be stepped through"
ONCE = "its gradient cannot be differentiated again"


def check_nodes(
    native: Twin, wide: Twin, settings: Settings, report: GradientReport
) -> bool:
    """Check each operation by itself.

    Returns
    -------
    bool
        Whether all gradients can be differentiated again.
    """
    traceable = True
    pairs = zip(native.operations(), wide.operations(), strict=True)
    for rank, (node, twin) in enumerate(pairs):
        check = NodeCheck(node, twin, rank, settings, report)
        check.run(native.values_of(node))
        traceable = traceable and check.traceable
    return traceable


class NodeCheck:
    """The check of one node.

    Parameters
    ----------
    node : Operation
        In the copy of the graph that is of the user's precision.
    twin : Operation
        Its like in the copy of double precision.
    rank : int
        Its place in the graph, for a seed of its own.
    shown : Operation, optional
        What the report calls it by; default: the node itself.
    """

    def __init__(
        self,
        node: Any,
        twin: Any,
        rank: int,
        settings: Settings,
        report: GradientReport,
        shown: Any = None,
    ) -> None:
        self.node, self.twin, self.rank = node, twin, rank
        self.shown = node if shown is None else shown
        self.settings, self.report = settings, report
        self.rng = np.random.default_rng([settings.seed, rank])
        self.traceable = True

    def run(self, values: tuple[Any, ...]) -> None:
        """Check purity, then the first and the second order."""
        self.node.input_values = values
        self.needs = needs_of(self.node)
        try:
            watched = Watched(self.node, self.needs, self.draw)
        except MissingHook:
            raise
        except GraphnnError as error:
            self.traceable = False
            self.refuse(str(error), 1)
            return
        self.report.impurities += [self.finding(text) for text in watched.troubles]
        if not watched.comparable:
            self.traceable = False
            return  # differences of what changes by itself say nothing
        self.finite = all_finite(values) and all_finite(watched.output)
        self.trace(watched)
        if any(self.needs):
            probe = Probe(
                self.node,
                self.twin,
                self.needs,
                watched.output_grad,
                self.settings.eps,
            )
            self.first_order(probe, watched)
            if self.settings.order == 2 and self.traceable:
                self.second_order(probe, watched)

    def draw(self, value: Any) -> Any:
        """Draw a gradient for a value."""
        return draw_like(value, self.rng)

    def trace(self, watched: Watched) -> None:
        """Run the hooks on nodes, twice."""
        run = (watched.output, *(watched.input_grads if any(self.needs) else ()))
        trouble, remark = check_traces(self.node, self.needs, watched.output_grad, run)
        if trouble:
            self.report.impurities.append(self.finding(trouble))
        if remark:
            again = f"{RUNS}; {ONCE}" if any(self.needs) else RUNS
            self.report.remarks.append(f"{self.finding(remark)}. {again}.")
        self.traceable = not (trouble or remark)

    def first_order(self, probe: Probe, watched: Watched) -> None:
        """Compare each input's gradient with differences of the output."""
        differences = probe.of_outputs()
        comparer = self.settings.comparer(self.rank, self.dtypes())
        for position in map(int, np.flatnonzero(self.needs)):
            gradient = watched.input_grads[position]
            if gradient is None:  # "no gradient" is right where the slope is 0
                gradient = np.zeros_like(self.node.input_values[position])
            found = comparer.compare(
                differences, probe.arrays[position], gradient, finite=self.finite
            )
            self.add(position, 1, found)

    def second_order(self, probe: Probe, watched: Watched) -> None:
        """Compare the gradients' gradients with differences of the gradients."""
        values = self.node.input_values
        positions = [int(i) for i in np.flatnonzero(self.needs)]
        weights = [
            where_finite(watched.input_grads[position], self.draw(values[position]))
            for position in positions
        ]
        try:
            by_input, by_output_grad = second_gradients(
                self.node, self.needs, watched.output_grad, weights
            )
        except GraphnnError as error:
            self.traceable = False
            self.refuse(str(error), 2)
            return
        differences = probe.of_input_grads(weights)
        comparer = self.settings.comparer(self.rank, self.dtypes())
        seeds = range(len(values), len(values) + len(by_output_grad))
        for position, gradient in zip(
            [*positions, *seeds], [*by_input, *by_output_grad], strict=True
        ):
            found = comparer.compare(
                differences, probe.arrays[position], gradient, finite=self.finite
            )
            self.add(position, 2, found)

    # -- writing down ------------------------------------------------------------------
    def outputs(self) -> list[Any]:
        """List the node's outputs that can have a gradient."""
        output = self.node.output
        parts = output if type(output) is tuple else (output,)
        return [part for part in parts if is_differentiable(part)]

    def dtypes(self) -> list[Any]:
        """List the dtypes that the gradient is computed in."""
        values = [v for v in self.node.input_values if type(v) is not tuple]
        return [v.dtype for v in [*values, *self.outputs()] if is_differentiable(v)]

    def finding(self, text: str) -> Finding:
        """Say something about the node."""
        node = self.shown
        return Finding(node.name, type(node).__name__, str(node.source or ""), text)

    def refuse(self, reason: str, order: int) -> None:
        """Add a row for hooks whose result the engine refuses."""
        value = self.node.input_values[0]
        row = self.row("its inputs", order, np.shape(value), np.result_type(value))
        self.report.rows.append(GradientRow(**row, comparison=None, reason=reason))

    def add(self, position: int, order: int, comparison: Any) -> None:
        """Add a row for an input, or for a gradient of the outputs behind them."""
        values = self.node.input_values
        if position < len(values):
            value, argument = values[position], argument_name(self.shown, position)
        else:
            value, argument = self.outputs()[position - len(values)], "output_grad"
        row = self.row(argument, order, value.shape, value.dtype)
        hook = hook_of(self.node, position) if order == 1 else ""
        self.report.rows.append(GradientRow(**row, comparison=comparison, hook=hook))

    def row(self, argument: str, order: int, shape: Any, dtype: Any) -> dict[str, Any]:
        """Give what all rows of the node have in common."""
        node = self.shown
        return {
            "node": node.name,
            "operation": type(node).__name__,
            "source": str(node.source or ""),
            "argument": argument,
            "order": order,
            "whole": False,
            "shape": shape,
            "dtype": dtype,
            "inputs": tuple([np.shape(value) for value in self.node.input_values]),
        }


def all_finite(value: Any) -> bool:
    """Tell whether all numbers of an array, or of a tuple of them, are finite."""
    if type(value) is tuple:
        return all(map(all_finite, value))
    return not is_differentiable(value) or bool(np.all(np.isfinite(value)))


def needs_of(node: Any) -> tuple[bool, ...]:
    """Tell which of a node's inputs have a gradient."""
    if node.stops_gradient or not is_differentiable(node.output):
        return (False,) * len(node.input_values)
    return tuple(
        [
            type(value) is not tuple
            and is_differentiable(value)
            and source.kind not in ("constant", "state")
            for source, value in zip(node.inputs, node.input_values, strict=True)
        ]
    )


def argument_name(node: Any, position: int) -> str:
    """Name an input of a node in a report."""
    source = node.inputs[position]
    if is_param(node, position):
        return f"param ({source.name})"
    return f"input {position} ({source.name})"


def is_param(node: Any, position: int) -> bool:
    """Tell the parameter of an operation from its inputs."""
    last = len(node.inputs) - 1 - len(node.states)
    return isinstance(node, ParamOperation) and position == last


def hook_of(node: Any, position: int) -> str:
    """Name the method that has a gradient's formula, with its line."""
    cls = type(node)
    name = "_param_grad" if is_param(node, position) else "_input_grad"
    inherited = [getattr(base, name, None) for base in (Operation, ParamOperation)]
    if getattr(cls, name, None) in inherited:
        name = "_input_grads"
    code = getattr(getattr(cls, name), "__code__", None)
    if code is None:
        return f"{cls.__name__}.{name}"
    place = Source(code.co_filename, code.co_firstlineno, name)
    return f"{cls.__name__}.{name} ({place})"
