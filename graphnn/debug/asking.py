"""What a stepper is asked about the step that it stands behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphnn.debug.moving import Moving
from graphnn.errors import NotRunError

if TYPE_CHECKING:
    from graphnn.debug.check_results import Checks, NodeCheck
    from graphnn.debug.contributions import Contributions
    from graphnn.debug.stepper import Stepper
    from graphnn.engine import Step
    from graphnn.guards.statuses import Origin


class Asking(Moving):
    """The questions of a :class:`Stepper`; each is imported when it is asked."""

    def why(self, node: Any, element: Any = None) -> Contributions:
        """Say what an element of a gradient is made of.

        Parameters
        ----------
        node : node or str
            As text with its element, too: ``"w[2, 3]"``, ``"w.grad[2, 3]"``.
        element : int or tuple of int, optional
            Default: the largest one.

        Returns
        -------
        Contributions
            Ranked, each with its share; ``contribution.why()`` goes one level further.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> w = gn.Parameter([1.0, 2.0], name="w")
        >>> stepper = gn.Stepper(np.sum(w * w * 3.0).graph)
        >>> _ = stepper.continue_()
        >>> [(c.position, float(c.value)) for c in stepper.why("w", 1)]
        [(0, 6.0), (1, 6.0)]
        >>> stepper.why("w.grad[1]").gradient
        12.0
        """
        from graphnn.debug.contributions import why
        from graphnn.debug.watched import gradient_called

        if isinstance(node, str) and element is None:
            node, element = gradient_called(node, self.graph)
        return why(self.graph.find(node), element, graph=self.graph)

    def origin(self, kind: Any = "nan", **settings: Any) -> Origin:
        """Find where something has gone wrong; see :func:`graphnn.origin`."""
        from graphnn.guards.statuses import origin

        return origin(self.graph, kind, **settings)

    def check(self, node: Any = None) -> NodeCheck | Checks:
        """Compare gradient formulas with finite differences, at the values at hand.

        Parameters
        ----------
        node : node or str, optional
            Default: the node of the step that the stepper stands behind. ``"all"``: the
            operations of the pass that have run, one by one.

        Returns
        -------
        NodeCheck, or Checks for all
        """
        from graphnn.debug.local_check import check_all, check_node

        if isinstance(node, str) and node == "all" and "all" not in self._names():
            return check_all(self.graph)
        if node is None:
            return check_node(self._step().node)
        return check_node(self.graph.find(node))

    def _names(self) -> list[str]:
        return [node.name for node in self.graph.nodes]

    def _step(self) -> Step:
        if self.current is None:
            raise NotRunError(
                "the stepper stands before the first step",
                "Take a step first: stepper.step().",
            )
        return self.current

    def draw(self, path: str | Path | None = None, **settings: Any) -> Any:
        """Draw the graph as it stands, with the cursor in it.

        Parameters
        ----------
        path : path_like, optional
            Where to; the suffix is the format. Without one, a picture that a notebook
            shows.
        **settings
            Of :func:`graphnn.debug.picture.draw_stepper`: `radius`, `direction`.
        """
        from graphnn.debug.picture import draw_stepper

        settings.setdefault("error", self.failure)
        return draw_stepper(self, path, **settings)  # type: ignore[arg-type]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """Show a notebook the picture, with the cursor in it."""
        bundle = self.draw()._repr_mimebundle_(include, exclude)
        return bundle | {"text/plain": repr(self)} if "text/plain" in bundle else bundle

    def expand(self, node: Any = None) -> Stepper:
        """Step through an operation's own formula, one NumPy call at a time.

        Parameters
        ----------
        node : node or str, optional
            One that has run. Default: the node of the step that the stepper stands
            behind.

        Returns
        -------
        Stepper
            Over a graph of its own, fed with the values at hand; the backward pass
            starts with the gradient that has reached the node, where one has.
        """
        from graphnn.debug.expanding import expand_node
        from graphnn.debug.stepper import Stepper

        found = self._step().node if node is None else self.graph.find(node)
        expanded = expand_node(found)
        backward = expanded.output_grad is not None
        return Stepper(
            expanded.graph,
            target=expanded.target,
            training=self.tape.training,
            output_grad=expanded.output_grad,
            wrt=expanded.wrt if backward else None,
            backward=backward,
        )

    def interact(self) -> None:
        """Open the terminal debugger here; ``h`` explains its words."""
        from graphnn.debug.terminal.debugger import Debugger

        Debugger(self).interact()  # type: ignore[arg-type]
