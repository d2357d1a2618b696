"""The network: layers in a row, and a loss."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, NotRunError, ShapeError
from graphnn.graph import Graph, Input, Node, Operation
from graphnn.graph.context import changed
from graphnn.graph.leaves import as_values
from graphnn.graph.nodelist import NodeList
from graphnn.nn.layer import Layer


class NeuralNetwork:
    """Layers and a loss, in one graph.

    The graph is built on the first batch and run again on the next.

    Parameters
    ----------
    layers : iterable of Layer
    loss : Operation
        Called on (prediction, target).
    seed : int, optional
        Every layer draws its initial weights from a generator of its own, spawned from
        this seed. Without one, from the operating system's entropy.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> net = gn.NeuralNetwork([gn.Dense(4, "tanh"), gn.Dense(1)],
    ...                        loss=gn.MeanSquaredError(), seed=1)
    >>> X, y = np.ones((8, 3)), np.zeros((8, 1))
    >>> loss = net.train_batch(X, y)
    >>> [gradient.shape for gradient in net.param_grads()]
    [(3, 4), (1, 4), (4, 1), (1, 1)]
    >>> net.graph["dense_1/tanh"].output.shape
    (8, 4)
    """

    def __init__(
        self, layers: Iterable[Layer], loss: Operation, seed: int | None = None
    ) -> None:
        if isinstance(layers, Layer):
            raise ArgumentError("layers is a list of layers: [gn.Dense(1)]")
        self.layers = list(layers)
        if not self.layers:
            raise ArgumentError("a network has at least one layer")
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise ArgumentError(f"{layer!r} is not a Layer")
        if isinstance(loss, type):
            loss = loss()
        if not isinstance(loss, Operation):
            raise ArgumentError(
                f"the loss is an Operation on (prediction, target), not {loss!r}"
            )
        self.loss: Any = loss
        self.seed = seed
        self.graph: Graph | None = None
        self._input: Input | None = None
        self._target: Input | None = None
        self._prediction: Any = None
        generators = generator(seed).spawn(len(self.layers))
        for layer, rng in zip(self.layers, generators, strict=True):
            if layer._rng is None:
                layer.rng = rng

    # -- the passes --------------------------------------------------------------------
    def forward(self, X: Any, *, training: bool = False) -> np.ndarray:
        """Compute the predictions for a batch.

        Parameters
        ----------
        X : array_like, shape (rows, features)
            Integers and booleans become float64.
        training : bool
            The mode of the pass.

        Returns
        -------
        ndarray
        """
        features = self._features(X)
        if self.graph is None:
            self._build(features, training)
        return self._graph().forward(  # type: ignore[no-any-return]
            {self._input: features}, target=self._prediction, training=training
        )

    def predict(self, X: Any) -> np.ndarray:
        """Compute the predictions for a batch, outside training."""
        return self.forward(X)

    def forward_loss(self, X: Any, y: Any, *, training: bool = False) -> float:
        """Compute the loss of a batch."""
        features, targets = self._features(X), self._targets(y)
        check_lengths(features, targets)
        if self.graph is None:
            self._build(features, training)
        if self._target is None:
            # the loss needs a prediction of this very batch, to check its shape against
            before = {self._input: assert_input(self._input).value}
            self._graph().forward({self._input: features}, target=self._prediction)
            try:
                self._build_loss(targets)
            except BaseException:
                self._graph().forward(before, target=self._prediction)
                raise
        value = self._graph().forward(
            {self._input: features, self._target: targets},
            target=self.loss,
            training=training,
        )
        return float(value)

    def backward(self, loss_grad: Any) -> None:
        """Carry the gradient of the predictions back to the parameters.

        Parameters
        ----------
        loss_grad : array_like
            The gradient with respect to the last predictions, of their shape.
        """
        if self.graph is None:
            raise NotRunError(
                "backward came before forward", "Run net.forward(X) first."
            )
        self._graph().backward(self._prediction, loss_grad)
        self._collect()

    def train_batch(self, X: Any, y: Any) -> float:
        """Run forward, loss and backward on a batch; the parameters stay as they are.

        Returns
        -------
        float
            The loss.
        """
        value = self.forward_loss(X, y, training=True)
        self._graph().backward(self.loss)
        self._collect()
        return value

    def evaluate(self, X: Any, y: Any) -> float:
        """Compute the loss of a data set, outside training."""
        return self.forward_loss(X, y)

    # -- the parameters ----------------------------------------------------------------
    @property
    def parameters(self) -> NodeList:
        """The parameters of all layers, each once."""
        found = {p.id: p for layer in self.layers for p in layer.parameters}
        return NodeList(found.values())

    def params(self) -> list[np.ndarray]:
        """List the parameters' arrays; changing one in place changes the network."""
        return [parameter.output for parameter in self.parameters]

    def param_grads(self) -> list[np.ndarray | None]:
        """List the gradients of the last backward pass."""
        return [parameter.grad for parameter in self.parameters]

    # -- looking -----------------------------------------------------------------------
    def summary(self) -> str:
        """Tabulate the operations: name, class, output shape, parameters, source."""
        return self._graph().summary()

    def draw(
        self,
        path: str | Path | None = None,
        *,
        target: Any = None,
        direction: str = "TB",
    ) -> Any:
        """Draw the graph; see :meth:`Graph.draw`."""
        return self._graph().draw(path, target=target, direction=direction)

    def to_dot(self, *, target: Any = None, direction: str = "TB") -> str:
        """Write the graph in Graphviz's DOT language."""
        return self._graph().to_dot(target=target, direction=direction)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if self.graph is None:
            return {"text/plain": repr(self)}
        return self.graph._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return f"<NeuralNetwork: {len(self.layers)} layers>"

    # -- building ----------------------------------------------------------------------
    def _graph(self) -> Graph:
        if self.graph is None:
            raise NotRunError(
                "the network has no graph yet: it is built on the first batch",
                "Run net.forward(X) on a batch first; a few rows are enough.",
            )
        return self.graph

    def _build(self, features: np.ndarray, training: bool) -> None:
        graph = Graph()
        graph.training = training
        before = [layer.set_up_state() for layer in self.layers]
        try:
            with changed(graph=graph, scope=(), paused=False):
                node: Node = Input("input", value=features)
                first = node
                for layer in self.layers:
                    node = layer(node)
        except BaseException:
            # a layer that was not set up before is set up afresh by the next batch
            for layer, state in zip(self.layers, before, strict=True):
                layer.__dict__.update(state)
            raise
        self._input, self._prediction, self.graph = first, node, graph  # type: ignore[assignment]

    def _build_loss(self, targets: np.ndarray) -> None:
        graph = self._graph()
        surroundings = changed(graph=graph, scope=(), paused=False)
        with surroundings, graph.all_or_nothing():
            target = Input("target", value=targets)
            self.loss = self.loss(self._prediction, target)
        self._target = target

    def _features(self, X: Any) -> np.ndarray:
        features = as_values(X, "X")
        if features.ndim == 0:
            raise ShapeError(
                f"X has shape {features.shape}; (rows, features) is needed"
            )
        if features.shape[0] == 0:
            raise ShapeError(f"X has no rows: its shape is {features.shape}")
        if features.dtype.kind in "biu" and not self.layers[0].integer_input:
            features = features.astype(np.float64)
        known = None if self._input is None else self._input.shape
        if known is not None and features.ndim != len(known):
            raise ShapeError(
                f"X has {features.ndim} axes, the network was set up for {len(known)}",
                "One row is a batch of one: X.reshape(1, -1).",
            )
        if known is not None and features.shape[1:] != known[1:]:
            raise ShapeError(
                f"X has shape {features.shape}, but the network was set up for rows of "
                f"shape {known[1:]}",
                "The number of features is fixed by the first batch.",
            )
        return features

    def _targets(self, y: Any) -> np.ndarray:
        targets = as_values(y, "y")
        if targets.ndim == 0:
            raise ShapeError("y is a single number; one target for each row is needed")
        return targets

    def _collect(self) -> None:
        for layer in self.layers:
            layer._param_grads()


def assert_input(input_: Input | None) -> Input:
    """Give the input of a network that has been built."""
    if input_ is None:
        raise NotRunError("the network has no input yet", "Run forward first.")
    return input_


def generator(seed: Any) -> np.random.Generator:
    """Make a random generator from a seed, or from entropy for None.

    Raises
    ------
    ArgumentError
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"seed={seed!r} is no seed: {error}") from error


def check_lengths(features: np.ndarray, targets: np.ndarray) -> None:
    """Refuse features and targets of different numbers of rows."""
    if len(features) != len(targets):
        raise ShapeError(
            f"X has {len(features)} rows and y has {len(targets)}: "
            "each row needs its target"
        )
