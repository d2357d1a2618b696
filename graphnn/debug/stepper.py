"""Stepping through a forward and a backward pass, forwards and back in time."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from graphnn.debug.asking import Asking
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.editing import Editing
from graphnn.debug.edits import Edits
from graphnn.debug.records import Request
from graphnn.debug.stops import Stop
from graphnn.debug.tape import Tape
from graphnn.engine import Step
from graphnn.errors import ArgumentError
from graphnn.graph.feeds import checked_feeds
from graphnn.graph.forward import check_settings
from graphnn.graph.graph import Graph
from graphnn.graph.nodelist import NodeList

if TYPE_CHECKING:
    from graphnn.nn.network import NeuralNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A step of a pass, whether it has been taken or not.

    Attributes
    ----------
    index : int
        The index at which a stepper stands behind the step: 1 for the first.
    phase : {"forward", "backward"}
    node : Operation
    state : {"done", "recorded", "planned"}
        Behind the cursor; ahead of it, but known; not run yet.
    """

    index: int
    phase: str
    node: Any
    state: str


class Stepper(Editing, Asking):
    """Step through a forward and a backward pass, and back.

    The pass is a row of steps: the forward operations in topological order, then the
    backward ones. The stepper stands behind `index` of them, and so does the graph:
    ``node.output``, ``node.grad``, a parameter's ``grad`` (the sum of what has reached
    it so far) and the attributes that hooks leave are those of that moment; what has
    not run yet holds None. Going back and forth over steps that have run plays them
    again without running a hook.

    Parameters
    ----------
    graph : Graph
    feeds : dict of node or str to array_like, optional
        As for :meth:`Graph.forward`; an input that is not fed keeps its value.
    target : node, str, or list of them, optional
        What to compute, and where the backward pass starts. Default: the only operation
        that nothing consumes.
    training : bool
        The mode of the pass.
    output_grad : array_like, optional
        What the backward pass starts with; 1 for a target of size 1.
    wrt : node, str, or list of them, optional
        Further nodes whose gradient is wanted.
    backward : bool
        Whether a backward pass follows.

    Attributes
    ----------
    graph : Graph
    index : int
        How many steps have been taken.
    breakpoints : Breakpoints
        Where :meth:`continue_` and :meth:`reverse_continue` stop.
    stop : Stop
        Why the stepper stands where it does.
    failure : BaseException or None
        What the step ahead has raised, if it has failed.

    See Also
    --------
    Graph.forward_steps, Graph.backward_steps : one direction, without a way back.

    Notes
    -----
    Used as a context manager, or after :meth:`close`, a stepper leaves the graph as it
    was before. Otherwise the graph stays as it stands behind the last step: after all
    of them, as after ``graph.forward(...)`` and ``graph.backward(...)``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x, w = gn.Input("x", value=[1.0, 2.0]), gn.Parameter([3.0, 4.0], name="w")
    >>> loss = np.sum((x * w) ** 2)
    >>> stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    >>> stepper.step().node.name, stepper.current.output
    ('multiply', array([6., 4.]))
    >>> stepper.run_to("power").index
    1
    >>> loss.output is None
    True
    >>> for step in stepper:
    ...     print(step.phase, step.node.name)
    forward sum
    backward sum
    backward power
    backward multiply
    >>> w.grad
    array([24.,  8.])
    >>> stepper.back().node.name, w.grad
    ('power', None)
    """

    def __init__(
        self,
        graph: Graph,
        feeds: Any = None,
        target: Any = None,
        *,
        training: bool = False,
        output_grad: Any = None,
        wrt: Any = None,
        backward: bool = True,
    ) -> None:
        if not isinstance(graph, Graph):
            raise ArgumentError(
                f"a Stepper takes a Graph, not a {type(graph).__name__}",
                "Stepper(node.graph), Stepper(layer.graph), or "
                "Stepper.of_network(network, X, y).",
            )
        check_settings(graph, target, training)
        fed = checked_feeds(graph, feeds, {})
        if target is None and len(graph.results) > 1:
            target = graph.results
        targets = [graph.sink()] if target is None else graph.find_all(target)
        if backward and len(targets) > 1:
            raise ArgumentError(
                f"a backward pass starts at one target, not at {len(targets)}: "
                + ", ".join(node.name for node in targets[:8]),
                "Name one, or pass backward=False to step through the forward pass.",
            )
        request = Request(targets[0], output_grad, wrt) if backward else None
        self._begin(Tape(graph, fed, targets, bool(training), request))
        self.tape.backward.hide_earlier()

    def _begin(self, tape: Tape) -> None:
        self.tape = tape
        self.graph = tape.graph
        self._breakpoints = Breakpoints(tape.graph)
        self._breakpoints.follow(tape)
        self.stop = Stop("start")
        self.failure = None
        self.edits = Edits(tape)

    @classmethod
    def of_tape(cls, tape: Tape) -> Self:
        """Step through a pass that somebody else has begun."""
        stepper = cls.__new__(cls)
        stepper._begin(tape)
        return stepper

    @classmethod
    def of_network(
        cls, network: NeuralNetwork, X: Any, y: Any, *, training: bool = True
    ) -> Self:
        """Step through what ``network.train_batch(X, y)`` does.

        Parameters
        ----------
        network : NeuralNetwork
        X, y : array_like, or tuple of arrays
        training : bool

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> network = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError(), seed=0)
        >>> with gn.Stepper.of_network(network, np.ones((4, 2)), np.ones((4, 1))) as s:
        ...     print([moment.node.name for moment in s.timeline])
        ['dense_1/weight_multiply', 'dense_1/bias_add', 'mean_squared_error',
         'mean_squared_error', 'dense_1/bias_add', 'dense_1/weight_multiply']
        """
        if not hasattr(network, "prepare"):
            raise ArgumentError(
                f"of_network takes a NeuralNetwork, not a {type(network).__name__}",
                "gn.Stepper(graph, feeds, target) steps through a graph.",
            )
        feeds, loss = network.prepare(X, y, training=training)
        return cls(loss.graph, feeds, loss, training=training)

    # -- where it stands ---------------------------------------------------------------
    @property
    def breakpoints(self) -> Breakpoints:
        """Where :meth:`continue_` and :meth:`reverse_continue` stop.

        Those of another stepper may be assigned, to go on with them.
        """
        return self._breakpoints

    @breakpoints.setter
    def breakpoints(self, breakpoints: Breakpoints) -> None:
        if not isinstance(breakpoints, Breakpoints):
            raise ArgumentError(
                "the breakpoints of a stepper are Breakpoints, not a "
                f"{type(breakpoints).__name__}",
                "stepper.breakpoints.add(where) adds one.",
            )
        self._breakpoints = breakpoints

    @property
    def upcoming(self) -> Moment | None:
        """The step that comes next; None at the end."""
        tape = self.tape
        if tape.index == len(tape):
            return None
        return self._moment(tape.index)

    @property
    def timeline(self) -> list[Moment]:
        """All steps of the pass, also those that have not been taken."""
        return [self._moment(index) for index in range(len(self.tape))]

    def _moment(self, index: int) -> Moment:
        tape = self.tape
        state = (
            "done"
            if index < tape.index
            else "recorded"
            if index < len(tape.records)
            else "planned"
        )
        return Moment(index + 1, *tape.planned(index), state)

    @property
    def steps(self) -> list[Step]:
        """The steps that have been taken, those ahead of the cursor too."""
        return [record.step for record in self.tape.records]

    @property
    def training(self) -> bool:
        """The mode of the pass."""
        return self.tape.training

    @property
    def targets(self) -> NodeList:
        """What is computed."""
        return NodeList(self.tape.targets)

    def __repr__(self) -> str:
        step, place = self.current, "before the first step"
        if step is not None:
            name = step.node.name[:60]
            place = f"{step.phase} {type(step.node).__name__} {name!r}"
        return f"<Stepper [{self.index}/{len(self)}] {place}>"

    # -- leaving -----------------------------------------------------------------------
    def close(self) -> None:
        """Leave the graph as it was before the stepper, parameters included."""
        self.tape.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
