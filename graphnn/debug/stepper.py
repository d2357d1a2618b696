"""Stepping through a forward and a backward pass, forwards and back in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from graphnn.debug.asking import Asking
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.edits import Change, Edits
from graphnn.debug.records import Request
from graphnn.debug.stops import Stop
from graphnn.debug.tape import Tape
from graphnn.engine import Step
from graphnn.errors import ArgumentError
from graphnn.graph.feeds import checked_feeds
from graphnn.graph.forward import check_settings
from graphnn.graph.graph import Graph
from graphnn.graph.nodelist import NodeList
from graphnn.guards.findings import Finding
from graphnn.ops.arguments import is_whole

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


class Stepper(Asking):
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
        self.tape.backward.void()

    def _begin(self, tape: Tape) -> None:
        self.tape = tape
        self.graph = tape.graph
        self._breakpoints = Breakpoints(tape.graph)
        self._breakpoints.follow(tape)
        self.stop = Stop("start")
        self.failure = None
        self._edits = Edits(tape)

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
    def index(self) -> int:
        """How many steps have been taken."""
        return self.tape.index

    def __len__(self) -> int:
        """Count the steps of the whole pass.

        Of the backward pass it is the most that can be: an operation that hands no
        gradient on ends its path, which shows when it runs. Before the forward pass is
        complete, the dtypes of an earlier one tell which values have gradients.
        """
        return len(self.tape)

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
    def current(self) -> Step | None:
        """The step that the stepper stands behind; None at the beginning."""
        tape = self.tape
        return tape.records[tape.index - 1].step if tape.index else None

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

    def __iter__(self) -> Iterator[Step]:
        """Take the steps that are left, one after the other."""
        while (step := self.step()) is not None:
            yield step

    def __repr__(self) -> str:
        step = self.current
        place = "at the beginning" if step is None else f"behind {step!r}"
        return f"<Stepper {self.index}/{len(self)} {place}>"

    # -- moving ------------------------------------------------------------------------
    def step(self, n: int = 1) -> Step | None:
        """Take steps.

        Parameters
        ----------
        n : int
            How many; fewer, where the pass ends.

        Returns
        -------
        Step or None
            The last step taken; None where there was none left to take.

        Raises
        ------
        Exception
            What a hook raises, with a note that names the node. The stepper then
            stands in front of that step, and all is as before it.
        """
        index = self.index
        self._go(index + as_steps(n, "back"))
        return None if self.index == index and n else self.current

    def back(self, n: int = 1) -> Step | None:
        """Take steps back.

        Parameters
        ----------
        n : int
            How many; fewer, where the pass begins.

        Returns
        -------
        Step or None
            The step that the stepper then stands behind; None at the beginning.
        """
        self._go(max(self.index - as_steps(n, "step"), 0))
        return self.current

    def seek(self, index: int) -> Step | None:
        """Go to an index: be behind so many steps.

        Parameters
        ----------
        index : int
            From 0, before all, to ``len(stepper)``, behind the last.

        Returns
        -------
        Step or None
            The step that the stepper then stands behind.
        """
        if not is_whole(index) or not 0 <= index <= len(self):
            raise ArgumentError(
                f"the pass has {len(self)} steps: there is no index {index!r:.60}",
                f"From 0, before all, to {len(self)}, behind the last. run_to(where) "
                "goes to a node, back(n) so many steps back.",
            )
        self._go(int(index))
        return self.current

    def _go(self, index: int) -> None:
        with self._failing():
            self._settle()
            self.tape.seek(index)
            self.stop = Stop("start" if self.index == 0 else "step")

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Keep what a step raises, for the picture of the failure."""
        self.failure = None
        try:
            yield
        except BaseException as error:
            self.stop, self.failure = Stop("step"), error
            raise

    def run_to(
        self, where: Any = None, *, phase: str | None = None, condition: Any = None
    ) -> Step | None:
        """Go on to the next step that fits, whatever breakpoints there are.

        Parameters
        ----------
        where : node, str, int, type, Layer, Step or Finding, optional
            As for :meth:`Breakpoints.add`; or the step that somebody else has seen, or
            what a guard has found, which also say in which of the passes. Of a leaf,
            which takes no step: to the first step that uses it.
        phase : {"forward", "backward"}, optional
        condition : str or callable, optional
            As for :meth:`Breakpoints.add`: ``"norm(output_grad) > 1"``.

        Returns
        -------
        Step or None
            That step; None, at the end, where no further one fits. Where a condition
            raises it stops, too: ``stepper.stop.message`` says so.
        """
        leaf = None
        if isinstance(where, Step | Finding):
            phase = phase or where.phase
            where, leaf = place_of(where)
        only = Breakpoints(self.graph)
        only.add(where, phase=phase, condition=condition)
        only.follow(self.tape)

        def stops(step: Step) -> Stop | None:
            if leaf is not None and leaf.id not in step.node.input_ids:
                return None
            found = only.matches(step)
            return None if found is None else Stop("step", message=found.message)

        return self.run_until(stops)

    def continue_(self) -> Step | None:
        """Go on to the next breakpoint.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the end.
        """
        return self._run_to_breakpoint("forward")

    def reverse_continue(self) -> Step | None:
        """Go back to the breakpoint before.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the beginning.
        """
        return self._run_to_breakpoint("backward")

    def _run_to_breakpoint(self, direction: str) -> Step | None:
        breakpoints = self.breakpoints
        breakpoints.follow(self.tape)
        return self.run_until(
            lambda step: breakpoints.matches(step, direction), direction
        )

    def run_until(
        self, stops: Callable[[Step], Stop | None], direction: str = "forward"
    ) -> Step | None:
        """Go on until something says so; see also :meth:`run_to`.

        Parameters
        ----------
        stops : callable
            Given each step, it returns why to stop behind it, or None.
        direction : {"forward", "backward"}
            On in the pass, or back.

        Returns
        -------
        Step or None
            The step at which it stopped; None at the end, or at the beginning.
        """
        with self._failing():
            self._settle()
            onward = self.tape.next if direction == "forward" else self.tape.back
            while onward():
                step = self.current
                stop = None if step is None else stops(step)
                if stop is not None:
                    self.stop = stop
                    return step
            self.stop = Stop("end" if direction == "forward" else "start")
        return None

    # -- editing -----------------------------------------------------------------------
    def set(self, node: Any, value: Any) -> None:
        """Let a node hold another value, and run again what depends on it.

        Everything then is as if the node had had that value from the start, whatever
        its formula says: the steps that have run and read it, or what was computed from
        it, run again; no other hook is called. Those ahead follow as they are reached.

        Parameters
        ----------
        node : node or str
            A leaf, or an operation that has run. A parameter's array is written into.
        value : array_like
            Of the node's shape (or broadcast to it) and a dtype that fits.

        Raises
        ------
        NotRunError
            If the node has no value yet.
        ShapeError, ArgumentError
            If the value does not fit.
        """
        self._settle()
        self._edits.set_value(self.graph.find(node), value)

    def set_grad(self, node: Any, gradient: Any) -> None:
        """Let a node have another gradient, and run again what depends on it.

        Whatever its consumers hand to the node, its gradient stays what is given here.

        Parameters
        ----------
        node : node or str
        gradient : array_like
            Of the node's shape (or broadcast to it) and a dtype that fits.
        """
        self._settle()
        self._edits.set_gradient(self.graph.find(node), gradient)

    @property
    def changes(self) -> list[Change]:
        """What is other than in the unedited run, up to where the stepper stands."""
        self._settle()
        return self._edits.changes()

    @property
    def edited(self) -> list[tuple[Any, str]]:
        """The nodes that were set, each with ``"value"`` or ``"grad"``."""
        return self._edits.made

    @property
    def reran(self) -> list[tuple[str, Any]]:
        """What the last edit has made run again: (phase, node), in that order."""
        return [(phase, n) for (phase, _), n in self.tape.world.reran.items()]

    def undo(self) -> None:
        """Take the last edit back."""
        self._settle()
        self._edits.undo()

    def reset(self) -> None:
        """Take all edits back."""
        self._settle()
        self._edits.reset()

    def _settle(self) -> None:
        """Be where the stepper says it is, whatever has happened in between."""
        self.tape.settle()
        self._edits.notice()

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


def as_steps(n: Any, other_way: str) -> int:
    """Take a number of steps: a whole number, 0 or more."""
    if is_whole(n) and n >= 0:
        return int(n)
    raise ArgumentError(
        f"n is a whole number, 0 or more, not {n!r:.60}",
        f"{other_way}({-n}) goes the other way."
        if is_whole(n)
        else "run_to(where) goes to a node.",
    )


def place_of(seen: Step | Finding) -> tuple[Any, Any]:
    """Give the operation at which something was seen, or None and the leaf."""
    if seen.node.kind == "operation":
        return seen.node, None
    if isinstance(seen, Finding) and seen.step is not None:
        return seen.step.node, None  # which has made the leaf's gradient bad
    return None, seen.node
