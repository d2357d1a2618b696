"""The training loop."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import ArgumentError, GuardError, NotFiniteError
from graphnn.nn.batches import as_arrays, check_lengths
from graphnn.nn.checking import as_generator
from graphnn.nn.layer import as_count
from graphnn.nn.network import NeuralNetwork
from graphnn.ops.arguments import as_flag, as_whole
from graphnn.train.finite import as_policy, check_data, trouble
from graphnn.train.history import History, heading, line
from graphnn.train.optimizer import Optimizer
from graphnn.train.planned_steps import PlannedSteps, counted
from graphnn.train.rows import Arrays, batches, check_alike, take

if TYPE_CHECKING:
    from graphnn.planning.plan import Plan
    from graphnn.train.recent import Iteration, Recent

Metric = Callable[[np.ndarray, np.ndarray], float]


class Trainer:
    """Trains a network with an optimizer.

    Parameters
    ----------
    network : NeuralNetwork
    optimizer : Optimizer
        Anything with ``step()``; it gets the network as ``optimizer.net``.
    on_nan : {"raise", "skip", "ignore"}
        What happens when the loss of a batch, or a gradient, becomes NaN or infinite:
        an error, which says where it began; a warning, and the batch is left out; or
        nothing. With the first two no parameter and no running mean is touched by it.
    guards : list of (str, Guard or class of guards), or Guarding, optional
        What is watched in every batch, in each of its steps: ``["nan", "inf"]``,
        ``[gn.ExplodingGuard(limit=1e3)]``; ``gn.guard("nan", action="warn")`` for what
        is no error. A guard's error comes before what `on_nan` does, and also leaves
        parameters and running means as they were.
    keep : int
        How many of the last iterations are kept under guards, for :attr:`recent`.

    Notes
    -----
    Steps are planned where batches of one shape come again (see
    :meth:`~graphnn.Graph.plan`): forward, backward and update are then one flat list of
    NumPy calls, which gives the same bits. Under guards, hooks on the graph or a
    debugger they are stepped.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((64, 2)); y = X @ [[1.0], [-2.0]]
    >>> net = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError(), seed=0)
    >>> history = gn.Trainer(net, gn.SGD(0.1)).fit(
    ...     X, y, epochs=20, batch_size=16, seed=0, verbose=False)
    >>> history["loss"][-1] < 1e-6
    True
    """

    def __init__(
        self,
        network: NeuralNetwork,
        optimizer: Any,
        *,
        on_nan: str = "raise",
        guards: Any = None,
        keep: int = 10,
    ) -> None:
        if not isinstance(network, NeuralNetwork):
            raise ArgumentError(f"a Trainer takes a NeuralNetwork, not {network!r}")
        if not callable(getattr(optimizer, "step", None)) or isinstance(
            optimizer, type
        ):
            is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
            raise ArgumentError(
                f"a Trainer takes an optimizer such as gn.SGD(0.01), not {optimizer!r}",
                f"Make one: gn.{optimizer.__name__}()." if is_class else "",
            )
        self.on_nan = as_policy(on_nan)
        self.network = network
        self.optimizer = optimizer
        self.optimizer.net = network
        self._planned = PlannedSteps(network, optimizer, self.on_nan != "ignore")
        self._place = ""
        self._at: tuple[int, int] | None = None
        self._recent: Recent | None = None
        if guards:
            from graphnn.train.recent import Recent  # most trainings have no guards

            self._recent = Recent(guards, keep)

    @property
    def plan(self) -> Plan | None:
        """What the steps run by, once a kind of batch comes again.

        ``trainer.plan.source()`` shows it. None before the first step.
        """
        return self._planned.plan

    @property
    def recent(self) -> list[Iteration]:
        """The last iterations under guards, the oldest first; none without guards.

        Each knows what it began with, and can be stepped through; an error of a guard
        has them as well.
        """
        return [] if self._recent is None else list(self._recent.iterations)

    def step(self, X: Any, y: Any) -> float:
        """Train on one batch: forward, loss, backward, update.

        Returns
        -------
        float
            The loss before the update.

        Raises
        ------
        NotFiniteError
            If the loss or a gradient is NaN or infinite; see `on_nan`.
        GuardError
            If a guard finds something; its ``recent`` are the last iterations.
        """
        try:
            repeat = self._planned.known[X.shape, X.dtype, y.shape, y.dtype]
        except (AttributeError, KeyError, TypeError):  # the first of its kind, or lists
            return self._step(X, y)
        loss = repeat(X, y)
        return self._step(X, y) if loss is None else loss

    def _step(self, X: Any, y: Any) -> float:
        """Train on a batch of a kind that is not known yet, or that is watched."""
        network = self.network
        if network.graph is None and self.on_nan != "ignore":
            self._data(X, y)
            network.forward(X)  # so that there are states to go back to
        if self._recent is None:
            loss = self._planned.step(X, y)
            if loss is not None:
                return loss
        before = [(state, state.value) for state in self._states()]
        loss = self._train_stepped(X, y)
        wrong = "" if self.on_nan == "ignore" else trouble(network, loss, X, y)
        if wrong:
            for state, value in before:
                state.value = value
            self._report(wrong)
            return loss
        self._planned.let_go()
        counted(self.optimizer, self.optimizer.step)
        return loss

    def _train_stepped(self, X: Any, y: Any) -> float:
        """Run forward and backward, under guards if there are some."""
        if self._recent is None:
            return self._planned.train_stepped(X, y)
        try:
            return self._recent.train_batch(self.network, X, y, self._at)
        except GuardError as error:
            error.args = (f"{self._place}{error}",)
            raise

    def _states(self) -> list[Any]:
        graph = self.network.graph
        return [] if graph is None else list(graph.states)

    def _report(self, wrong: str) -> None:
        if self.on_nan == "raise":
            error = NotFiniteError(
                f"{self._place}{wrong}",
                "The parameters are as they were before this batch. A smaller learning "
                "rate may help, or clip_norm=1.0 for the optimizer, or features of "
                'about the same size; Trainer(..., on_nan="skip") leaves such batches '
                "out.",
            )
            error.recent = tuple(self.recent)
            raise error
        warnings.warn(
            f"{self._place}{wrong}. The batch is left out.",
            RuntimeWarning,
            stacklevel=6 if self._place else 4,
        )

    def fit(
        self,
        X_train: Any,
        y_train: Any,
        X_test: Any = None,
        y_test: Any = None,
        *,
        epochs: int = 100,
        eval_every: int = 10,
        batch_size: int = 32,
        seed: int | None = None,
        metrics: Mapping[str, Metric] | None = None,
        verbose: bool = True,
        allow_nan: bool = False,
        drop_last: bool = False,
    ) -> History:
        """Train for a number of epochs.

        Parameters
        ----------
        X_train, y_train : array_like, or tuple of arrays
            Features and targets, a row each; a tuple for several inputs or targets.
        X_test, y_test : array_like, optional
            What the network is evaluated on.
        epochs : int
            How often the training data is gone through; 0 trains nothing.
        eval_every : int
            Every how many epochs a row is recorded; the last epoch always is.
        batch_size : int
            Rows in a batch; the last of an epoch may have fewer.
        seed : int, optional
            For the order of the rows.
        metrics : mapping of str to callable, optional
            ``function(prediction, target) -> float``, on the test data.
        verbose : bool
            Print a line for each recorded epoch (and, on a terminal, show progress).
        allow_nan : bool
            Take data with NaN or infinities in it; such are refused otherwise.
        drop_last : bool
            Leave out the rows of an epoch that do not fill a batch (other ones in each
            epoch): :class:`BatchNorm` cannot train on a batch of one row.

        Returns
        -------
        History

        Raises
        ------
        ArgumentError, ShapeError, NotFiniteError
            For numbers and data that do not fit, before anything is trained; the last
            also for a loss that becomes NaN, see `on_nan`.

        Notes
        -----
        Schedules that wait for the loss to stop falling are told the loss of each
        recorded epoch: that on the test data, if there are any.
        """
        epochs = as_whole(epochs, "epochs", least=0)
        eval_every = as_count(eval_every, "eval_every")
        batch_size = as_count(batch_size, "batch_size")
        X, y = self._data(X_train, y_train)
        if (X_test is None) != (y_test is None):
            raise ArgumentError("X_test and y_test come together")
        test = None if X_test is None else self._data(X_test, y_test)
        if test is not None:
            check_alike(X, test[0])
        if not as_flag(allow_nan, "allow_nan"):
            check_data(X, "X_train")
            check_data(y, "y_train")
            for arrays, name in zip(test or (), ("X_test", "y_test"), strict=False):
                check_data(arrays, name)
        if metrics is not None and not isinstance(metrics, Mapping):
            raise ArgumentError(
                f"metrics maps names to functions, it is no {type(metrics).__name__}",
                "For example metrics={'accuracy': gn.accuracy}.",
            )
        if metrics and test is None:
            raise ArgumentError(
                "metrics are computed on the test data, and there are none",
                "fit(X_train, y_train, X_test, y_test, metrics=...)",
            )
        rng = as_generator(seed, "seed")
        history = History()
        rows = len(X[0])
        if as_flag(drop_last, "drop_last"):
            if batch_size > rows:
                raise ArgumentError(
                    f"drop_last leaves nothing of {rows} rows: a batch has {batch_size}"
                )
            rows -= rows % batch_size
        progress = progress_bar(epochs * -(-rows // batch_size), verbose)
        with progress:
            for epoch in range(1, epochs + 1):
                order = rng.permutation(len(X[0]))[:rows]
                parts = list(batches(order, batch_size))
                loss = self._epoch(X, y, parts, epoch, progress)
                if epoch % eval_every == 0 or epoch == epochs:
                    row = {"epoch": epoch, "loss": loss}
                    row |= self._evaluate(test, metrics or {})
                    history.add(row)
                    if isinstance(self.optimizer, Optimizer):
                        self.optimizer.observe(row.get("test_loss", loss))
                    if verbose:
                        if len(history) == 1:
                            progress.write(heading(row))
                        progress.write(line(row))
        return history

    def _epoch(
        self, X: Arrays, y: Arrays, parts: list[np.ndarray], epoch: int, progress: Any
    ) -> float:
        """Train on each batch once; give the mean loss of the rows."""
        total, seen = 0.0, 0
        try:
            for number, rows in enumerate(parts, 1):
                self._place = f"epoch {epoch}, batch {number} of {len(parts)}: "
                self._at = epoch, number
                loss = self.step(take(X, rows), take(y, rows))
                if self.on_nan != "skip" or math.isfinite(loss):
                    total, seen = total + loss * len(rows), seen + len(rows)
                progress.update()
        finally:
            self._place, self._at = "", None
        if not seen:
            raise NotFiniteError(
                f"epoch {epoch}: the loss of every batch was NaN or infinite",
                'With on_nan="raise" the error says where it begins.',
            )
        return total / seen

    def _data(self, X: Any, y: Any) -> tuple[Arrays, Arrays]:
        features, targets = self.network._features(X), as_arrays(y, "y")
        check_lengths(features, targets)
        return features, targets

    def _evaluate(
        self, test: tuple[Arrays, Arrays] | None, metrics: Mapping[str, Metric]
    ) -> dict[str, float]:
        if test is None:
            return {}
        X, y = take(test[0]), take(test[1])
        results = {"test_loss": self.network.evaluate(X, y)}
        if metrics:
            prediction = self.network.predict(X)
            results |= {
                name: measured(name, metric, prediction, y)
                for name, metric in metrics.items()
            }
        return results


def measured(name: str, metric: Metric, prediction: Any, target: Any) -> float:
    """Compute a metric; one number can be written into a table."""
    value = metric(prediction, target)
    if np.size(value) != 1:
        raise ArgumentError(
            f"the metric {name!r} gave an array of shape {np.shape(value)}, not one "
            "number",
            "Compute it after the training, from network.predict(X_test).",
        )
    return float(np.reshape(value, ()))


def progress_bar(total: int, wanted: bool) -> Any:
    """Show progress, on a terminal only."""
    from tqdm import tqdm

    return tqdm(
        total=total, disable=None if wanted else True, leave=False, unit="batch"
    )
