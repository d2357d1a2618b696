"""Which line of a user's own formula a part of it comes from."""

from __future__ import annotations

import inspect
import sys
from types import FrameType
from typing import Any

from graphnn.engine.hooks import call_output
from graphnn.graph.context import Facts, Trace
from graphnn.graph.graph import Graph
from graphnn.graph.source import is_library


class LineTrace(Trace):
    """A trace whose parts carry the line that calls them, not that of the operation."""

    @property
    def source(self) -> Any:
        """The line of the formula that runs; in the library, where it is used."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not call_output.__code__:
            code = frame.f_code
            if not is_library(code.co_filename):
                return code.co_filename, frame.f_lineno, code.co_name
            frame = frame.f_back
        return self[2]


def trace_lines(graph: Graph, node: Any) -> None:
    """Let the parts of an operation carry their lines, if its formula is a user's."""
    formula = inspect.unwrap(type(node)._output)
    code = getattr(formula, "__code__", None)
    if code is not None and not is_library(code.co_filename):
        graph._traces[node.id] = LineTrace(node.id, False, node._source, Facts())
