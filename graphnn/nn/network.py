"""The network: layers in a row, and a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, NotRunError, ShapeError
from graphnn.graph import Graph, Input, Node, Operation
from graphnn.graph.context import changed
from graphnn.graph.leaves import as_values
from graphnn.nn.activation import as_layer
from graphnn.nn.assembly import Assembly, restore, seed_layers, set_up_state
from graphnn.nn.layer import Layer, value_of


class NeuralNetwork(Assembly):
    """Layers and a loss, in one graph.

    The graph is built on the first batch and run again on the next.

    Parameters
    ----------
    layers : iterable of Layer
        Activations (``gn.ReLU()``, ``"relu"``) and other operations of one input may
        stand among them. A network of any shape is one layer of layers; see
        :class:`Layer`.
    loss : Operation or callable
        Called on (prediction, target): an operation such as
        :class:`MeanSquaredError`, or a function written in NumPy that returns one
        number. With several outputs or targets it is called on all predictions, then
        all targets.
    seed : int, optional
        Every layer draws its initial weights (and its dropout) from a generator of its
        own, spawned from this seed. Without one, from the operating system's entropy.

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

    Several inputs are a tuple of arrays, one for each input of the first layer:

    >>> class Sum(gn.Layer):
    ...     def __init__(self):
    ...         self.left, self.right = gn.Dense(1), gn.Dense(1)
    ...
    ...     def _connect(self, a, b):
    ...         return self.left(a) + self.right(b)
    >>> net = gn.NeuralNetwork([Sum()], lambda p, t: np.mean((p - t) ** 2), seed=1)
    >>> net.predict((np.ones((8, 3)), np.ones((8, 2)))).shape
    (8, 1)
    """

    def __init__(
        self,
        layers: Iterable[Any],
        loss: Operation | Callable[..., Any],
        seed: int | None = None,
    ) -> None:
        if isinstance(layers, Layer | Operation | str):
            raise ArgumentError("layers is a list of layers: [gn.Dense(1)]")
        self.layers = [as_layer(layer) for layer in layers]
        if not self.layers:
            raise ArgumentError("a network has at least one layer")
        if isinstance(loss, type) and issubclass(loss, Operation):
            loss = loss()
        if not callable(loss) or isinstance(loss, type | Layer):
            raise ArgumentError(
                "the loss is an Operation or a function on (prediction, target), not "
                f"{loss!r}"
            )
        self.loss: Any = loss
        self.seed = seed
        self.graph: Graph | None = None
        self._inputs: tuple[Input, ...] = ()
        self._targets: tuple[Input, ...] = ()
        self._prediction: Any = None
        rng = generator(seed)
        seed_layers(self.layers, lambda: rng)

    # -- the passes --------------------------------------------------------------------
    def forward(self, X: Any, *, training: bool = False) -> Any:
        """Compute the predictions for a batch.

        Parameters
        ----------
        X : array_like, shape (rows, features), or tuple of arrays
            Integers and booleans become float64, unless the first layer looks them up.
        training : bool
            The mode of the pass.

        Returns
        -------
        ndarray
            A tuple of them where the last layer has several outputs.
        """
        features = self._features(X)
        if self.graph is None:
            self._build(features, training)
        self._run(self._feeds(features), self._prediction, training)
        return value_of(self._prediction)

    def predict(self, X: Any) -> Any:
        """Compute the predictions for a batch, outside training."""
        return self.forward(X)

    def forward_loss(self, X: Any, y: Any, *, training: bool = False) -> float:
        """Compute the loss of a batch."""
        features, targets = self._features(X), as_arrays(y, "y")
        check_lengths(features, targets)
        if self.graph is None:
            self._build(features, training)
        if not self._targets:
            # the loss needs a prediction of this very batch, to check its shape against
            before = {node: node.value for node in self._inputs}
            self._run(self._feeds(features), self._prediction, False)
            try:
                self._build_loss(targets)
            except BaseException:
                self._run(before, self._prediction, False)
                raise
        feeds = self._feeds(features) | feeds_of(self._targets, targets, "y")
        self._run(feeds, self.loss, training)
        return float(self.loss.output)

    def backward(self, loss_grad: Any) -> None:
        """Carry the gradient of the predictions back to the parameters.

        Parameters
        ----------
        loss_grad : array_like
            The gradient with respect to the last predictions, of their shape; a tuple
            for several outputs.
        """
        if self.graph is None:
            raise NotRunError(
                "backward came before forward", "Run net.forward(X) first."
            )
        ends = zip_outputs(self._prediction, loss_grad)
        for number, (prediction, gradient) in enumerate(ends):
            self._graph().backward(prediction, gradient, accumulate=number > 0)
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
    def params(self) -> list[np.ndarray]:
        """List the parameters' arrays; changing one in place changes the network."""
        return [parameter.output for parameter in self.parameters]

    def param_grads(self) -> list[np.ndarray | None]:
        """List the gradients of the last backward pass."""
        parameters: list[Any] = list(self.parameters)
        return [parameter.grad for parameter in parameters]

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

    def _run(self, feeds: Any, target: Any, training: bool) -> None:
        targets = list(target) if type(target) is tuple else target
        self._graph().forward(feeds, target=targets, training=training)

    def _build(self, features: tuple[np.ndarray, ...], training: bool) -> None:
        graph = Graph()
        graph.training = training
        before = set_up_state(self.layers)
        try:
            with changed(graph=graph, scope=(), paused=False):
                inputs = tuple([Input("input", value=array) for array in features])
                value: Any = inputs if len(inputs) > 1 else inputs[0]
                for layer in self.layers:
                    value = layer(*value) if type(value) is tuple else layer(value)
        except BaseException:
            # a layer that was not set up before is set up afresh by the next batch
            restore(before)
            raise
        self._inputs, self._prediction, self.graph = inputs, value, graph

    def _build_loss(self, targets: tuple[np.ndarray, ...]) -> None:
        graph = self._graph()
        surroundings = changed(graph=graph, scope=(), paused=False)
        with surroundings, graph.all_or_nothing():
            nodes = tuple([Input("target", value=array) for array in targets])
            predictions = self._prediction
            if type(predictions) is not tuple:
                predictions = (predictions,)
            loss = self.loss(*predictions, *nodes)
            if not isinstance(loss, Node) or loss.size != 1:
                raise ArgumentError(
                    f"the loss returned {loss!r:.80}, not a node of one number",
                    "A loss written in NumPy ends in a sum or a mean over everything.",
                )
        self.loss, self._targets = loss, nodes

    # -- what is fed -------------------------------------------------------------------
    def _features(self, X: Any) -> tuple[np.ndarray, ...]:
        """Take X, or refuse it before anything has changed."""
        features = []
        for array in as_arrays(X, "X"):
            if array.ndim == 0:
                raise ShapeError(
                    f"X has shape {array.shape}; (rows, features) is needed"
                )
            if array.shape[0] == 0:
                raise ShapeError(f"X has no rows: its shape is {array.shape}")
            if array.dtype.kind in "biu" and not keeps_integers(self.layers[0]):
                array = array.astype(np.float64)
            features.append(array)
        check_lengths(features)
        if self._inputs:
            self._check_features(features)
        return tuple(features)

    def _check_features(self, features: list[np.ndarray]) -> None:
        """Refuse a batch that the graph was not built for."""
        check_number(features, self._inputs, "X")
        for array, known in zip(features, self._inputs, strict=True):
            shape: Any = known.shape
            if array.ndim != len(shape):
                raise ShapeError(
                    f"X has {array.ndim} axes, the network was set up for {len(shape)}",
                    "One row is a batch of one: X.reshape(1, -1).",
                )
            # sequences may be of any length, if the layers can take it
            if (
                array.ndim == 2
                and array.dtype.kind == "f"
                and array.shape[1:] != (shape[1:])
            ):
                raise ShapeError(
                    f"X has shape {array.shape}, but the network was set up for rows "
                    f"of shape {shape[1:]}",
                    "The number of features is fixed by the first batch.",
                )

    def _feeds(self, features: tuple[np.ndarray, ...]) -> dict[Any, Any]:
        return feeds_of(self._inputs, features, "X")

    def _collect(self) -> None:
        for layer in self.layers:
            layer._param_grads()


def as_arrays(value: Any, what: str) -> tuple[np.ndarray, ...]:
    """Take one array, or a tuple of arrays for several inputs or targets.

    A tuple of anything else is one array, as for NumPy.
    """
    if (
        isinstance(value, tuple)
        and value
        and all(isinstance(part, np.ndarray) and part.ndim for part in value)
    ):
        parts = enumerate(value)
        return tuple([as_values(part, f"{what}[{i}]") for i, part in parts])
    array = as_values(value, what)
    if array.ndim == 0 and what == "y":
        raise ShapeError("y is a single number; one target for each row is needed")
    return (array,)


def feeds_of(nodes: Any, arrays: tuple[np.ndarray, ...], what: str) -> dict[Any, Any]:
    """Pair inputs with what they are fed."""
    check_number(arrays, nodes, what)
    return dict(zip(nodes, arrays, strict=True))


def check_number(arrays: Any, nodes: Any, what: str) -> None:
    """Refuse more or fewer arrays than the graph was built for."""
    if len(arrays) != len(nodes):
        raise ArgumentError(
            f"{what} is {len(arrays)} arrays, the network was set up for {len(nodes)}"
        )


def keeps_integers(layer: Layer) -> bool:
    """Tell whether a layer, or one inside it, looks integers up."""
    return layer.integer_input or any(map(keeps_integers, layer.sublayers))


def zip_outputs(output: Any, gradients: Any) -> list[tuple[Any, Any]]:
    """Pair outputs with their gradients; those that have none are left out."""
    if type(output) is not tuple:
        return [(output, gradients)]
    if not isinstance(gradients, tuple | list) or len(gradients) != len(output):
        raise ArgumentError(
            f"backward takes a tuple of {len(output)} gradients, one for each output",
            "None stands for an output that has no part.",
        )
    pairs = [p for p in zip(output, gradients, strict=True) if p[1] is not None]
    if not pairs:
        raise ArgumentError("backward was given no gradient")
    return pairs


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


def check_lengths(*groups: Iterable[np.ndarray]) -> None:
    """Refuse features and targets of different numbers of rows."""
    lengths = [[len(array) for array in group] for group in groups]
    first = lengths[0][0]
    for name, numbers in zip("Xy", lengths, strict=False):
        for rows in numbers:
            if rows != first:
                raise ShapeError(
                    f"X has {first} rows and {name} has {rows}: "
                    "each row needs its target"
                    if name == "y"
                    else f"X holds arrays of {first} and of {rows} rows"
                )
