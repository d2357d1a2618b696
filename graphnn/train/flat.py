"""One optimizer's step over flat arrays: what a plan does after its backward pass.

The same numbers as :meth:`Optimizer.step`, bit for bit, in fewer NumPy calls, and
without making an array.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from graphnn.graph import Parameter
from graphnn.graph.changes import CHANGES
from graphnn.planning.lowering import Bound
from graphnn.planning.traced import Call, Untraceable
from graphnn.train.clipping import scale_for
from graphnn.train.groups import follow
from graphnn.train.layout import segments_of, share_memory
from graphnn.train.optimizer import Optimizer
from graphnn.train.parts import Part, kinds
from graphnn.train.raising import may_raise


class Update(ABC):
    """What the two kinds have in common.

    Attributes
    ----------
    gradients : dict of Parameter to ndarray
        Where the gradients are to be written.
    flat_gradients : list of ndarray
        All of them, in as few arrays as they lie in.
    bound : list of (callable, tuple)
        The calls that a step makes.
    made_for : list of Call or None
        What each of `bound` was written down as.
    rows : list of ndarray
        Parameters that lie side by side and are updated at once.
    named : list of (str, ndarray)
        What the calls read beside parameters and gradients: states, learning rates.
    counts : bool
        Whether a step is counted, as one of one's own need not be.
    """

    counts = True

    def __init__(
        self,
        optimizer: Any,
        parameters: Iterable[Parameter],
        gradients_like: Iterable[Any],
    ) -> None:
        self.optimizer = optimizer
        self.likes = {
            parameter: np.asarray(like)
            for parameter, like in zip(parameters, gradients_like, strict=True)
        }
        self.gradients: dict[Parameter, np.ndarray] = {}
        self.flat_gradients: list[np.ndarray] = []
        self.bound: list[Bound] = []
        self.made_for: list[Call | None] = []
        self.named: list[tuple[str, np.ndarray]] = []
        self.rows: list[np.ndarray] = []
        self._is_over = False
        self._net = optimizer.net
        self._pairs = optimizer._pairs()
        self._all = [parameter for parameter, _ in self._pairs]
        self._trainable = [parameter.trainable for parameter in self._all]
        self._pairs = [pair for pair in self._pairs if pair[0] in self.likes]
        self._others = [
            parameter
            for parameter in self._all
            if parameter.trainable and parameter not in self.likes
        ]

    def is_current(self) -> bool:
        """Tell whether the optimizer trains what it trained, frozen or not."""
        return (
            not self._is_over
            and self.optimizer.net is self._net
            and [parameter.trainable for parameter in self._all] == self._trainable
        )

    @abstractmethod
    def run(self) -> None:
        """Update the parameters by what is in `gradients`."""

    def _step(self) -> None:
        """Step as :meth:`Optimizer.step` does, which has every check and message."""
        for parameter, view in self.gradients.items():
            parameter.__dict__["_lent_grad"] = view  # copied for whoever reads it
        self.optimizer.step()


class FlatUpdate(Update):
    """An update over flat arrays.

    Parameters
    ----------
    optimizer : Optimizer
    parameters : iterable of Parameter
        Those that get a gradient in the pass.
    gradients_like : iterable of ndarray
        For each an array with the shape, dtype and strides of its gradient.

    Raises
    ------
    Untraceable
        Where the optimizer's rule has to be called for each parameter by itself.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w, b = gn.Parameter([1.0, 2.0]), gn.Parameter([3.0])
    >>> optimizer = gn.SGD(0.5, parameters=[w, b])
    >>> update = FlatUpdate.of(optimizer, [w, b], [w.value, b.value])
    >>> for gradient in update.gradients.values():
    ...     gradient[...] = 1.0
    >>> update.run()
    >>> w.value, b.value, len(update.bound)
    (array([0.5, 1.5]), array([2.5]), 3)
    """

    @classmethod
    def of(
        cls,
        optimizer: Any,
        parameters: Iterable[Parameter],
        gradients_like: Iterable[Any],
    ) -> Update:
        """Make an update over flat arrays where that can be, else a stepped one."""
        parameters, gradients_like = list(parameters), list(gradients_like)
        try:
            return cls(optimizer, parameters, gradients_like)
        except Untraceable:
            return SteppedUpdate(optimizer, parameters, gradients_like)

    def __init__(
        self,
        optimizer: Any,
        parameters: Iterable[Parameter],
        gradients_like: Iterable[Any],
    ) -> None:
        super().__init__(optimizer, parameters, gradients_like)
        if type(optimizer).step is not Optimizer.step or "step" in vars(optimizer):
            raise Untraceable("the optimizer has a step of its own")
        arrays = [parameter.value for parameter, _ in self._pairs]
        if not arrays or share_memory(arrays):
            raise Untraceable("parameters share memory")
        self._own = vars(optimizer)
        self._groups, self._limit = list(optimizer.groups.values()), optimizer.clip_norm
        self._arrays = arrays
        self.parts = [Part(optimizer, *kind) for kind in kinds(self._pairs, self.likes)]
        for part in self.parts:
            self.gradients.update(part.gradients)
            self.flat_gradients.append(part.flat)
            self.named += part.named
            self.rows += part.rows
            self.bound += part.placed.bound
            self.made_for += part.placed.made_for
        self._due = [(p, group, self.gradients[p]) for p, group in self._pairs]
        self._version = self._own["_version"]
        if not self.is_current():
            raise Untraceable("an array is read-only")

    def is_current(self) -> bool:
        """Tell whether the settings are those that the update was made for.

        Learning rates may change; records as well, which are taken over.
        """
        return (
            self._own["_version"] == self._version
            and self._are_writeable()
            and super().is_current()
        )

    def _are_writeable(self) -> bool:
        """Tell whether no parameter's array is read-only."""
        return False not in [array.flags.writeable for array in self._arrays]

    def run(self) -> None:
        """Update the parameters by what is in `gradients`."""
        norm, scale, parts = None, 1.0, self.parts
        for array in self._arrays:
            if not array.flags.writeable:
                return self._step()
        if self._others and any(p.grad is not None for p in self._others):
            return self._step()
        if self._limit is not None:
            norm, scale = scale_for(self._due, self._limit)
        for group in self._groups:
            follow(group, self.optimizer)
        for part in parts:
            if not part.fill(scale):
                return self._end()
        if may_raise():
            if not self._run_or_undo():
                return self._step()  # which says what is wrong
        else:
            for function, arguments in self.bound:
                function(*arguments)
        for part in parts:
            block = part.block
            block.updates += 1
            if not block.is_live:
                block.enter()
        own = self._own
        own["gradient_norm"] = norm
        own["step_count"] += 1
        return None

    def _end(self) -> None:
        """Step in another way, this time and from now on: something has changed."""
        self._is_over = True
        CHANGES.tick()
        self._step()

    def _run_or_undo(self) -> bool:
        """Make the calls; where one fails, leave all as it was."""
        arrays = [array for part in self.parts for array in part.written]
        before = [array.copy() for array in arrays]
        try:
            for function, arguments in self.bound:
                function(*arguments)
        except Exception:
            for array, copy in zip(arrays, before, strict=True):
                np.copyto(array, copy)
            return False
        return True


class SteppedUpdate(Update):
    """An update by the optimizer's own ``step()``, with the same interface."""

    def __init__(
        self,
        optimizer: Any,
        parameters: Iterable[Parameter],
        gradients_like: Iterable[Any],
    ) -> None:
        super().__init__(optimizer, parameters, gradients_like)
        for parameter, _ in self._pairs:
            like = self.likes[parameter]
            (segment,) = segments_of([like])
            self.flat_gradients.append(flat := np.zeros(like.size, like.dtype))
            self.gradients[parameter] = segment.of(flat)
        self.bound, self.made_for = [(self._step, ())], [None]
        self.counts = type(optimizer).step is Optimizer.step

    def run(self) -> None:
        """Update the parameters by what is in `gradients`."""
        self._step()
