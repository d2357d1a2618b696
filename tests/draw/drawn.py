"""What a picture says, read out of its DOT text: boxes, frames and arrows."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import graphnn as gn

STATEMENT = re.compile(r"^\t+(?:(\w+) -> )?(\w+) \[(.*)\]$", re.MULTILINE)
ATTRIBUTE = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|<(.*?)>(?= \w+=|$)|(\S+))')
FRAME = re.compile(r"^\t+subgraph (\w+) \{\n\t+(.*)$", re.MULTILINE)


@dataclass
class Drawn:
    """A node statement: the name, and the lines under it; or an arrow."""

    key: str
    tail: str
    attributes: dict[str, str]

    @property
    def lines(self) -> list[str]:
        rows = re.split(r"<tr>|<br/>", self.attributes["label"])
        texts = [html.unescape(re.sub(r"<[^>]*>", "", row)) for row in rows]
        return [text for text in texts if text]

    @property
    def label(self) -> str:
        return self.attributes["label"].strip()

    @property
    def is_gradient(self) -> bool:
        return self.attributes.get("dir") == "back"


def statements(graph: gn.Graph, **options) -> list[Drawn]:
    """Read all statements about nodes and arrows."""
    dot = graph.to_dot(**options)
    return [
        Drawn(key, tail, attributes_of(text))
        for tail, key, text in STATEMENT.findall(dot)
        if key not in ("node", "edge", "graph")
    ]


def attributes_of(text: str) -> dict[str, str]:
    return {
        name: quoted or markup or plain
        for name, quoted, markup, plain in ATTRIBUTE.findall(text)
    }


def boxes(graph: gn.Graph, **options) -> dict[str, Drawn]:
    """Read the boxes, by the full names of what they stand for."""
    found = [each for each in statements(graph, **options) if not each.tail]
    names = [each.attributes["tooltip"].partition(" (")[0] for each in found]
    return dict(zip(names, found, strict=True))


def arrows(graph: gn.Graph, **options) -> list[Drawn]:
    """Read the arrows."""
    return [each for each in statements(graph, **options) if each.tail]


def gradients(graph: gn.Graph, **options) -> list[str]:
    """Read the labels of the arrows of gradients."""
    return [arrow.label for arrow in arrows(graph, **options) if arrow.is_gradient]


def frames(graph: gn.Graph, **options) -> list[dict[str, str]]:
    """Read the attributes of the frames."""
    dot = graph.to_dot(**options)
    return [attributes_of(text) for _, text in FRAME.findall(dot)]
