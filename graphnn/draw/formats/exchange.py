"""A scene as data that programs read: networkx's node-link JSON, and GraphML."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import clean

if TYPE_CHECKING:
    import networkx

    from graphnn.draw.scene import Scene


def to_network(scene: Scene) -> networkx.MultiDiGraph[str]:
    """Give a scene as a networkx graph: what is drawn, with what is known of it.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    networkx.MultiDiGraph
        Node attributes: ``label``, ``kind``, ``lines``, ``scope``, and facts such as
        ``class``, ``shape``, ``dtype``, ``source``. Edge attributes: ``role``,
        ``label``. A gradient's edge leads where the gradient flows.
    """
    import networkx

    network: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    network.graph.update(
        name=clean(scene.title),
        direction=scene.direction,
        caption="\n".join(map(clean, scene.caption)),
    )
    scopes: dict[str | None, str] = {None: ""}
    for frame in scene.frames:
        path = f"{scopes[frame.parent]}/{clean(frame.title)}".lstrip("/")
        scopes[frame.key] = path
    for box in scene.boxes:
        network.add_node(
            box.key,
            label=clean(box.title) + box.suffix,
            lines="\n".join(map(clean, box.lines)),
            scope=scopes[box.frame],
            kind=box.kind,
            fill=box.look.fill,
            **_plain(box.facts),
        )
    for arrow in scene.arrows:
        ends = (arrow.tail, arrow.head)
        tail, head = reversed(ends) if arrow.role == "gradient" else ends
        network.add_edge(
            tail,
            head,
            role=arrow.role,
            label=clean(arrow.label),
            **_plain(arrow.facts),
        )
    return network


def to_json(scene: Scene) -> str:
    """Write a scene in networkx's node-link form.

    ``networkx.node_link_graph(json.loads(text), edges="edges")`` reads it again.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
    """
    import networkx

    data = networkx.node_link_data(to_network(scene), edges="edges")
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_graphml(scene: Scene) -> str:
    """Write a scene as GraphML, for yEd, Gephi, Cytoscape; ``networkx.read_graphml``.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    str
    """
    import networkx

    stream = io.BytesIO()
    networkx.write_graphml_xml(to_network(scene), stream, encoding="utf-8")
    return stream.getvalue().decode() + "\n"


def _plain(facts: Any) -> dict[str, Any]:
    """Give facts as what both formats hold; JSON has no infinity and no NaN."""
    plain: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, bool | int):
            plain[name] = value
        elif isinstance(value, float):
            finite = value - value == 0.0
            plain[name] = value if finite else str(value)
        else:
            plain[name] = clean(value)
    return plain
