"""What layers and networks are made of: parameters, states, operations, layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from graphnn.graph import Operation, Parameter, State
from graphnn.graph.nodelist import NodeList

if TYPE_CHECKING:
    import numpy as np

BOOKKEEPING = frozenset({"_ends", "_own_ends", "graph", "params", "param_grads"})
"""Attributes that hold no part."""


class Assembly:
    """Something with parts: attributes, and what is in lists, tuples, dicts of them."""

    _trainable: bool = True

    @property
    def sublayers(self) -> list[Any]:
        """The layers inside this one, each once."""
        found = {id(part): part for part in parts_of(self) if is_layer(part)}
        return list(found.values())

    @property
    def parameters(self) -> NodeList:
        """The parameters of all parts, each once."""
        return NodeList(unique(parameters_of(self)))

    @property
    def states(self) -> NodeList:
        """What the parts carry from one training pass to the next, each once."""
        return NodeList(unique(states_of(self)))

    @property
    def trainable(self) -> bool:
        """Whether the parameters are trained; setting it goes for all parts."""
        return self._trainable

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._trainable = bool(trainable)
        for parameter in parameters_of(self):
            parameter.trainable = self._trainable
        for layer in self.sublayers:
            layer.trainable = trainable  # also what it has still to set up


def is_layer(part: Any) -> bool:
    """Tell a layer from the other attributes."""
    return isinstance(part, Assembly)


def parts_of(assembly: Any) -> Iterator[Any]:
    """Give the parts in the order in which they became attributes."""
    for key, value in vars(assembly).items():
        if key in BOOKKEEPING:
            continue
        if isinstance(value, list | tuple):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()
        else:
            yield value


def parameters_of(assembly: Any) -> Iterator[Parameter]:
    """Find the parameters, some of them perhaps more than once."""
    for part in parts_of(assembly):
        if isinstance(part, Parameter):
            yield part
        elif is_layer(part):
            yield from parameters_of(part)
        elif isinstance(part, Operation):
            parameter = getattr(part, "parameter", None)
            if isinstance(parameter, Parameter):
                yield parameter


def states_of(assembly: Any) -> Iterator[State]:
    """Find the states, some of them perhaps more than once."""
    for part in parts_of(assembly):
        if isinstance(part, State):
            yield part
        elif is_layer(part):
            yield from states_of(part)
        elif isinstance(part, Operation):
            yield from part.states


def unique(nodes: Iterable[Any]) -> list[Any]:
    """Drop repetitions."""
    return list({node.id: node for node in nodes}.values())


def seed_layers(layers: Iterable[Any], rng: Callable[[], np.random.Generator]) -> None:
    """Give each layer that has no generator one of its own, spawned from `rng()`."""
    fresh = list({id(layer): layer for layer in layers if layer._rng is None}.values())
    if fresh:
        for layer, its in zip(fresh, rng().spawn(len(fresh)), strict=True):
            layer.rng = its


# -- a set-up that fails ---------------------------------------------------------------
def set_up_state(layers: Iterable[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Give what setting layers up changes, to go back to if it fails."""
    states: dict[int, tuple[Any, dict[str, Any]]] = {}
    waiting = list(layers)
    while waiting:
        layer = waiting.pop()
        if id(layer) not in states:
            attributes = {
                key: value.copy() if type(value) in (list, dict) else value
                for key, value in vars(layer).items()
            }
            states[id(layer)] = layer, attributes
            waiting += layer.sublayers
    return list(states.values())


def restore(states: list[tuple[Any, dict[str, Any]]]) -> None:
    """Go back to what :func:`set_up_state` has given."""
    for layer, attributes in states:
        vars(layer).clear()
        vars(layer).update(attributes)
