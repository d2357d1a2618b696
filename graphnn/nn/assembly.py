"""What layers and networks are made of: parameters, states, operations, layers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph import Graph, Operation, Parameter, State
from graphnn.graph.nodelist import NodeList

BOOKKEEPING = frozenset(
    {"_ends", "_own_ends", "_own_structure", "_rng", "_source", "graph", "params"}
    | {"_collected", "_inputs", "_plans", "_prediction", "_structure", "_targets"}
    | {"_remains"}
)
"""Attributes that hold no part."""

PLAIN = frozenset({bool, int, float, str, type(None), np.ndarray})
"""Types that are no parts and hold none; told first, since most attributes are such."""


class Assembly:
    """Something with parts: attributes, and what is in lists, tuples, dicts of them."""

    is_part: ClassVar[bool] = False
    """Whether it may be a part of another one, as a layer may."""

    _trainable: bool = True
    graph: Graph | None
    _remains: Any = None
    """What is left of a graph that could not be built."""

    def _graph_or_remains(self) -> Graph | None:
        """Give the graph; if it could not be built, what a picture needs of it."""
        if self.graph is None and self._remains is not None:
            remains: Graph = self._remains.graph
            return remains
        return self.graph

    @property
    def sublayers(self) -> list[Any]:
        """The layers inside this one, each once; not those inside of these."""
        found = {id(part): part for part in parts_of(self) if is_layer(part)}
        return list(found.values())

    @property
    def parameters(self) -> NodeList:
        """The parameters of all parts, each once."""
        return NodeList([part for part in walk(self) if isinstance(part, Parameter)])

    @property
    def states(self) -> NodeList:
        """What the parts carry from one training pass to the next, each once."""
        return NodeList([part for part in walk(self) if isinstance(part, State)])

    @property
    def trainable(self) -> bool:
        """Whether the parameters are trained; setting it goes for all parts."""
        return self._trainable

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._trainable = bool(trainable)
        for part in walk(self):
            if isinstance(part, Parameter):
                part.trainable = self._trainable
            elif is_layer(part):
                part._trainable = self._trainable  # for what it has still to set up


def is_layer(part: Any) -> bool:
    """Tell a layer from the other attributes."""
    return isinstance(part, Assembly) and part.is_part


def parts_of(assembly: Any) -> list[Any]:
    """List the layers, parameters and states of an assembly itself.

    They come in the order in which they became attributes. An operation stands for its
    parameter and its states.
    """
    values = [
        value
        for key, value in vars(assembly).items()
        if type(value) not in PLAIN and key not in BOOKKEEPING
    ]
    return parts_among(values)


def parts_among(values: Iterable[Any]) -> list[Any]:
    """List the layers, parameters and states among values, and in containers there."""
    found: list[Any] = []
    for value in values:
        if type(value) in PLAIN:
            continue
        cls: Any = type(value)
        kind = kind_of(cls)
        if kind is Assembly:
            found.append(value)
        elif kind is Operation:
            parameter = vars(value).get("parameter")
            if parameter is not None:
                found += parts_among([parameter])
            found += value.states
        elif kind is list:
            found += parts_among(items_of(value))
    return found


@lru_cache(maxsize=256)  # this is asked for every attribute in every pass
def kind_of(cls: type) -> type | None:
    """Say what a value of a class is: a part, an operation, a container, or nothing."""
    if issubclass(cls, Parameter | State) or (
        issubclass(cls, Assembly) and cls.is_part
    ):
        return Assembly
    if issubclass(cls, Operation):
        return Operation
    return list if issubclass(cls, list | tuple | dict) else None


def walk(assembly: Any, values: Iterable[Any] | None = None) -> list[Any]:
    """List the layers, parameters and states at every depth, each once.

    A layer comes before its own parts. Instead of the assembly's attributes, some of
    their values can be given.

    Raises
    ------
    ArgumentError
        For a layer that contains itself.
    """
    return list({id(part): part for part in full_walk(assembly, values)}.values())


def full_walk(assembly: Any, values: Iterable[Any] | None = None) -> list[Any]:
    """List the same, and each part as often as a layer has it."""
    parts = parts_of(assembly) if values is None else parts_among(values)
    found: list[Any] = []
    entered: set[int] = {id(assembly)}
    path = [(assembly, iter(parts))]
    while path:
        for part in path[-1][1]:
            found.append(part)
            if isinstance(part, Assembly):
                if id(part) in entered:
                    refuse_cycle([owner for owner, _ in path], part)
                else:
                    entered.add(id(part))
                    path.append((part, iter(parts_of(part))))
                    break
        else:
            path.pop()
    return found


def refuse_cycle(path: list[Any], part: Any) -> None:
    """Refuse a part that is one of the layers that it was reached through."""
    places = [place for place, owner in enumerate(path) if owner is part]
    if places:
        names = [type(owner).__name__ for owner in [*path[places[0] :], part]]
        raise ArgumentError(
            f"a layer contains itself: {' > '.join(names)}",
            "Whatever is an attribute of a layer is a part of it. Keep what is none in "
            "a weakref.ref(...), or hand it over in the call.",
        )


def layers_in(assembly: Any) -> list[Any]:
    """List the layers at every depth, each once."""
    return [part for part in walk(assembly) if is_layer(part)]


def seed_layers(layers: Iterable[Any], rng: Callable[[], np.random.Generator]) -> None:
    """Give each layer that has no generator one of its own, spawned from `rng()`."""
    fresh = list({id(layer): layer for layer in layers if layer._rng is None}.values())
    if fresh:
        for layer, its in zip(fresh, rng().spawn(len(fresh)), strict=True):
            layer.rng = its


def are_the_same(some: Collection[Any], others: Collection[Any]) -> bool:
    """Compare two lists of objects by identity: nodes have no other equality."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


def copies_of(values: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair lists and dicts, also those inside of others, with copies of them."""
    for value in values:
        if type(value) in PLAIN:
            continue
        if isinstance(value, list | dict):
            yield value, value.copy()
        if isinstance(value, list | tuple | dict):
            yield from copies_of(items_of(value))


def items_of(container: Any) -> Any:
    """Give what is in a list, a tuple, or a dict."""
    return container.values() if isinstance(container, dict) else container


class Structure:
    """What a graph was built from: to tell whether that is still the case.

    Parameters
    ----------
    assembly : Assembly
    layers : list of Layer, optional
        Those of its parts that the graph was built from; by default all.
    """

    def __init__(self, assembly: Any, layers: list[Any] | None = None) -> None:
        self.given = [] if layers is None else list(layers)
        self.parts = full_walk(assembly, layers)
        self.layers = [part for part in walk(assembly, layers) if is_layer(part)]
        self.fresh = [layer.first for layer in self.layers]  # some may not be in use
        self.parameters = [list(layer.parameters) for layer in self.layers]
        self._owners = [*([assembly] if layers is None else []), *self.layers]
        self._take_down()

    def _take_down(self) -> None:
        """Note where parts are, or may come: that is sooner compared than all parts."""
        self._places = [
            (owner, key, value)
            for owner in self._owners
            for key, value in vars(owner).items()
            if key not in BOOKKEEPING and (value is None or parts_among([value]))
        ]
        self._sizes = [len(vars(owner)) for owner in self._owners]
        self._containers = list(copies_of([value for _, _, value in self._places]))

    @property
    def containers(self) -> list[tuple[Any, Any]]:
        """Pair the lists that hold parts, and what is in dicts, with copies of them."""
        return [(items_of(one), items_of(copy)) for one, copy in self._containers]

    def is_that_of(self, assembly: Any, layers: list[Any] | None = None) -> bool:
        """Tell whether no layer, parameter or state has come, gone, or starts afresh.

        Settings that a layer has read when it was set up are not looked at.
        """
        if not are_the_same(layers or [], self.given):
            return False
        if [layer._first for layer in self.layers] != self.fresh:
            return False
        if self._is_in_place():
            return True
        same = are_the_same(full_walk(assembly, layers), self.parts)
        if same:  # a layer may have been used in another graph
            self._take_down()
        return same

    def _is_in_place(self) -> bool:
        if [len(owner.__dict__) for owner in self._owners] != self._sizes:
            return False
        for owner, key, value in self._places:
            if owner.__dict__.get(key) is not value:
                return False
        for container, its in self._containers:
            if not are_the_same(items_of(container), items_of(its)):
                return False
        return True

    def collect(self) -> None:
        """Let each layer show the gradients of the last pass, when it is asked."""
        for layer, parameters in zip(self.layers, self.parameters, strict=True):
            if type(layer._collected) is not Collected:
                layer.__dict__["_collected"] = Collected(parameters)


class Collected:
    """The gradients of a pass, which are looked up when somebody asks for them."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters

    def gradients(self) -> list[Any]:
        """List the gradients of the last pass."""
        return [parameter.grad for parameter in self.parameters]

    def __reduce__(self) -> Any:
        return list, (self.gradients(),)  # copies and pickles hold the gradients
