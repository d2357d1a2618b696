"""What optimizers have in common: which parameters, what state, and one safe step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypedDict, Unpack

import numpy as np

from graphnn.errors import (
    ArgumentError,
    NotRunError,
    UnsupportedError,
)
from graphnn.graph import Parameter
from graphnn.graph.changes import CHANGES
from graphnn.train.clipping import scale_for
from graphnn.train.groups import UNCOUNTED, as_parameters, assign, follow, make_groups
from graphnn.train.live import LiveBlocks
from graphnn.train.rule import Rule
from graphnn.train.saving import restore, state_of
from graphnn.train.settings import settings_of
from graphnn.train.updating import FRESH, Record, check, updated


class Shared(TypedDict, total=False):
    """The keyword arguments that every optimizer takes; see :class:`Optimizer`."""

    weight_decay: float
    decoupled_weight_decay: bool
    maximize: bool
    clip_norm: float | None
    clip_value: float | None
    parameters: Any
    groups: Mapping[Any, Mapping[str, Any]] | None


class Optimizer(Rule):
    """Changes parameters by their gradients.

    Parameters
    ----------
    lr : float or callable
        The learning rate: a positive number; or a schedule, such as
        ``gn.CosineSchedule(0.1, steps=1000)``: any function of the number of the update
        step, which counts from 0.
    weight_decay : float
        ``weight_decay * parameter`` is added to the gradient.
    decoupled_weight_decay : bool
        Instead, the parameter is multiplied by ``1 - lr * weight_decay`` (I.
        Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019).
    maximize : bool
        Climb instead of descending.
    clip_norm : float, optional
        If the gradients of all parameters, as one vector, are longer than this, they
        are scaled down to it. ``parameter.grad`` keeps what the pass has found.
    clip_value : float, optional
        Each number of a gradient is cut off at plus and minus this.
    parameters : iterable of Parameter, optional
        What is trained, if it is not all of a network that a trainer gives.
    groups : mapping, optional
        Settings of their own for some parameters. A key is a pattern of their names, in
        which ``*`` stands for anything, ``/`` too; or a layer, or a parameter, or a
        tuple of these. The value is a dict of settings.

    Attributes
    ----------
    lr : float
        The learning rate of the next step. It may be assigned, as all settings may.
    step_count : int
        How many steps were made.
    gradient_norm : float or None
        With `clip_norm`, how long the gradients of the last step were, unclipped.
    groups : dict
        For each key an optimizer that holds the settings of that group.
    net : NeuralNetwork
        Set by the trainer.
    state_names : tuple of str
        Class attribute or property: the arrays that :meth:`update` carries along.

    Raises
    ------
    ArgumentError, UnsupportedError
        For settings that cannot be, and for those that the optimizer does not have.

    Notes
    -----
    A subclass defines :meth:`update`, an elementwise formula that leaves its arguments
    unchanged; or :meth:`step`, over ``self.net.params()`` and
    ``self.net.param_grads()``, as the book does.

    Of a complex parameter, real and imaginary parts are updated, on a last axis of two,
    each against its own slope.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class Sign(gn.Optimizer):
    ...     def update(self, parameter, gradient):
    ...         return parameter - self.lr * np.sign(gradient)
    >>> w = gn.Parameter([1.0, -2.0])
    >>> optimizer = Sign(0.5, parameters=[w])
    >>> np.sum(w * w).backward()
    >>> optimizer.step()
    >>> w.value
    array([ 0.5, -1.5])

    With a state, and a number that depends on the step:

    >>> class Heavy(gn.Optimizer):
    ...     state_names = ("velocity",)
    ...
    ...     def scalars(self, count):
    ...         return (self.lr / count,)
    ...
    ...     def update(self, parameter, gradient, velocity, rate):
    ...         velocity = 0.9 * velocity + gradient
    ...         return parameter - rate * velocity, velocity
    >>> Heavy(0.1, parameters=[w]).step()
    >>> w.value
    array([ 0.3, -1.1])

    No weight decay on biases, slower learning in one layer:

    >>> encoder = gn.Dense(4)
    >>> optimizer = gn.AdamW(1e-3, groups={
    ...     "*/bias": {"weight_decay": 0.0}, encoder: {"lr": 1e-4}})
    >>> optimizer.groups[encoder].lr
    0.0001
    """

    net: Any
    step_count: int
    gradient_norm: float | None
    _groups: dict[Any, Any]
    _given: list[Parameter] | None
    _records: dict[Any, Record]
    _assigned: dict[Any, Any]
    _version: int
    _blocks: LiveBlocks

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        """Start empty; here, so that forgetting ``super().__init__()`` does no harm."""
        self = super().__new__(cls)
        vars(self).update(
            net=None, gradient_norm=None, step_count=0, _given=None, _groups={},
            _records={}, _assigned={}, _version=0, _blocks=LiveBlocks(),
        )  # fmt: skip
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name not in UNCOUNTED:
            self._changed()
        elif name == "net":
            CHANGES.tick()

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._changed()

    def _changed(self) -> None:
        """Note that what was made for these settings holds no more."""
        vars(vars(self).get("_whole") or self)["_version"] += 1
        CHANGES.tick()

    def __init__(self, lr: Any = 0.01, **shared: Unpack[Shared]) -> None:
        self.lr = lr
        settings: dict[str, Any] = dict(shared)
        parameters = settings.pop("parameters", None)
        groups = settings.pop("groups", None)
        known = settings_of(type(self))
        for name, value in settings.items():
            if name not in known:
                from graphnn.other_names import setting  # only where it is wrong

                raise UnsupportedError(
                    f"{type(self).__name__} has no setting {name!r}",
                    setting(name, [*known, "parameters", "groups"]),
                )
            setattr(self, name, value)
        if groups is not None:
            self.groups = groups
        if parameters is not None:
            self.parameters = parameters

    # -- a step ------------------------------------------------------------------------
    def step(self) -> None:
        """Update every trainable parameter that has a gradient, in its own array.

        If anything fails, no parameter and no state has changed.
        """
        due = [
            (parameter, group, parameter.grad)
            for parameter, group in self._pairs()
            if parameter.trainable and parameter.grad is not None
        ]
        if not due:
            raise NotRunError(
                "no parameter has a gradient: there is nothing to update",
                "Run loss.backward() (or network.train_batch(X, y)) first, on a loss "
                "that is made of the parameters, as nodes; and see that one of them is "
                "trainable.",
            )
        for parameter, _, gradient in due:
            check(parameter, gradient)
        norm, scale = None, 1.0
        if self.clip_norm is not None:
            norm, scale = scale_for(due, self.clip_norm)
        scalars: dict[tuple[int, int], tuple[float, ...]] = {}
        changes = []
        for parameter, group, gradient in due:
            record = self._records.get(parameter, FRESH)
            key = id(group), record.updates
            if key not in scalars:
                scalars[key] = group.full_scalars(record.updates + 1, scale)
            new = updated(group, parameter, gradient, record, scalars[key])
            changes.append((parameter, *new))
        for parameter, value, record in changes:
            parameter.value[...] = value
            self._records[parameter] = record
        self._blocks.end()
        self.gradient_norm = norm
        self.step_count += 1

    def flat_update(self, parameters: Any, gradients_like: Any) -> Any:
        """Make what a plan updates parameters with; see :mod:`graphnn.train.flat`.

        Parameters
        ----------
        parameters : list of Parameter
            Those that get a gradient.
        gradients_like : list of ndarray
            For each an array of the shape, dtype and strides of its gradient.

        Returns
        -------
        Update
        """
        from graphnn.train.flat import FlatUpdate  # it needs optimizers

        return FlatUpdate.of(self, parameters, gradients_like)

    def observe(self, loss: float) -> None:
        """Tell the schedules how good the network is: some wait for it to stop falling.

        A trainer does this for each evaluated epoch, with the loss on the test data.
        """
        for schedule in self._schedules():
            observe = getattr(schedule, "observe", None)
            if callable(observe):
                observe(loss)

    # -- what it remembers -------------------------------------------------------------
    def state(self) -> dict[str, np.ndarray]:
        """Copy what the optimizer remembers into a plain dict of arrays.

        ``step_count``; ``counts``, how often each parameter was updated; ``0/velocity``
        and so on, the states of the parameter of that number, in the order of
        `parameters`; and what schedules remember. Settings are not part of it.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> w = gn.Parameter([1.0, 2.0])
        >>> optimizer = gn.SGDMomentum(0.1, parameters=[w])
        >>> np.sum(w).backward()
        >>> optimizer.step()
        >>> optimizer.state()
        {'step_count': array(1), 'counts': array([1]), '0/velocity': array([1., 1.])}
        """
        return state_of(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up where :meth:`state` was called, with the same settings.

        Raises
        ------
        ArgumentError, ShapeError
            If the state is another optimizer's; then nothing has changed.
        """
        restore(self, state)

    # -- which parameters --------------------------------------------------------------
    @property
    def parameters(self) -> list[Parameter]:
        """What is trained: the parameters given, else those of the network."""
        whole = vars(self).get("_whole")
        if whole is not None:
            return [p for p, group in whole._pairs() if group is self]
        if self._given is not None:
            return list(self._given)
        if self.net is None:
            raise NotRunError(
                "the optimizer has no network",
                "gn.Trainer(network, optimizer) gives it one; or say what is to be "
                f"trained: gn.{type(self).__name__}(..., parameters=[w, b]).",
            )
        return list(self.net.parameters)

    @parameters.setter
    def parameters(self, parameters: Any) -> None:
        before, self._given = self._given, as_parameters(parameters)
        try:
            self._pairs()  # groups that fit nothing are found at once
        except ArgumentError:
            self._given = before
            raise

    @property
    def groups(self) -> dict[Any, Any]:
        """For each key an optimizer that holds the settings of that group."""
        return self._groups

    @groups.setter
    def groups(self, groups: Any) -> None:
        made = make_groups(self, groups)
        if self._given is not None:
            assign(made, self._given, self)
        self._groups, self._assigned = made, {}

    def _pairs(self) -> list[tuple[Parameter, Any]]:
        """Pair each parameter with the optimizer that holds its settings."""
        if "_whole" in vars(self):
            raise ArgumentError(
                "a group is no optimizer by itself", "optimizer.step() updates it."
            )
        parameters = self.parameters
        if not self._groups:
            return [(parameter, self) for parameter in parameters]
        if len(parameters) != len(self._assigned) or not all(
            parameter in self._assigned for parameter in parameters
        ):
            self._assigned = assign(self._groups, parameters, self)
        for group in self._groups.values():
            follow(group, self)
        return [(parameter, self._assigned[parameter]) for parameter in parameters]

    def _schedules(self) -> list[Any]:
        """List the schedules, each once, the optimizer's own first."""
        rate = Rule.lr
        given = [
            innermost(rate.given(holder)) for holder in (self, *self._groups.values())
        ]
        return list({id(one): one for one in given if callable(one)}.values())

    def __repr__(self) -> str:
        known = settings_of(type(self)).items()
        shown = {name: setting.given(self) for name, setting in known}
        parts = [
            f"{name}={shown[name]!r}"
            for name, setting in known
            if name == "lr" or shown[name] != setting.default
        ]
        return f"{type(self).__name__}({', '.join(parts)})"


def innermost(rate: Any) -> Any:
    """Find the schedule within one that warms up, scales or counts epochs."""
    while callable(getattr(rate, "inner", None)):
        inner = rate.inner()
        if inner is None:
            break
        rate = inner
    return rate
