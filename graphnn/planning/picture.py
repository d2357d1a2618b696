"""A plan as a picture."""

from __future__ import annotations

from typing import Any


def drawn(planned: Any, path: Any, **settings: Any) -> Any:
    """Draw the graph that is planned."""
    return planned.graph.draw(path, **settings)
