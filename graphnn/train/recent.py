"""The last iterations of a training under guards, to walk back into."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import GraphError, GuardError
from graphnn.graph.graph import Graph
from graphnn.graph.watching import unwatched
from graphnn.guards.guarding import Guarding, guard
from graphnn.nn.network import NeuralNetwork
from graphnn.ops.arguments import as_whole

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper


@dataclass(slots=True, eq=False)
class Iteration:
    """One batch of a training, with all that it began with.

    Attributes
    ----------
    number : int
        Counted from 1 over the life of the trainer.
    epoch, batch : int or None
        Where in :meth:`Trainer.fit`, both from 1; None for :meth:`Trainer.step`.
    X, y : array_like, or tuple of arrays
        Copies of what was fed.
    parameters : dict of Parameter to ndarray
        Copies of the parameters before the batch.
    states : dict of State to ndarray
        Running means and the like before the batch, and the number of the pass, which
        decides what dropout drops.
    network : NeuralNetwork
        The one that was trained; it goes on, and is not that of then.
    graph : Graph
        What the network's graph was then; another one cannot be gone back to.
    guards : tuple of Guard
        Those that it ran under.
    loss : float or None
        None if the batch failed.
    training : bool
        The mode of the pass.
    """

    number: int
    epoch: int | None
    batch: int | None
    X: Any
    y: Any
    parameters: dict[Any, np.ndarray]
    states: dict[Any, np.ndarray]
    network: NeuralNetwork
    graph: Graph
    guards: tuple[Any, ...] = ()
    loss: float | None = None
    training: bool = True

    @contextmanager
    def restored(self) -> Iterator[NeuralNetwork]:
        """Let the network have the parameters and states of then, in a block.

        After the block it has those of before it, whatever has happened inside.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> network = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError(), seed=0)
        >>> trainer = gn.Trainer(network, gn.SGD(0.1), guards=["nan"])
        >>> losses = [trainer.step(np.ones((4, 2)), np.ones((4, 1))) for _ in range(3)]
        >>> first = trainer.recent[0]
        >>> with first.restored():
        ...     network.train_batch(first.X, first.y) == losses[0]
        True
        """
        self._check_graph()
        parameters = {p: p.value.copy() for p in self.parameters}
        states = {state: state.value for state in self.states}
        try:
            put(self.parameters, self.states)
            yield self.network
        finally:
            put(parameters, states)

    def stepper(self) -> Stepper:
        """Step through this batch, forwards and back: the very numbers of then.

        The guards are breakpoints of the stepper, so ``stepper.continue_()`` stops
        where one has found something.

        Until the stepper is closed (it is a context manager) the network has the
        parameters and states of then. Stepping through another iteration of the network
        closes it.
        """
        from graphnn.debug.rewinding import rewound  # the debugger sits above training

        self._check_graph()
        return rewound(self)

    def _check_graph(self) -> None:
        if self.network.graph is not self.graph:
            raise GraphError(
                f"iteration {self.number} was of another graph: the network has been "
                "built anew since, with other layers or another loss",
            )

    def __repr__(self) -> str:
        place = (
            "" if self.epoch is None else f", epoch {self.epoch}, batch {self.batch}"
        )
        loss = "failed" if self.loss is None else f"loss {self.loss:.4g}"
        return f"<Iteration {self.number}{place}: {loss}>"


def put(parameters: dict[Any, np.ndarray], states: dict[Any, np.ndarray]) -> None:
    """Let parameters and states have these values."""
    for parameter, value in parameters.items():
        parameter.value = value
    for state, value in states.items():
        state.value = value


class Recent:
    """Runs the batches of a training under guards, and keeps the last of them.

    Parameters
    ----------
    guards : list of (str, Guard or class of guards), or Guarding
    keep : int
        How many iterations are kept.
    """

    def __init__(self, guards: Any, keep: Any) -> None:
        self.guarding = (
            guards if isinstance(guards, Guarding) else guard(*listed(guards))
        )
        self.iterations: deque[Iteration] = deque(maxlen=as_whole(keep, "keep"))
        self.count = 0

    def train_batch(
        self, network: NeuralNetwork, X: Any, y: Any, at: tuple[int, int] | None
    ) -> float:
        """Run one batch; a guard's error leaves parameters and states as they were."""
        if network.graph is None:  # so that there are parameters to keep
            with unwatched(), np.errstate(all="ignore"):
                network.prepare(X, y, training=True)
        iteration = self._begin(network, X, y, at)
        try:
            with self.guarding:
                iteration.loss = network.train_batch(X, y)
        except GuardError as error:
            put({}, iteration.states)
            error.recent = tuple(self.iterations)
            raise
        return iteration.loss

    def _begin(
        self, network: NeuralNetwork, X: Any, y: Any, at: tuple[int, int] | None
    ) -> Iteration:
        graph: Any = network.graph
        self.count += 1
        epoch, batch = at or (None, None)
        iteration = Iteration(
            number=self.count,
            epoch=epoch,
            batch=batch,
            X=copy.deepcopy(X),
            y=copy.deepcopy(y),
            parameters={p: p.value.copy() for p in graph.parameters},
            states={state: state.value for state in graph.states},
            network=network,
            graph=graph,
            guards=tuple(self.guarding.guards),
        )
        self.iterations.append(iteration)
        return iteration


def listed(guards: Any) -> list[Any]:
    """Take one guard for a list of one."""
    return list(guards) if isinstance(guards, list | tuple) else [guards]
