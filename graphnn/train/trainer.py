"""The training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.nn.layer import as_count
from graphnn.nn.network import NeuralNetwork, as_arrays, check_lengths, generator
from graphnn.train.history import History, heading, line
from graphnn.train.optimizer import Optimizer

Metric = Callable[[np.ndarray, np.ndarray], float]
Arrays = tuple[np.ndarray, ...]


class Trainer:
    """Trains a network with an optimizer.

    Parameters
    ----------
    network : NeuralNetwork
    optimizer : Optimizer
        Anything with ``step()``; it gets the network as ``optimizer.net``.

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

    def __init__(self, network: NeuralNetwork, optimizer: Optimizer) -> None:
        if not isinstance(network, NeuralNetwork):
            raise ArgumentError(f"a Trainer takes a NeuralNetwork, not {network!r}")
        if not callable(getattr(optimizer, "step", None)) or isinstance(
            optimizer, type
        ):
            raise ArgumentError(
                f"a Trainer takes an optimizer such as gn.SGD(0.01), not {optimizer!r}"
            )
        self.network = network
        self.optimizer = optimizer
        self.optimizer.net = network

    def step(self, X: Any, y: Any) -> float:
        """Train on one batch: forward, loss, backward, update.

        Returns
        -------
        float
            The loss before the update.
        """
        loss = self.network.train_batch(X, y)
        before = getattr(self.optimizer, "step_count", None)
        self.optimizer.step()
        if before is not None and self.optimizer.step_count == before:
            self.optimizer.step_count += 1  # a step() of one's own need not count
        return loss

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
    ) -> History:
        """Train for a number of epochs.

        Parameters
        ----------
        X_train, y_train : array_like
            Features and targets, a row each.
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

        Returns
        -------
        History

        Raises
        ------
        ArgumentError, ShapeError
            For numbers and data that do not fit, before anything is trained.
        """
        epochs = as_epochs(epochs)
        eval_every = as_count(eval_every, "eval_every")
        batch_size = as_count(batch_size, "batch_size")
        X, y = self._data(X_train, y_train)
        if (X_test is None) != (y_test is None):
            raise ArgumentError("X_test and y_test come together")
        test = None if X_test is None else self._data(X_test, y_test)
        if test is not None:
            check_alike(X, test[0])
        if metrics is not None and not isinstance(metrics, Mapping):
            raise ArgumentError(
                f"metrics maps names to functions, it is no {type(metrics).__name__}",
                "For example metrics={'accuracy': gn.accuracy}.",
            )
        rng = generator(seed)
        history = History()
        count = len(X[0])
        progress = progress_bar(epochs * -(-count // batch_size), verbose)
        with progress:
            for epoch in range(1, epochs + 1):
                total = 0.0
                for rows in batches(rng.permutation(count), batch_size):
                    total += self.step(take(X, rows), take(y, rows)) * len(rows)
                    progress.update()
                if epoch % eval_every == 0 or epoch == epochs:
                    row = {"epoch": epoch, "loss": total / count}
                    row |= self._evaluate(test, metrics or {})
                    history.add(row)
                    if verbose:
                        if len(history) == 1:
                            progress.write(heading(row))
                        progress.write(line(row))
        return history

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
            results |= {name: float(f(prediction, y)) for name, f in metrics.items()}
        return results


def take(arrays: Arrays, rows: Any = slice(None)) -> Any:
    """Take rows of the arrays: a tuple for several, an array for one."""
    taken = tuple([array[rows] for array in arrays])
    return taken if len(taken) > 1 else taken[0]


def check_alike(train: Arrays, test: Arrays) -> None:
    """Refuse test data whose rows are not like those of the training data."""
    train_shapes = [array.shape[1:] for array in train]
    test_shapes = [array.shape[1:] for array in test]
    if train_shapes != test_shapes:
        raise ShapeError(
            f"X_train has rows of shape {', '.join(map(str, train_shapes))}, "
            f"X_test of {', '.join(map(str, test_shapes))}"
        )


def as_epochs(epochs: Any) -> int:
    """Take a number of epochs: a whole number, 0 or more."""
    if (
        isinstance(epochs, bool)
        or not isinstance(epochs, int | np.integer)
        or epochs < 0
    ):
        raise ArgumentError(f"epochs is a whole number, 0 or more, not {epochs!r}")
    return int(epochs)


def batches(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Cut an order of rows into batches."""
    for start in range(0, len(order), size):
        yield order[start : start + size]


def progress_bar(total: int, wanted: bool) -> Any:
    """Show progress, on a terminal only."""
    from tqdm import tqdm

    return tqdm(
        total=total, disable=None if wanted else True, leave=False, unit="batch"
    )
