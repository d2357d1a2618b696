"""A plan: the passes of a graph as flat lists of NumPy calls over reused buffers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphnn.errors import NotRunError
from graphnn.graph.backward import refuse_constant
from graphnn.graph.feeds import check_fed, checked_feeds
from graphnn.graph.gradients import is_differentiable, no_gradient
from graphnn.graph.holding import holding
from graphnn.graph.watching import NOBODY, WATCHING, is_debugged
from graphnn.planning.kinds import Kinds, Trial
from graphnn.planning.planned import PlannedPass

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph
    from graphnn.planning.program import Memory


TRAINABLE = object()
"""What to differentiate by: every parameter of the graph that is not frozen."""


class Attempt(NamedTuple):
    """What has run, if anything; else the stepped pass has to."""

    planned: PlannedPass | None
    trial: Trial | None

    def settle(self) -> None:
        """Compare with the stepped pass, which is done."""
        if self.trial is not None:
            self.trial.settle()


class Plan:
    """The passes of a graph as flat lists of NumPy calls: :meth:`graphnn.Graph.plan`.

    A plan makes the same NumPy calls as the walk over the graph, on operands of the
    same shape, dtype and layout, and sums in the same order: it gives the same bits.
    What it saves is everything around them, and the arrays that they would make:
    results go into buffers, and a buffer whose content nobody needs any more takes the
    next.

    One list of calls belongs to the shapes and dtypes of what is fed. Others may be fed
    at any time: they are stepped when they come for the first time, and get a list of
    their own when they come again; a few are kept.

    Parameters
    ----------
    graph : Graph
    targets, gradients_of, optimizer, training
        See :meth:`graphnn.Graph.plan`.

    Attributes
    ----------
    graph : Graph
    targets : list of node
    gradients_of : list of node
    training : bool
    gradient_blocks : list of ndarray
        All gradients, in as few arrays as they lie in.
    unreached : list of Parameter
        Those of the graph that get none.

    Notes
    -----
    An operation whose hooks cannot be traced (one that branches on a value, say) is
    called through its hooks. While somebody watches the passes (a guard, a hook on the
    graph, a debugger) they are stepped, with the same numbers.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((2, 3)))
    >>> w = gn.Parameter(np.full((3, 1), 2.0), name="w")
    >>> loss = np.mean((x @ w) ** 2)
    >>> plan = loss.graph.plan(loss, gradients_of=[w])
    >>> float(plan.run({x: np.eye(2, 3)}))
    4.0
    >>> w.grad.ravel()
    array([2., 2., 0.])
    >>> plan
    <Plan of mean: 1 kind of batches>
    >>> plan.memory.bytes < plan.memory.without_reuse
    True
    """

    def __init__(
        self,
        graph: Graph,
        targets: Any,
        gradients_of: Any,
        optimizer: Any = None,
        training: bool | None = None,
    ) -> None:
        self.graph = graph
        self._several = isinstance(targets, list | tuple)
        self.targets: list[Any] = (
            [graph.sink()] if targets is None else graph.find_all(targets)
        )
        self.optimizer = optimizer
        self.training = (optimizer is not None) if training is None else bool(training)
        self._candidates = self._to_differentiate(gradients_of)
        self._takes_all = gradients_of is not None and gradients_of is not TRAINABLE
        self._inputs = [
            node
            for node in graph._order([target.id for target in self.targets])
            if node.kind == "input"
        ]
        self._begin()

    def _begin(self) -> None:
        """Have planned nothing yet."""
        self._frozen: list[bool] | None = None
        self._follow_freezing()
        self._update: Any = None
        self._gradients: dict[Any, np.ndarray] = {}
        self.gradient_blocks: list[np.ndarray] = []
        self.unreached: list[Any] = []
        self._kinds = Kinds(self.graph, self._make)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the buffers behind, and the calls that are bound to them."""
        names = ("_update", "_gradients", "gradient_blocks", "unreached", "_kinds")
        return {name: kept for name, kept in vars(self).items() if name not in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def at_once(self) -> Plan:
        """Plan for the values that the inputs have, if they have some."""
        values = {node.id: node.output for node in self._inputs}
        if not any(value is None for value in values.values()):
            with holding(self.graph):
                self._kinds.plan(values)
        return self

    def _to_differentiate(self, gradients_of: Any) -> list[Any]:
        """Find what gradients are wanted of."""
        optimizer = self.optimizer
        found: list[Any]
        if gradients_of is TRAINABLE:
            found = list(self.graph.parameters)
        elif gradients_of is not None:
            found = list(self.graph.find_all(gradients_of))
            if optimizer is not None and optimizer._given is optimizer.net is None:
                optimizer.parameters = [n for n in found if n.kind == "parameter"]
        elif optimizer is None:
            return []
        else:
            if optimizer._given is None and optimizer.net is None:
                optimizer.parameters = self.graph.parameters
            found = list(optimizer.parameters)
        target = self.targets[0]
        for node in found:
            refuse_constant(node)
            if node.output is not None and not is_differentiable(node.output):
                raise no_gradient(node, node.output)
        if found and target.output is not None and target.size != 1:
            from graphnn.graph.gradients import output_gradient

            output_gradient(target, None)  # it says what is the matter
        return found

    # -- running -----------------------------------------------------------------------
    def run(self, feeds: Any = None, /, **named_feeds: Any) -> Any:
        """Run the passes, and the optimizer's step.

        Parameters
        ----------
        feeds : dict of node or str to array_like, optional
            Values for inputs; an input that is not fed keeps its last one.
        **named_feeds : array_like
            Values by the name of the input.

        Returns
        -------
        ndarray
            A copy of the target's value; a tuple of them for a list of targets.

        Raises
        ------
        FeedError, ShapeError
            As in :meth:`graphnn.Graph.forward`. Parameters and states are then as
            before.

        Notes
        -----
        Gradients are where :meth:`graphnn.Graph.backward` leaves them: in the ``grad``
        of `gradients_of`. Values and gradients of other nodes are None after a planned
        pass: they have shared memory.
        """
        graph = self.graph
        fed = {
            node.id: array for node, array in checked_feeds(graph, feeds, named_feeds)
        }
        for node in self._inputs:
            if node.id not in fed and node.output is None:
                check_fed([node])
        values = {n.id: fed.get(n.id, n.output) for n in self._inputs}
        attempt = self.attempt(values)
        if attempt.planned is not None:
            self.update()
        else:
            self._step({graph._nodes[node_id]: array for node_id, array in fed.items()})
            attempt.settle()
            if self.optimizer is not None:
                self.optimizer.step()
        outputs = tuple([target.output for target in self.targets])
        return outputs if self._several else outputs[0]

    def attempt(
        self, values: Any, accept: Callable[[PlannedPass], bool] | None = None
    ) -> Attempt:
        """Run the planned pass for the values of inputs, by id, if there is one.

        If there is none, the caller runs the stepped pass, and then settles.

        Parameters
        ----------
        values : mapping of int to ndarray
        accept : callable, optional
            Looks at what has been computed; where it says no, nothing has happened.
        """
        with holding(self.graph):
            if not self.is_ready():
                return Attempt(None, None)
            planned, trial = self._kinds.run(values)
            if planned is None or (accept is not None and not accept(planned)):
                return Attempt(None, trial)
            self.show(planned)
            return Attempt(planned, None)

    def knows(self, planned: PlannedPass) -> bool:
        """Tell whether a planned pass still holds, and has been proved."""
        return self._kinds.knows(planned)

    def is_ready(self) -> bool:
        """Tell whether passes may be planned: nobody watches their steps."""
        hooks = self.graph._hooks
        if WATCHING.get() is not NOBODY or is_debugged():
            return False
        if hooks.forward or hooks.backward:
            return False
        if any(hooks.nodes.values()) or any(
            node.__dict__.get("_hooks") for node in self._candidates
        ):
            return False
        self._take_settings()
        return True

    def _follow_freezing(self) -> bool:
        """Leave parameters out that are frozen; tell whether others are now."""
        frozen = [not getattr(node, "trainable", True) for node in self._candidates]
        if frozen == self._frozen:
            return False
        self._frozen = frozen
        pairs = zip(self._candidates, frozen, strict=True)
        self.gradients_of = [
            n for n, is_frozen in pairs if self._takes_all or not is_frozen
        ]
        return True

    def _take_settings(self) -> None:
        """Plan anew where the optimizer, or what is frozen, has changed."""
        has_changed = self._follow_freezing()
        if has_changed or (self._update is not None and not self._update.is_current()):
            self._update = None
            self._gradients.clear()
            self._kinds.forget()

    def _make(self, values: Any) -> PlannedPass:
        """Plan the pass for the values of the inputs."""
        return PlannedPass(
            self.graph,
            self.targets,
            self.gradients_of,
            values,
            self.training,
            self._places,
        )

    def _places(self, gradients: list[Any]) -> list[Any]:
        """Give the arrays where gradients are to lie, of all kinds of batches."""
        found = dict(zip(self.gradients_of, gradients, strict=True))
        found = {node: like for node, like in found.items() if like is not None}
        if found.keys() != self._gradients.keys():
            self._kinds.forget()  # what was planned before writes elsewhere
            self._gradients = self._flat_gradients(found)
            self.gradient_blocks = getattr(self._update, "flat_gradients", [])
        for node, like in found.items():
            place = self._gradients.get(node)
            if place is None or not self._fits(place, like):
                self._gradients[node] = fresh = np.empty_like(like)
                others = [block for block in self.gradient_blocks if block is not place]
                self.gradient_blocks = [*others, fresh]
        self.unreached = [p for p in self.graph.parameters if p not in found]
        return [self._gradients[n] if n in found else None for n in self.gradients_of]

    def _fits(self, place: np.ndarray, like: np.ndarray) -> bool:
        """Tell whether a gradient can lie where that of another kind of batch lies."""
        if place.shape != like.shape or place.dtype != like.dtype:
            return False
        return self._update is not None or place.strides == np.empty_like(like).strides

    def _flat_gradients(self, found: dict[Any, Any]) -> dict[Any, np.ndarray]:
        """Let the optimizer say where it wants the gradients of its parameters."""
        flat_update = getattr(self.optimizer, "flat_update", None)
        if flat_update is None:
            return {}
        its = {parameter.id for parameter in self.optimizer.parameters}
        due = [n for n in found if n.id in its and getattr(n, "trainable", False)]
        self._update = flat_update(due, [found[node] for node in due])
        return dict(self._update.gradients)

    def show(self, planned: PlannedPass) -> None:
        """Let states go on, and nodes and leaves show what has been computed."""
        planned.advance()
        planned.leave()
        for parameter in self.unreached:
            parameter.grad = None
        for node, array in zip(planned.wrt, planned.gradients, strict=True):
            if node.kind == "parameter":
                node.__dict__["_lent_grad"] = array
            elif array is not None:
                self.graph._output_grads[node.id] = array.copy(order="K")

    def update(self) -> None:
        """Let the optimizer step by the gradients of a planned pass."""
        if self._update is not None:
            self._update.run()
        elif self.optimizer is not None:
            self.optimizer.step()

    def _step(self, feeds: dict[Any, Any]) -> None:
        """Run the stepped passes."""
        graph, targets = self.graph, self.targets
        graph.forward(feeds, target=targets, training=self.training)
        if self.gradients_of:
            graph.backward(targets[0], wrt=self.gradients_of)
            wanted = {node.id for node in self.gradients_of}
            parameters: list[Any] = list(graph.parameters)
            for parameter in parameters:
                if parameter.id not in wanted:
                    parameter.grad = None

    @property
    def updating(self) -> Any:
        """What updates the parameters, as the optimizer has made it; None without."""
        return self._update

    # -- looking -----------------------------------------------------------------------
    @property
    def memory(self) -> Memory:
        """Bytes that the values take, and would take if none shared memory.

        Parameters, their gradients and what an optimizer remembers are not counted. It
        is that of the kind of batch that ran last.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=np.ones((100, 100)))
        >>> np.cos(np.sin(np.exp(x))).graph.plan().memory
        Memory(80.0 kB, 240.0 kB without reuse)
        """
        return self._planned().memory

    def source(self, limit: int | None = 1000) -> str:
        """Write down what the plan does, as a program in NumPy: a line for each call.

        Behind each stands the node whose hook makes the call, and the line of yours
        that made the node. Buffers are numbered: where a number is written again, its
        memory is used again. The text is Python: given the arrays named at its top, it
        runs, and computes what the plan does.

        Parameters
        ----------
        limit : int or None, default 1000
            How many calls are shown; of a longer plan its beginning and its end. None
            for all.

        Returns
        -------
        str

        Raises
        ------
        NotRunError
            As long as nothing is planned: the inputs have had no values.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=np.ones((2, 3)))
        >>> text = np.tanh(x * 2.0).graph.plan().source()
        >>> print(text.split("# --- forward")[1])  # doctest: +ELLIPSIS
        <BLANKLINE>
        np.multiply(x, 2.0, out=b0)  # multiply...
        np.tanh(b0, out=b0)          # tanh...
        <BLANKLINE>
        # --- what is given back
        tanh = b0.copy()
        <BLANKLINE>
        """
        from graphnn.planning.source import source_of

        return source_of(self._planned(), self._update, limit)

    def draw(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        direction: str = "TB",
        caption: str = "",
        theme: str = "light",
        layout: str | None = None,
    ) -> Any:
        """Draw the calls of the plan: what each reads, and which memory it writes.

        Boxes are numbered in the order of the calls; those of one colour write the same
        memory, one after another.

        Parameters
        ----------
        path : path_like, optional
            Where to write; the suffix is the format, as in :meth:`graphnn.Graph.draw`.
            Without a path the picture is returned, and a notebook shows it.
        direction : {"TB", "LR", "BT", "RL"}
            Where the arrows go.
        caption : str
            Stands over the picture.
        theme : {"light", "dark"}
        layout : {"pygraphviz", "dot", "built-in"}, optional
            What lays out; by default the first that is installed. The built-in layout
            makes only SVG.

        Returns
        -------
        Picture or Path
            The path is that of the file that was written.

        Raises
        ------
        ArgumentError
            For a plan of more than 300 calls, and as in :meth:`graphnn.Graph.draw`.
        NotRunError
            As long as nothing is planned: the inputs have had no values.
        MissingFolder
            If the folder of `path` does not exist.
        DrawError
            If no layout for that format is installed.

        Examples
        --------
        >>> import graphnn as gn
        >>> x = gn.Input("x", value=[1.0, 2.0])
        >>> y = np.sum(np.tanh(x))
        >>> y.graph.plan(y).draw()
        <Picture of a plan of 2 calls; .save('plan.svg') writes it>
        """
        from graphnn.draw.plans.plan_scene import (
            draw_plan,  # pictures are there for plans, too
        )

        return draw_plan(
            self._planned(),
            self._update,
            path,
            direction=direction,
            caption=caption,
            theme=theme,
            layout=layout,
        )

    def _planned(self) -> PlannedPass:
        """Give the pass that ran last, as it is planned."""
        if self._kinds.last is None:
            raise NotRunError(
                f"{self!r} has planned no pass yet: it depends on the values that are "
                "fed",
                "A kind of batch is planned when it comes again: run it a few times.",
            )
        return self._kinds.last

    def __repr__(self) -> str:
        names = ", ".join([target.name for target in self.targets[:4]])
        more = ", …" if len(self.targets) > 4 else ""
        kinds = len(self._kinds)
        return f"<Plan of {names}{more}: {kinds} kind{'s' * (kinds != 1)} of batches>"
