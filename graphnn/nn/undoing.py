"""A set-up that fails leaves no trace: layers as they were, generators where they were.

So the next batch sets them up with the weights that they would have had at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from graphnn.graph import Graph
from graphnn.graph.context import CONTEXT
from graphnn.graph.failing import note_refused_layer, note_removed
from graphnn.graph.remains import remains_of
from graphnn.nn.assembly import copies_of, is_layer, walk


@contextmanager
def undone_if_it_fails(layers: Iterable[Any]) -> Iterator[None]:
    """Let a block that fails leave layers, and those inside of them, as they were."""
    known = [Record(part) for part in walk(None, layers) if is_layer(part)]
    try:
        yield
    except BaseException:
        for record in known:
            record.restore()
        raise


@contextmanager
def noted_if_it_fails(
    layer: Any, name: str, graph: Graph | None, inputs: list[Any]
) -> Iterator[None]:
    """Let a graph remember a layer that could not be added to it."""
    try:
        yield
    except BaseException as error:
        if graph is not None:
            scope = (*CONTEXT.get().scope, name)
            note_refused_layer(graph, layer, scope, inputs, error)
        raise


@contextmanager
def remains_kept(assembly: Any, graph: Graph) -> Iterator[None]:
    """Let a block that builds a graph and fails leave what a picture needs of it.

    That is the attribute ``_remains``; one of an earlier block goes.
    """
    try:
        yield
    except BaseException as error:
        note_removed(graph, error, [])
        vars(assembly)["_remains"] = Remains(graph)
        raise
    vars(assembly).pop("_remains", None)


class Remains:
    """What is left of a graph that could not be built; there is none in a copy."""

    def __init__(self, graph: Graph) -> None:
        self.graph = remains_of(graph)

    def __reduce__(self) -> Any:
        return type(None), ()


class Record:
    """The attributes of a layer, and what is in their lists and dicts."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.attributes = dict(vars(layer))
        self.containers = list(copies_of(self.attributes.values()))
        self.random = None if layer._rng is None else Place(layer._rng)

    def restore(self) -> None:
        """Go back."""
        attributes = vars(self.layer)
        attributes.clear()
        attributes.update(self.attributes)
        for container, its in self.containers:
            if isinstance(container, dict):
                container.clear()
                container.update(its)
            else:
                container[:] = its
        if self.random is not None:
            attributes["_rng"] = self.random.restored()


class Place:
    """Where a random generator is: in its numbers, and in the spawning of others."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.state = rng.bit_generator.state
        self.spawned = self._spawned()

    def _spawned(self) -> Any:
        return getattr(self.rng.bit_generator.seed_seq, "n_children_spawned", None)

    def restored(self) -> np.random.Generator:
        """Give the generator as it was: the same, or one like it if it has spawned."""
        rng, bits = self.rng, self.rng.bit_generator
        if self._spawned() != self.spawned:
            seeds: Any = bits.seed_seq  # it can be told how many only when it is made
            seeds = type(seeds)(
                seeds.entropy,
                spawn_key=seeds.spawn_key,
                pool_size=seeds.pool_size,
                n_children_spawned=self.spawned,
            )
            bits = type(bits)(seeds)
            rng = type(rng)(bits)
        bits.state = self.state
        return rng
