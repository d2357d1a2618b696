"""What the names of a step refer to, for commands that are about a node."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.shell import Refused

OWN = {"grad": "grad", "output_grad": "grad", "output": "value", "value": "value"}
INPUTS = {
    **dict.fromkeys(("input_", "inputs", "param"), "value"),
    **dict.fromkeys(("input_grad", "input_grads", "accumulated", "param_grad"), "grad"),
}
"""Names of a step, and whether they are the value or the gradient of a node."""

TEXT = re.compile(r"(?P<name>\w+)\s*(?P<index>\[.*\])?", re.DOTALL)


class Referred(NamedTuple):
    """A value or a gradient of a node, or an element of it.

    Attributes
    ----------
    node : node
    what : {"value", "grad"}
    element : str
        In brackets; empty for the whole.
    """

    node: Any
    what: str
    element: str


class Referring(Base):
    """Finds the node that ``grad``, ``input_grads[1]`` and the like belong to."""

    def referred(self, text: str) -> Referred | None:
        """Find out what a name of the step means: the node, or one of its inputs.

        The gradient of an input is that of the node which gives the input.

        Returns
        -------
        Referred or None
            None for what is no name of the step.

        Raises
        ------
        Refused
            Where there is no such input, no parameter, or no step yet.
        """
        found = TEXT.fullmatch(text.strip())
        if found is None or self.names.is_node(found["name"]):
            return None
        name, index = found["name"], found["index"] or ""
        if name not in OWN and name not in INPUTS:
            return None
        node = self.current_step().node
        if name in OWN:
            return Referred(node, OWN[name], index)
        what = INPUTS[name]
        if name in ("param", "param_grad"):
            parameter = getattr(node, "parameter", None)
            if parameter is None:
                raise Refused(f"{printable(node.name)} has no parameter")
            return Referred(parameter, what, index)
        givers = node.inputs
        if name in ("input_", "input_grad") and givers:
            return Referred(givers[0], what, index)
        first = re.match(r"\[\s*(\d+)\s*\]", index)
        if first is None or int(first[1]) >= len(givers):
            raise Refused(f"which of the {len(givers)} {name}?", f"Such as {name}[0]")
        return Referred(givers[int(first[1])], what, index[first.end() :])
