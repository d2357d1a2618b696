"""Which scopes are closed: boxes that stand for all that is in them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphnn.draw.choosing import chosen, fits, texts_of
from graphnn.draw.folding.cutting import Cut
from graphnn.draw.folding.repeats import Repeats
from graphnn.draw.folding.scopes import Tree
from graphnn.draw.formulas.meant import operations_meant
from graphnn.draw.pieces import Pieces, one_each

if TYPE_CHECKING:
    from graphnn.draw.view import View


def folded(view: View) -> Pieces:
    """Cut a graph into boxes, as deep as was asked for.

    Scopes are closed that `depth` and `fold` name and `expand` does not; where neither
    of the first two is given, and there are more than `max_nodes` boxes, the deepest
    are. Whenever any are, equal blocks in a row are drawn once, unless `repeats` is
    False, or they are to be compared: coloured by what they measure.

    Parameters
    ----------
    view : View

    Returns
    -------
    Pieces

    Raises
    ------
    MissingNode
        If a name or a glob fits nothing.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> from graphnn.draw.view import View
    >>> layers = [gn.Dense(4, "tanh"), gn.Dense(4, "tanh"), gn.Dense(1)]
    >>> net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
    >>> _ = net.forward(np.ones((2, 4)))
    >>> pieces = folded(View(net.graph, Options(depth=1)))
    >>> [(piece.title, piece.count) for piece in pieces.all if piece.is_fold]
    [('dense_1 … dense_2', 2), ('dense_3', 1)]
    """
    options = view.options
    asked = options.depth is not None or has_names(options.fold)
    most = options.max_nodes
    if options.depth is not None or most is None or len(view.nodes) <= most:
        most = None  # it need not be looked at
    if not asked and most is None and not has_names(options.expand):
        return one_each(view)
    tree = Tree(view)
    choice = Choice(view, tree)
    is_flat = not any(tree.level)
    if not asked and (most is None or is_flat):
        pieces = one_each(view)
        if most is not None:
            pieces.remarks = (
                f"{len(view.nodes):,} nodes in no scopes: nothing folds. around= and "
                "target= draw a part.",
            )
        return pieces
    # Blocks that are coloured by what they measure are there to be compared.
    compares = asked and options.color_by not in (None, "dtype")
    joins = options.repeats and not compares
    repeats = Repeats(
        view,
        tree,
        choice.states,
        may_join=lambda scope: joins and not choice.is_named[scope],
        opens=lambda scope: not choice.closes(scope, options.depth),
    )
    depth = options.depth
    if most is not None:
        depth = deepest(tree, choice, repeats, most)
    closed = [choice.closes(scope, depth) for scope in range(len(tree.paths))]
    pieces = Cut(view, tree, repeats, closed).pieces()
    remarks = []
    if most is not None and len(pieces.all) < len(view.nodes):
        remarks.append(
            f"{len(view.nodes):,} nodes in {len(pieces.all):,} boxes: depth= or "
            "expand= opens more"
        )
    shows_numbers = options.passes != "forward" or {"value", "grad"} & {*options.show}
    if pieces.counts and shows_numbers:
        remarks.append("Of equal blocks the first is drawn; the numbers are its own.")
    pieces.remarks = tuple(remarks)
    return pieces


def has_names(given: Any) -> bool:
    """Tell whether anything is named."""
    return given is not None and (callable(given) or given == "" or bool(given))


class Choice:
    """Which scopes were named to be closed, and which to be open.

    Attributes
    ----------
    folds, is_named, opens : list of bool
        By scope: whether it is named to be closed, whether it is named to be open, and
        whether that holds for it or for a scope in it.
    states : list of tuple of bool
        All three.
    """

    def __init__(self, view: View, tree: Tree) -> None:
        self.tree = tree
        options = view.options
        count = len(tree.paths)
        self.folds, self.is_named = [False] * count, [False] * count
        if has_names(options.fold) or has_names(options.expand):
            texts = ["/".join(path) for path in tree.paths]
            known = Names(view, {text for text in texts if text})
            folds = known.meant(options.fold, "fold")
            named = known.meant(options.expand, "expand", operations=True)
            self.folds = [text in folds for text in texts]
            self.is_named = [text in named for text in texts]
        self.opens = list(self.is_named)
        for node_id in operations_meant(view):
            if node_id in tree.of:
                self.opens[tree.of[node_id]] = True
        for scope in range(count - 1, -1, -1):
            if self.opens[scope]:
                self.opens[tree.parent[scope]] = True
        self.states = list(zip(self.folds, self.is_named, self.opens, strict=True))

    def closes(self, scope: int, depth: int | None) -> bool:
        """Tell whether a scope is closed, for a number of levels that are open."""
        if self.opens[scope]:
            return False
        is_deep = depth is not None and self.tree.level[scope] >= depth
        return is_deep or self.folds[scope]


class Names:
    """The names that scopes and operations have.

    Parameters
    ----------
    view : View
    scopes : set of str
        Those of the scopes that are shown.
    """

    def __init__(self, view: View, scopes: set[str]) -> None:
        self.view, self.scopes = view, scopes

    def meant(self, given: Any, what: str, *, operations: bool = False) -> set[str]:
        """Find the scopes that are meant; with `operations`, names may be theirs.

        Raises
        ------
        MissingNode
            For what is the name of nothing in the graph.
        """
        if not operations or given is None or callable(given):
            known = self.scopes
            if any(not self._fits_a_scope(text) for text in texts_of(given, what)):
                known = known | self._hidden
            return chosen(known, given, what)
        found: set[str] = set()
        for text in texts_of(given, what):
            known = self.scopes
            if text not in known and text in self._nodes:
                continue  # an exact name wins over a glob
            if not self._fits_a_scope(text):
                known = known | self._hidden | self._operations
            found |= chosen(known, text, what)
        return found

    def _fits_a_scope(self, text: str) -> bool:
        return text in self.scopes or any(fits(name, text) for name in self.scopes)

    @cached_property
    def _hidden(self) -> set[str]:
        """The scopes of the whole graph, shown or not."""
        scopes = dict.fromkeys(node.scope for node in self.view.graph.nodes)
        return {
            "/".join(scope[:depth])
            for scope in scopes
            for depth in range(1, len(scope) + 1)
        }

    @cached_property
    def _nodes(self) -> set[str]:
        graph = self.view.graph
        return {graph.name_of(node) for node in graph.nodes}

    @cached_property
    def _operations(self) -> set[str]:
        graph = self.view.graph
        return {graph.name_of(n) for n in graph.nodes if n.kind == "operation"}


def deepest(tree: Tree, choice: Choice, repeats: Repeats, most: int) -> int | None:
    """Find how many levels may be open, for so many boxes; None for all, 1 at least."""
    own = [0] * len(tree.paths)
    for node_id, scope in tree.of.items():
        if node_id not in repeats.stand_ins:
            own[scope if tree.paths[scope] else tree.home[node_id]] += 1
    filled = list(own)
    for scope in range(len(own) - 1, -1, -1):
        if tree.parent[scope] != scope:
            filled[tree.parent[scope]] += filled[scope]

    def boxes(depth: int | None) -> int:
        total = 0
        closed = [False] * len(own)
        for scope, parent in enumerate(tree.parent):
            if closed[parent]:
                closed[scope] = True
            elif choice.closes(scope, depth):
                closed[scope] = True
                total += filled[scope] > 0
            else:
                total += own[scope]
        return total

    if boxes(None) <= most:
        return None
    fitting, too_deep = 1, max(tree.level) + 1
    while too_deep - fitting > 1:
        depth = (fitting + too_deep) // 2
        if boxes(depth) <= most:
            fitting = depth
        else:
            too_deep = depth
    return fitting
