"""The built-in layout: from a scene to SVG, in plain Python.

It serves where there is no Graphviz, and where Graphviz would take too long: its time
grows in proportion to the picture.
"""

from __future__ import annotations

from graphnn.draw.layered.layout import layout_of
from graphnn.draw.layered.svg import written
from graphnn.draw.scene import Scene


def to_svg(scene: Scene) -> str:
    """Lay a scene out, and write it as SVG.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
        A complete document, the same in every process. Each box is a group of the class
        ``node`` with its key as ``id``; frames are of the class ``cluster``, arrows of
        the class ``edge``. A title of each tells what it is to those who point at it.

    Examples
    --------
    >>> from graphnn.draw.scene import Arrow, Box
    >>> from graphnn.draw.themes import LIGHT
    >>> look = LIGHT.looks["operation"]
    >>> boxes = [Box(key, "operation", key, look) for key in ("n0", "n1")]
    >>> svg = to_svg(Scene(LIGHT, boxes=boxes, arrows=[Arrow("n0", "n1")]))
    >>> svg.count('class="node"'), svg.count('class="edge"')
    (2, 1)
    """
    return written(scene, layout_of(scene))


__all__ = ["to_svg"]
