"""The network: layers in a row, and a loss."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, NotRunError, ShapeError, did_you_mean
from graphnn.graph import Graph, Input, Operation
from graphnn.graph.changes import CHANGES
from graphnn.graph.context import changed
from graphnn.graph.states import unchanged_if_it_fails
from graphnn.nn.activation import as_layer
from graphnn.nn.alone import carry_back, value_of
from graphnn.nn.assembly import (
    Assembly,
    Structure,
    are_the_same,
    seed_layers,
)
from graphnn.nn.batches import (
    as_arrays,
    check_features,
    check_lengths,
    feeds_of,
    keeps_integers,
)
from graphnn.nn.checking import as_count, as_generator
from graphnn.nn.layer import Layer
from graphnn.nn.losses import as_loss, build_loss
from graphnn.nn.showing import Shown
from graphnn.nn.undoing import remains_kept, undone_if_it_fails
from graphnn.planning.plan import TRAINABLE, Plan


class NeuralNetwork(Shown):
    """Layers and a loss, in one graph.

    The graph is built on the first batch and run again on the next. Where layers have
    come or gone since (``net.layers[-1] = gn.Dense(3)``), or are to start afresh
    (``layer.first = True``), the next batch builds another one over the weights that
    are left. Any other setting of a layer is read once, when it is set up.

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

    Notes
    -----
    :meth:`train_batch`, :meth:`evaluate` and :meth:`predict` are planned where batches
    of one shape come again: see :meth:`Graph.plan`. The numbers are the same to the
    bit. A planned pass leaves no values on the nodes inside; :meth:`forward` and
    :meth:`forward_loss` are always stepped and leave all of them, and so is every pass
    that somebody watches, such as a hook, a guard or a debugger.

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
        self.layers = as_row(layers)
        self.loss: Any = as_loss(loss)
        self._loss: Any = self.loss  # what is called; the other becomes a node
        self.seed = seed
        self._forget()
        self._rng = as_generator(seed, "seed")
        seed_layers(self.layers, lambda: self._rng)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        CHANGES.tick()

    # -- the passes --------------------------------------------------------------------
    def forward(self, X: Any, *, training: bool = False) -> Any:
        """Compute the predictions for a batch.

        Parameters
        ----------
        X : array_like, shape (rows, features), or tuple of arrays
            Integers and booleans become float64, unless a layer looks them up.
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

    def predict(self, X: Any, *, batch_size: int | None = None) -> Any:
        """Compute predictions, outside training.

        Parameters
        ----------
        X : array_like or tuple of arrays
        batch_size : int, optional
            Go through the rows in batches: a pass keeps what every node computes, and
            that takes less memory, and often less time, for some rows than for all.

        Returns
        -------
        ndarray
            A tuple of them where the last layer has several outputs.
        """
        if batch_size is None:
            return self._predict(X)
        size, features = as_count(batch_size, "batch_size"), self._features(X)
        several = len(features) > 1
        parts = []
        for start in range(0, len(features[0]), size):
            batch = tuple([array[start : start + size] for array in features])
            parts.append(self._predict(batch if several else batch[0]))
        if type(parts[0]) is tuple:
            return tuple(map(np.concatenate, zip(*parts, strict=True)))
        return np.concatenate(parts)

    def _predict(self, X: Any) -> Any:
        features = self._features(X)
        if self.graph is None:
            self._build(features, False)
        feeds = self._feeds(features)
        self._run_planned(
            "predict", feeds, lambda: self._run(feeds, self._prediction, False)
        )
        return value_of(self._prediction)

    def forward_loss(self, X: Any, y: Any, *, training: bool = False) -> float:
        """Compute the loss of a batch."""
        feeds, loss = self.prepare(X, y, training=training)
        self._run(feeds, loss, training)
        return float(loss.output)

    def prepare(self, X: Any, y: Any, *, training: bool = False) -> tuple[Any, Any]:
        """Build the graph if there is none yet; give what a pass over it takes.

        Returns
        -------
        feeds : dict of Input to ndarray
        loss : Operation
            The target: ``network.graph.forward(feeds, target=loss)`` runs the batch.
        """
        self._take_loss()
        features, targets = self._features(X), as_arrays(y, "y")
        check_lengths(features, targets)
        if self.graph is None:
            self._build(features, training)
        if not self._targets:
            with unchanged_if_it_fails(self._graph()):
                # the loss needs a prediction of this very batch, for its shape
                self._run(self._feeds(features), self._prediction, False)
                self._build_loss(targets)
        feeds = self._feeds(features) | feeds_of(self._targets, targets, "y")
        return feeds, self.loss

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
        carry_back(self.graph, self._prediction, loss_grad, type(self).__name__)
        self._collect()

    def train_batch(self, X: Any, y: Any) -> float:
        """Run forward, loss and backward on a batch; the parameters stay as they are.

        Returns
        -------
        float
            The loss.
        """
        feeds, loss = self.prepare(X, y, training=True)
        self._run_planned("train", feeds, lambda: self._train_stepped(feeds))
        self._collect()
        return float(loss.output)

    def evaluate(self, X: Any, y: Any) -> float:
        """Compute the loss of a data set, outside training."""
        feeds, loss = self.prepare(X, y)
        self._run_planned("evaluate", feeds, lambda: self._run(feeds, loss, False))
        return float(loss.output)

    # -- the parameters ----------------------------------------------------------------
    def params(self) -> list[np.ndarray]:
        """List the parameters' arrays; changing one in place changes the network."""
        return [parameter.output for parameter in self.parameters]

    def param_grads(self) -> list[np.ndarray | None]:
        """List the gradients of the last backward pass."""
        parameters: list[Any] = list(self.parameters)
        return [parameter.grad for parameter in parameters]

    def __repr__(self) -> str:
        return f"<NeuralNetwork: {len(self.layers)} layers>"

    # -- planned passes ----------------------------------------------------------------
    def plan_for(self, purpose: str) -> Plan:
        """Give the plan for ``"train"``, ``"evaluate"`` or ``"predict"``.

        It is what :meth:`train_batch`, :meth:`evaluate` and :meth:`predict` use by
        themselves; here one can read it: ``network.plan_for("train").source()``.

        Raises
        ------
        NotRunError
            Before the first batch.
        """
        plan = self._plans.get(purpose)
        if plan is None:
            has_loss = self._loss_node is not None
            if self.graph is None or (purpose != "predict" and not has_loss):
                raise NotRunError(
                    f"there is no graph yet to {purpose} with",
                    "Run a batch first: net.train_batch(X, y).",
                )
            targets = self.loss if purpose != "predict" else self._prediction
            plan = self._plans[purpose] = Plan(
                self.graph,
                list(targets) if type(targets) is tuple else targets,
                TRAINABLE if purpose == "train" else None,
                training=purpose == "train",
            )
        return plan

    def _run_planned(
        self, purpose: str, feeds: Mapping[Any, Any], step: Callable[[], None]
    ) -> None:
        """Run a pass as it is planned; step through it where it is not."""
        values = {node.id: array for node, array in feeds.items()}
        attempt = self.plan_for(purpose).attempt(values)
        if attempt.planned is None:
            step()
            attempt.settle()

    def _train_stepped(self, feeds: Mapping[Any, Any]) -> None:
        """Run forward and backward, stepped."""
        self._run(feeds, self.loss, True)
        self._graph().backward(self.loss)

    # -- building ----------------------------------------------------------------------
    def _run(self, feeds: Any, target: Any, training: bool) -> None:
        targets = list(target) if type(target) is tuple else target
        self._graph().forward(feeds, target=targets, training=training)

    def _forget(self) -> None:
        """Be without a graph: the next batch builds one."""
        self.graph: Graph | None = None
        self._inputs: tuple[Input, ...] = ()
        self._targets: tuple[Input, ...] = ()
        self._loss_node: Any = None
        self._prediction: Any = None
        self._structure: Structure | None = None
        self._plans: dict[str, Plan] = {}

    def _forget_if_changed(self) -> None:
        """Be without a graph where layers have come, gone, or are to start afresh."""
        if self._structure is None or self._is_as_built():
            return
        if self._loss is None:
            raise ArgumentError(
                "the layers have changed, and the loss is lost for building the graph "
                "anew: it was a local function, and those do not go into a pickle",
                "gn.NeuralNetwork(network.layers, loss) is a network of these layers.",
            )
        self.loss = self._loss
        self._forget()

    def _is_as_built(self) -> bool:
        """Tell whether the layers are those that the graph was built from."""
        structure = self._structure
        return structure is not None and structure.is_that_of(self, self.layers)

    def _take_loss(self) -> None:
        """Take a loss that was assigned after the first batch: build anew with it."""
        if self.loss is not self._loss and self.loss is not self._loss_node:
            self.loss = self._loss = as_loss(self.loss)
            self._forget()

    def _take_layers(self) -> None:
        """Take what has been put among the layers, such as names, as layers."""
        layers = as_row(self.layers)
        if not are_the_same(layers, list(self.layers)):
            self.layers = layers
        seed_layers(layers, lambda: self._rng)

    def _build(self, features: tuple[np.ndarray, ...], training: bool) -> None:
        graph = Graph()
        graph.training = training
        surroundings = changed(graph=graph, scope=(), paused=False)
        with remains_kept(self, graph), undone_if_it_fails(self.layers), surroundings:
            inputs = tuple([Input("input", value=array) for array in features])
            value: Any = inputs if len(inputs) > 1 else inputs[0]
            for layer in self.layers:
                value = layer(*value) if type(value) is tuple else layer(value)
        self._inputs, self._prediction, self.graph = inputs, value, graph
        self._structure = Structure(self, self.layers)

    def _build_loss(self, targets: tuple[np.ndarray, ...]) -> None:
        graph = self._graph()
        surroundings = changed(graph=graph, scope=(), paused=False)
        with surroundings, graph.all_or_nothing():
            nodes = tuple([Input("target", value=array) for array in targets])
            predictions = self._prediction
            if type(predictions) is not tuple:
                predictions = (predictions,)
            loss = build_loss(self._loss, predictions, nodes)
        self.loss = self._loss_node = loss
        self._targets = nodes

    # -- what is fed -------------------------------------------------------------------
    def _features(self, X: Any) -> tuple[np.ndarray, ...]:
        """Take X, or refuse it before anything has changed."""
        self._forget_if_changed()
        if self.graph is None:
            self._take_layers()
        features = []
        for array in as_arrays(X, "X"):
            if array.ndim == 0:
                raise ShapeError(
                    f"X has shape {array.shape}; (rows, features) is needed"
                )
            if array.shape[0] == 0:
                raise ShapeError(f"X has no rows: its shape is {array.shape}")
            # the kind first: going through the layers takes longer than most passes
            if array.dtype.kind in "biu" and not any(map(keeps_integers, self.layers)):
                array = array.astype(np.float64)
            features.append(array)
        check_lengths(features)
        if self._inputs:
            check_features(features, self._inputs)
        return tuple(features)

    def _feeds(self, features: tuple[np.ndarray, ...]) -> dict[Any, Any]:
        return feeds_of(self._inputs, features, "X")

    def _collect(self) -> None:
        if self._structure is not None:
            self._structure.collect()

    def __getattr__(self, name: str) -> Any:
        """Say what is meant by a method that networks have elsewhere."""
        fix = ""
        if not name.startswith("_"):
            from graphnn.other_names import OF_NETWORKS  # only where something is wrong

            known = [public for public in dir(self) if not public.startswith("_")]
            ours = OF_NETWORKS.get(name)
            fix = f". {did_you_mean(name, known) if ours is None else f'Here: {ours}.'}"
        raise AttributeError(f"a NeuralNetwork has no attribute {name!r}{fix}")

    # -- copies ------------------------------------------------------------------------
    def __deepcopy__(self, memo: dict[int, Any]) -> NeuralNetwork:
        twin = memo[id(self)] = object.__new__(type(self))
        for key, value in vars(self).items():
            twin.__dict__[key] = {} if key == "_plans" else copy.deepcopy(value, memo)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Leave a local function behind where its nodes are there already."""
        state = dict(vars(self)) | {
            "_plans": {}
        }  # a plan is made anew where it is used
        if self._targets and not can_be_pickled(self._loss):
            state["_loss"] = None
        return state


def can_be_pickled(function: Any) -> bool:
    """Tell what a pickle can take from a local function."""
    import pickle  # only where a network is being pickled

    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False  # which of them depends on the function and on Python
    return True


def as_row(layers: Any) -> list[Layer]:
    """Take the layers of a network.

    Raises
    ------
    ArgumentError
    """
    is_one = isinstance(layers, Layer | Operation | str | Assembly)
    if is_one or not hasattr(type(layers), "__iter__"):
        raise ArgumentError("layers is a list of layers: [gn.Dense(1)]")
    row = [as_layer(layer) for layer in layers]
    if not row:
        raise ArgumentError("a network has at least one layer")
    return row
