"""The formats that are plain text, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphnn.draw.scene import Scene


def write(scene: Scene, form: str) -> str:
    """Write a scene as text.

    Parameters
    ----------
    scene : Scene
    form : {"dot", "mermaid", "json", "graphml"}

    Returns
    -------
    str
    """
    if form == "mermaid":
        from graphnn.draw.formats.mermaid import to_mermaid

        return to_mermaid(scene)
    if form == "json":
        from graphnn.draw.formats.exchange import to_json

        return to_json(scene)
    if form == "graphml":
        from graphnn.draw.formats.exchange import to_graphml

        return to_graphml(scene)
    from graphnn.draw.formats.dot import to_dot

    return to_dot(scene)
