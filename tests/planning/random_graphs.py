"""Graphs of random NumPy calls on nodes, over leaves of all layouts."""

import numpy as np
from random_steps import STEPS, Misfit

import graphnn as gn

SIZES = (5, 6, 7, 8)
"""So many rows a batch may have; no other axis is as long."""

LIMIT = 3000
"""The most elements that a node may have."""


class RandomGraph:
    """A graph, what to compute in it, and what to differentiate by.

    Attributes
    ----------
    targets : list of node
        The first is a number.
    wrt : list of node
    """

    def __init__(self, seed, steps=25):
        self.rng = rng = np.random.default_rng(seed)
        self.dtype = rng.choice([np.float32, np.float64])
        self.graph = gn.Graph()
        with self.graph:
            self.leaves = self._leaves()
            self.nodes = list(self.leaves)
            for _ in range(steps):
                self._grow()
            self.loss = self._loss()
        found = [n for n in self.nodes if n.kind == "operation" and rng.random() < 0.15]
        self.targets = [self.loss, *found]
        self.wrt = [n for n in self.leaves if n.kind != "constant" and n in self.graph]
        self.wrt = [n for n in self.wrt if n.dtype.kind in "fc"]
        if rng.random() < 0.3:  # also by what is computed
            self.wrt += [node for node in found if node.dtype.kind == "f"][:1]

    # -- leaves ------------------------------------------------------------------------
    def numbers(self, shape):
        return self.rng.normal(size=shape).astype(self.dtype)

    def _leaves(self):
        self.rows = n = int(self.rng.choice([5, 6, 7]))
        m = int(self.rng.choice([1, 3, 4]))
        leaves = [gn.Input(f"x{i}", value=self.numbers((n, m))) for i in range(3)]
        leaves.append(gn.Input("row", value=self.numbers(m)))
        leaves.append(gn.Input("deep", value=self.numbers((2, n, m))))
        leaves.append(gn.Input("number", value=self.numbers(())))
        leaves.append(gn.Input("places", value=self.rng.integers(0, 5, size=4)))
        if self.rng.random() < 0.3:
            z = self.numbers((n, m)) + 1j * self.numbers((n, m))
            leaves.append(gn.Input("z", value=z))
        big = self.numbers((2 * m, 3 * m))
        arrays = [
            self.numbers((m, m)),
            np.asfortranarray(self.numbers((m, 4))),
            big[::2, ::3],
            big[:m, :m].T,
            self.numbers((m, m))[::-1, ::-1],
            self.numbers((1, m)),
        ]
        leaves += [gn.Parameter(array, name=f"p{i}") for i, array in enumerate(arrays)]
        leaves.append(gn.Constant(self.numbers((n, m))))
        return leaves

    # -- nodes -------------------------------------------------------------------------
    def pick(self, condition=lambda node: True):
        found = [node for node in self.nodes if condition(node)]
        if not found:
            raise Misfit
        return found[int(len(found) * self.rng.random() ** 0.6)]

    def real(self, ndim=0):
        return self.pick(lambda n: n.dtype.kind == "f" and n.ndim >= ndim and n.size)

    def leaf(self, name):
        return next(leaf for leaf in self.leaves if leaf.name == name)

    def axis(self, x):
        return int(self.rng.integers(-x.ndim, x.ndim))

    def _grow(self):
        step = STEPS[self.rng.integers(len(STEPS))]
        try:
            made = step(self)
        except (Misfit, ValueError, TypeError, IndexError, np.linalg.LinAlgError):
            return  # it does not fit; nothing was added
        for node in made if isinstance(made, list | tuple) else [made]:
            if isinstance(node, gn.Operation) and node.size <= LIMIT and node.ndim < 6:
                self.nodes.append(node)

    def _loss(self):
        """Add up what is smooth, and what stands last."""
        parts = [
            node
            for node in self.nodes[::-1]
            if node.kind == "operation" and node.dtype.kind in "fc" and node.size
        ][:6]
        total = np.sum(self.nodes[0] * 0.5)
        for node in parts:
            part = (
                np.real(node) * 0.5 + np.imag(node) if node.dtype.kind == "c" else node
            )
            kind = self.rng.integers(4)
            if kind == 0:
                total = total + np.mean(np.tanh(part))
            elif kind == 1:
                total = total + np.sum(part)
            elif kind == 2:
                total = total + np.sum(np.tanh(part) ** 2)
            else:
                total = np.mean(np.sin(part)) + total
        return total

    # -- runs --------------------------------------------------------------------------
    def feeds(self, rows=None):
        """Draw other values for some inputs; with `rows`, of another size for all."""
        drawn = {}
        for leaf in self.leaves:
            if leaf.kind != "input":
                continue
            if rows is None and self.rng.random() < 0.3:
                continue
            shape = tuple(
                [rows or size if size in SIZES else size for size in leaf.shape]
            )
            if leaf.dtype.kind == "i":
                drawn[leaf] = self.rng.integers(0, 5, size=4)
            elif leaf.dtype.kind == "c":
                drawn[leaf] = self.numbers(shape) + 1j * self.numbers(shape)
            else:
                drawn[leaf] = self.numbers(shape)
        return drawn
