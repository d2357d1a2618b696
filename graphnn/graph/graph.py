"""The graph: it holds the nodes, names them, and runs passes over them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from graphnn.engine import Step, order
from graphnn.errors import ArgumentError, GraphError
from graphnn.graph import backward, copying, forward
from graphnn.graph.context import CONTEXT, Context
from graphnn.graph.dispatch import unsupported
from graphnn.graph.hooks import Handle, Hooks
from graphnn.graph.leaves import LIVE_GRAPHS
from graphnn.graph.node import Node
from graphnn.graph.nodelist import NodeList
from graphnn.graph.release import release_unheld, watch
from graphnn.graph.shown import Shown

if TYPE_CHECKING:
    import networkx

    from graphnn.graph.holding import Holder
    from graphnn.planning.plan import Plan


class Graph(Shown):
    """An explicit graph of operations.

    Parameters
    ----------
    name : str, optional
        Two *named* graphs never become one; unnamed graphs that meet are merged.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> with gn.Graph("parabola") as graph:
    ...     x = gn.Input("x", value=[1.0, 2.0, 3.0])
    ...     y = np.sum(x * x)
    >>> float(graph.forward(x=[3.0, 4.0]))
    25.0
    >>> graph.backward(y, wrt=x)
    >>> x.grad
    array([6., 8.])
    >>> [node.name for node in graph.order()]
    ['x', 'multiply', 'sum']
    """

    def __init__(self, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise ArgumentError(f"a graph's name is a str, not {name!r}")
        release_unheld()
        super().__init__()
        self.name = name
        self.training = False
        """Whether the pass that runs, or ran last, is a training pass."""
        self._has_values = True
        """Whether a stepped pass ran last; a plan leaves none on the nodes."""
        self._seen: dict[int, tuple[Any, Any]] = {}
        """Shapes and dtypes of values that a plan has taken off the nodes."""
        self._orders: dict[tuple[int, ...], list[Any]] = {}
        self._output_grads: dict[int, Any] = {}
        self._input_grads: dict[int, tuple[Any, ...]] = {}
        self._result_ids: tuple[int, ...] = ()
        self._hooks = Hooks()
        self._holder: Holder | None = None
        self._handles: list[weakref.ref[Graph]] = []  # graphs that were absorbed
        self._lock = threading.Lock()
        self._survivor = weakref.ref(self)  # another, once this one was absorbed
        self._partial = False
        """Whether it was made in a pause, and lacks what its nodes were made from."""
        LIVE_GRAPHS.add(self)
        watch(self)

    # -- building ----------------------------------------------------------------------
    def __enter__(self) -> Graph:
        context = CONTEXT.get()
        CONTEXT.set(context._replace(graph=self, outer=context))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        CONTEXT.set(CONTEXT.get().outer or Context())

    def absorb(self, other: Graph) -> None:
        """Merge another graph into this one, which both objects then stand for."""
        self.take_over(other)
        self._output_grads |= other._output_grads
        self._input_grads |= other._input_grads
        self._seen |= other._seen
        self._hooks.extend(other._hooks)
        # whoever holds the other graph object goes on with the merged graph
        self._handles += [*other._handles, weakref.ref(other)]
        LIVE_GRAPHS.discard(other)
        self._partial = self._partial and other._partial
        for handle in other._handles:
            if (absorbed := handle()) is not None:
                absorbed.__dict__ = self.__dict__
        other.__dict__ = self.__dict__

    # -- looking -----------------------------------------------------------------------
    def output_grad_of(self, node: Node) -> Any:
        """Give the gradient that the last pass left for a node."""
        return self._output_grads.get(node.id)

    def input_grads_of(self, node: Node) -> tuple[Any, ...] | None:
        """Give the gradients that the node handed on in the last pass."""
        return self._input_grads.get(node.id)

    @property
    def results(self) -> NodeList:
        """What a traced function returned: the default targets of the passes."""
        return NodeList([self._nodes[node_id] for node_id in self._result_ids])

    # -- running -----------------------------------------------------------------------
    def order(self, target: Any = None) -> list[Any]:
        """List what the target needs in topological order, ties by id.

        Parameters
        ----------
        target : node, str, or list of them, optional
            Without one: everything in the graph.

        Returns
        -------
        list of node
        """
        self.check_whole()
        if target is None:
            return self.nodes
        return NodeList(self._order([node.id for node in self.find_all(target)]))

    def _order(self, target_ids: Sequence[int]) -> list[Any]:
        self.check_whole()
        key = tuple(target_ids)
        found = self._orders.get(key)
        if found is None:
            # what a node needs is fixed when it is bound, so this is never out of date
            if len(self._orders) >= 16:
                self._orders.pop(next(iter(self._orders)))
            watch(self)
            found = self._orders[key] = order(self._nodes, key)
        return found

    def check_whole(self) -> None:
        """Refuse to walk what was made in a pause."""
        if self._partial:
            raise GraphError(
                f"{self!r} was made in a pause: its nodes have values, and no passes",
                "Make the operation outside of gn.paused() to walk or draw it.",
            )

    def sink(self) -> Node:
        """Find the only operation that nothing consumes."""
        sinks = self.results or [node for node in self.nodes if self._is_sink(node)]
        if len(sinks) == 1:
            return sinks[0]
        if not sinks:
            raise GraphError(f"{self!r} has no operation to run")
        what = "results" if self.results else "operations that nothing consumes"
        raise GraphError(
            f"{self!r} has {len(sinks)} {what}: "
            + ", ".join(node.name for node in sinks[:8])
            + (", …" if len(sinks) > 8 else ""),
            "Say which is meant: target=node, a name, or a list of them.",
        )

    def _is_sink(self, node: Node) -> bool:
        """Tell an operation that nothing but gradient nodes consumes.

        One of several outputs is left over, no sink, where another one is consumed.
        """
        from graphnn.graph.operation import Item  # operations need graphs

        if node.kind != "operation" or self._is_gradient(node) or self._is_used(node):
            return False
        if not isinstance(node, Item):
            return True
        several = self._nodes[node.input_ids[0]]
        return not any(map(self._is_used, self.consumers_of(several)))

    def _is_used(self, node: Node) -> bool:
        """Tell a node that more than gradient nodes consume."""
        return not all(map(self._is_gradient, self.consumers_of(node)))

    def _is_gradient(self, node: Node) -> bool:
        trace = self._traces.get(node.id)
        return trace is not None and trace.is_gradient

    def forward(
        self,
        feeds: Any = None,
        /,
        *,
        target: Any = None,
        training: bool = False,
        **named_feeds: Any,
    ) -> Any:
        """Compute the target.

        Parameters
        ----------
        feeds : dict of node or str to array_like, optional
            Values for inputs; an input that is not fed keeps its last one.
        target : node, str, or list of them, optional
            Default: the only operation that nothing consumes; nodes of
            :meth:`gradient` do not count. What the target does not need keeps its
            value.
        training : bool
            The mode of the pass, which operations read as ``self.training``.
        **named_feeds : array_like
            Values by the name of the input.

        Returns
        -------
        ndarray
            The target's value; a tuple of them for a list of targets.

        Raises
        ------
        FeedError
            For a feed that is missing, unknown, given twice, or not numbers.
        ShapeError
            Where shapes do not fit. All values are then as before the pass.
        """
        return forward.forward(self, feeds, target, training, named_feeds)

    def backward(
        self,
        target: Any = None,
        output_grad: Any = None,
        *,
        wrt: Any = None,
        accumulate: bool = False,
    ) -> None:
        """Carry the gradient of the target back to the parameters.

        Parameters
        ----------
        target : node or str, optional
            Default: the only operation that nothing consumes.
        output_grad : array_like, optional
            The gradient with respect to the target, of its shape; 1 for a target of
            size 1.
        wrt : node, str, or list of them, optional
            Further nodes whose gradient is wanted (their ``.grad``).
        accumulate : bool
            Add to the gradients of earlier passes instead of replacing them.

        Raises
        ------
        NotRunError
            Before the target has a value.
        GradientError, ShapeError
            Where there is no gradient, or one of the wrong shape.
        """
        backward.backward(self, target, output_grad, wrt, accumulate)

    def forward_steps(
        self,
        feeds: Any = None,
        /,
        *,
        target: Any = None,
        training: bool = False,
        **named_feeds: Any,
    ) -> Iterator[Step]:
        """Do what :meth:`forward` does, one operation at a time."""
        return forward.forward_steps(self, feeds, target, training, named_feeds)

    def backward_steps(
        self,
        target: Any = None,
        output_grad: Any = None,
        *,
        wrt: Any = None,
        accumulate: bool = False,
    ) -> Iterator[Step]:
        """Do what :meth:`backward` does, one operation at a time.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> w = gn.Parameter(3.0, name="w")
        >>> loss = np.square(w) * 0.5
        >>> for step in loss.graph.backward_steps(loss):
        ...     print(step.index, step.node.name, step.input_grads[0])
        0 multiply 0.5
        1 square 3.0
        """
        return backward.backward_steps(self, target, output_grad, wrt, accumulate)

    def on_forward(self, function: Callable[[Step], object]) -> Handle:
        """Call ``function(step)`` after each operation of a forward pass."""
        return self._hooks.add(self._hooks.forward, function)

    def on_backward(self, function: Callable[[Step], object]) -> Handle:
        """Call ``function(step)`` after each operation of a backward pass."""
        return self._hooks.add(self._hooks.backward, function)

    def plan(
        self,
        targets: Any = None,
        gradients_of: Any = None,
        optimizer: Any = None,
        *,
        training: bool | None = None,
    ) -> Plan:
        """Make a plan: the NumPy calls of these passes as one flat list.

        For a graph that runs many times. :meth:`graphnn.planning.plan.Plan.run` does
        what :meth:`forward`, :meth:`backward` and the optimizer's ``step`` do one after
        another, and leaves the same numbers to the bit; it is faster, because nothing
        is left between the calls. A network's own methods and a ``Trainer`` make plans
        by themselves.

        Parameters
        ----------
        targets : node, str, or list of them, optional
            What to compute; by default the only operation that nothing consumes.
        gradients_of : node, str, or list of them, optional
            What to differentiate the first target by. Without it, and without an
            optimizer, there is no backward pass.
        optimizer : Optimizer, optional
            Steps in each run. Without `gradients_of` these are its parameters; where it
            has none yet, the trainable parameters of the graph.
        training : bool, optional
            The mode of the passes; by default, whether there is an optimizer.

        Returns
        -------
        Plan
            ``run`` runs it; ``source``, ``draw`` and ``memory`` show what it does.

        Raises
        ------
        GradientError
            Where the first target has no gradient.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x, w = gn.Input("x", value=[1.0, 2.0]), gn.Parameter([3.0, 4.0], name="w")
        >>> graph = np.sum((w * x) ** 2).graph
        >>> plan = graph.plan(gradients_of=w)
        >>> float(plan.run(x=[0.5, 2.0])), w.grad
        (66.25, array([ 1.5, 32. ]))

        With an optimizer, a run is a whole step of a training:

        >>> plan = graph.plan(optimizer=gn.SGD(lr=0.01, parameters=[w]))
        >>> [round(float(plan.run()), 2) for _ in range(3)]
        [66.25, 56.4, 48.05]
        """
        from graphnn.planning.plan import Plan  # plans need graphs

        return Plan(self, targets, gradients_of, optimizer, training).at_once()

    # -- the same hooks on nodes -------------------------------------------------------
    def gradient(self, target: Any, wrt: Any, output_grad: Any = None) -> list[Any]:
        """Write the reverse pass down as nodes of this graph.

        The hooks of the operations run on nodes, so what a gradient is made of can be
        drawn, stepped through, fed again, and differentiated again.

        Parameters
        ----------
        target : node or str
        wrt : node, str, or list of them
            What to differentiate by: leaves or operations, of a floating-point dtype.
        output_grad : array_like or node, optional
            The gradient with respect to the target, of its shape; 1 for a target of
            size 1.

        Returns
        -------
        list of node
            One for each of `wrt`, of its shape and dtype; zeros where the target does
            not depend on it.

        Raises
        ------
        NotRunError
            Before the target has a value.
        GradientError, ShapeError
            Where there is no gradient, or one of the wrong shape.

        Notes
        -----
        A gradient node knows its ``forward_node`` and has that node's source line. An
        operation whose hook cannot be traced (one that branches on a value, say) gives
        one node that calls the hook as a whole; that one has no gradient of its own.

        A gradient node is computed again where :meth:`forward` is asked for it:
        ``graph.forward(feeds, target=[loss, gradient])``. A hook may read shapes as
        plain numbers, so the node belongs to the shapes that the inputs have now: fed
        others, that is a ShapeError.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=[1.0, 2.0])
        >>> y = np.sum(x**3)
        >>> (first,) = y.graph.gradient(y, x)
        >>> first.output
        array([ 3., 12.])
        >>> (second,) = y.graph.gradient(np.sum(first), x)
        >>> second.output
        array([ 6., 12.])
        """
        from graphnn.graph import gradient_graph  # it needs operations

        return gradient_graph.gradient(self, target, wrt, output_grad)

    def expand(self, node: Any = None) -> Graph:
        """Take composite operations apart into the NumPy calls that they are made of.

        The same hook that computes a composite is called with nodes, so what an
        operation of your own does inside is seen with no code for it.

        Parameters
        ----------
        node : node, str, or list of them, optional
            Only these; by default every composite. See ``node.expandable``.

        Returns
        -------
        Graph
            A new one over the same parameters. What a composite is made of lies in a
            scope of its name; one that adds nothing is left out, but for a last one
            whose place no other could take. Gradients of the new graph may differ in
            the last bits: they follow the parts, not the composite's own gradient
            formula. Parts declare no states: a training pass over them moves none.

        Raises
        ------
        NotRunError
            Before all nodes have values.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> class Softplus(gn.Operation):
        ...     def _output(self):
        ...         return np.log(1.0 + np.exp(self.input_))
        >>> y = Softplus()(gn.Input("x", value=[0.0, 1.0]))
        >>> for node in y.graph.expand().order():
        ...     print(node.name)
        x
        softplus/exp
        softplus/constant
        softplus/add
        softplus/log
        """
        from graphnn.graph import expansion

        only = None if node is None else self.find_all(node)
        return expansion.expand(self, only)

    # -- other shapes of the same graph ------------------------------------------------
    @property
    def dag(self) -> networkx.MultiDiGraph[int]:
        """The graph as a frozen ``networkx.MultiDiGraph``.

        Node key: id, with the attribute ``operation``. One edge for each argument, its
        key the argument's position, so ``x * x`` has two. Every networkx algorithm
        works on it; ``.copy()`` to change it and :meth:`from_dag` to take it back.
        """
        from graphnn.graph import networkx_dag  # it needs operations, which need graphs

        self.check_whole()
        return networkx_dag.to_dag(self)

    @classmethod
    def from_dag(
        cls, dag: networkx.MultiDiGraph[Any], name: str | None = None
    ) -> Graph:
        """Build a graph from a :attr:`dag` that was changed.

        Parameters
        ----------
        dag : networkx.MultiDiGraph
            Each node with an attribute ``operation``: a leaf, or an operation, of which
            a fresh copy is bound. Each edge keyed by the position of the argument.
        name : str, optional

        Raises
        ------
        GraphError
            For a cycle (which is printed), a node without an operation, or arguments
            whose positions are not 0, 1, 2, ….
        """
        from graphnn.graph import networkx_dag

        return networkx_dag.from_dag(cls(name), dag)

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        return copying.deepcopy_graph(self, memo)

    def __copy__(self) -> Graph:
        raise unsupported(
            "copy.copy of a graph: a node belongs to one graph",
            "copy.deepcopy(graph) copies the nodes, their values and their parameters.",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return copying.reduce_graph(self)
