"""Scenes to lay out, and what can be read back from their SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from itertools import combinations

from graphnn.draw.layered import to_svg
from graphnn.draw.layered.fonts import ASCENT, text_width
from graphnn.draw.scene import Arrow, Box, Frame, Scene
from graphnn.draw.themes import LIGHT

SVG = "{http://www.w3.org/2000/svg}"
NEAR = 0.2
"""Points by which things may touch: numbers are rounded."""

Rectangle = tuple[float, float, float, float]


def box(key: str, kind: str = "operation", frame: str | None = None, **more) -> Box:
    """Make a box with the look of its kind."""
    more.setdefault("title", key)
    more.setdefault("look", LIGHT.looks[kind])
    return Box(key, kind, frame=frame, **more)


def scene(boxes, arrows=(), frames=(), direction="TB", **more) -> Scene:
    """Make a scene; a pair of keys is a plain arrow."""
    arrows = [each if isinstance(each, Arrow) else Arrow(*each) for each in arrows]
    return Scene(
        LIGHT,
        direction,
        boxes=list(boxes),
        frames=[
            each if isinstance(each, Frame) else Frame(each, each) for each in frames
        ],
        arrows=arrows,
        **more,
    )


@dataclass
class Drawn:
    """A group of the SVG: where it is, and what is written in it."""

    key: str
    tip: str
    area: Rectangle
    texts: list[str] = field(default_factory=list)
    text_areas: list[Rectangle] = field(default_factory=list)
    curve: list[tuple[float, float]] = field(default_factory=list)
    heads: int = 0
    element: ET.Element | None = None


@dataclass
class Read:
    """What an SVG shows, by class."""

    root: ET.Element
    nodes: dict[str, Drawn]
    clusters: dict[str, Drawn]
    edges: list[Drawn]


def read(svg: str) -> Read:
    """Read an SVG back."""
    root = ET.fromstring(svg)
    found: dict[str, list[Drawn]] = {"node": [], "cluster": [], "edge": []}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") in found:
            found[group.get("class")].append(_drawn(group))
    nodes = {each.key: each for each in found["node"]}
    clusters = {each.key: each for each in found["cluster"]}
    assert len(nodes) == len(found["node"])
    assert len(clusters) == len(found["cluster"])
    return Read(root, nodes, clusters, found["edge"])


def _drawn(group: ET.Element) -> Drawn:
    drawn = Drawn(
        group.get("id", ""), group.find(f"{SVG}title").text or "", (0, 0, 0, 0)
    )
    drawn.element = group
    spots: list[tuple[float, float]] = []
    for element in group:
        tag = element.tag.removeprefix(SVG)
        if tag == "text":
            drawn.texts.append("".join(element.itertext()))
            drawn.text_areas.append(text_area(element))
        elif tag == "path" and group.get("class") == "edge":
            drawn.curve = _sampled(element.get("d"))
            spots += drawn.curve
        elif tag == "polygon" and group.get("class") == "edge":
            drawn.heads += 1
        elif tag != "title":
            spots += _corners(tag, element)
    if spots:
        x, y = zip(*spots, strict=True)
        drawn.area = min(x), min(y), max(x), max(y)
    return drawn


def _corners(tag: str, element: ET.Element) -> list[tuple[float, float]]:
    def number(name: str) -> float:
        return float(element.get(name))

    if tag == "rect":
        x, y = number("x"), number("y")
        return [(x, y), (x + number("width"), y + number("height"))]
    if tag == "ellipse":
        x, y, rx, ry = number("cx"), number("cy"), number("rx"), number("ry")
        return [(x - rx, y - ry), (x + rx, y + ry)]
    if tag == "polygon":
        pairs = [pair.split(",") for pair in element.get("points").split()]
        return [(float(x), float(y)) for x, y in pairs]
    path = element.get("d")
    radii = re.search(r"A[\d.]+ ([\d.]+) ", path)
    lid = float(radii[1]) if radii else 0.0  # bulges out, upwards and downwards
    without_radii = re.sub(r"A[\d.]+ [\d.]+ 0 0 [01] ", "L", path)
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", without_radii)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    if "Z" not in path:
        return points  # a line on a box
    return [(x, y + bulge) for x, y in points for bulge in (-lid, lid)]


def text_area(element: ET.Element) -> Rectangle:
    """Give where a line of text is, by the table of widths."""
    size = float(element.get("font-size"))
    is_bold = element.get("font-weight") == "bold"
    width = text_width(element.text or "", size, is_bold)
    for span in element:
        bold = span.get("font-weight", "bold" if is_bold else "") == "bold"
        width += text_width(span.text or "", size, bold)
        width += text_width(span.tail or "", size, is_bold)
    x, y = float(element.get("x")), float(element.get("y"))
    x -= {"start": 0.0, "middle": width / 2, "end": width}[
        element.get("text-anchor", "start")
    ]
    return x, y - ASCENT * size, x + width, y + (1 - ASCENT) * size


def _sampled(path: str) -> list[tuple[float, float]]:
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    spots = [points[0]]
    for index in range(1, len(points), 3):
        ends = [points[index - 1], *points[index : index + 3]]
        for step in range(1, 13):
            t = step / 12
            parts = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            spots.append(
                (
                    sum(w * x for w, (x, _) in zip(parts, ends, strict=True)),
                    sum(w * y for w, (_, y) in zip(parts, ends, strict=True)),
                )
            )
    return spots


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles have more than an edge in common."""
    return (
        one[0] < other[2] - NEAR
        and other[0] < one[2] - NEAR
        and one[1] < other[3] - NEAR
        and other[1] < one[3] - NEAR
    )


def inside(one: Rectangle, other: Rectangle) -> bool:
    """Whether the first rectangle lies in the second."""
    return (
        one[0] >= other[0] - NEAR
        and one[1] >= other[1] - NEAR
        and one[2] <= other[2] + NEAR
        and one[3] <= other[3] + NEAR
    )


def runs_through(
    curve: list[tuple[float, float]], area: Rectangle, depth: float
) -> bool:
    """Whether a line runs through a rectangle, deeper than at its edge."""
    return any(
        area[0] + depth < x < area[2] - depth and area[1] + depth < y < area[3] - depth
        for x, y in curve
    )


def paths_of(a_scene: Scene) -> dict[str | None, tuple[str, ...]]:
    """Give the frames around and including each frame."""
    paths: dict[str | None, tuple[str, ...]] = {None: ()}
    for frame in a_scene.frames:
        paths[frame.key] = (*paths[frame.parent], frame.key)
    return paths


def check(a_scene: Scene) -> Read:
    """Lay a scene out, and hold the picture against all that was promised of it."""
    drawn = read(to_svg(a_scene))
    assert list(drawn.nodes) == [each.key for each in a_scene.boxes]
    assert list(drawn.clusters) == [each.key for each in a_scene.frames]
    assert len(drawn.edges) == len(a_scene.arrows)
    _check_places(a_scene, drawn)
    _check_texts(a_scene, drawn)
    _check_lines(a_scene, drawn)
    return drawn


def _check_places(a_scene: Scene, drawn: Read) -> None:
    paths = paths_of(a_scene)
    for one, other in combinations(drawn.nodes.values(), 2):
        assert not overlap(one.area, other.area), (one.key, other.key)
    for each in a_scene.boxes:
        for key, frame in drawn.clusters.items():
            area = drawn.nodes[each.key].area
            if key in paths[each.frame]:
                assert inside(area, frame.area), (each.key, key)
            else:
                assert not overlap(area, frame.area), (each.key, key)
    for one, other in combinations(a_scene.frames, 2):
        areas = drawn.clusters[one.key].area, drawn.clusters[other.key].area
        if one.key in paths[other.key]:
            assert inside(areas[1], areas[0]), (one.key, other.key)
        else:
            assert not overlap(*areas), (one.key, other.key)


def _check_texts(a_scene: Scene, drawn: Read) -> None:
    for each in drawn.nodes.values():
        for area in each.text_areas:
            assert inside(area, each.area), (each.key, each.texts)
    labels = [area for each in drawn.edges for area in each.text_areas]
    titles = [area for each in drawn.clusters.values() for area in each.text_areas]
    for each in drawn.clusters.values():
        for area in each.text_areas:
            assert inside(area, each.area), (each.key, each.texts)
    for one, other in combinations(labels + titles, 2):
        assert not overlap(one, other)
    for each in drawn.nodes.values():
        for area in labels + titles:
            assert not overlap(area, each.area), each.key
    shown = [bool(each.texts) for each in drawn.edges]
    assert shown == [bool(each.label) for each in a_scene.arrows]


def _check_lines(a_scene: Scene, drawn: Read) -> None:
    titles = [area for each in drawn.clusters.values() for area in each.text_areas]
    for arrow, edge in zip(a_scene.arrows, drawn.edges, strict=True):
        if arrow.tail == arrow.head:
            continue
        for key, node in drawn.nodes.items():
            depth = 12.0 if key in (arrow.tail, arrow.head) else 0.5
            assert not runs_through(edge.curve, node.area, depth), (arrow, key)
        # Sideways, a line may have to cross a whole side of a frame.
        for area in titles if a_scene.direction in ("TB", "BT") else []:
            assert not runs_through(edge.curve, area, 0.5), arrow
        for end, key in ((edge.curve[0], arrow.tail), (edge.curve[-1], arrow.head)):
            area = drawn.nodes[key].area
            assert area[0] - 9 <= end[0] <= area[2] + 9, arrow
            assert area[1] - 9 <= end[1] <= area[3] + 9, arrow
