"""Completion with the tab key: commands, nodes, layers, files, names."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from graphnn.debug.terminal.base import Base

MOST = 200
"""Suggestions; a large graph has more nodes than a screen has lines."""


class Completing(Base):
    """What the tab key offers: a method ``offers_…`` for each kind of argument."""

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """Complete the first word of a line: a command, or else a name."""
        commands = [n for w in self.words for n in w.names if n.startswith(text)]
        return sorted({*commands, *self.aliases_like(text)}) or self.offers_expression(
            text
        )

    def aliases_like(self, text: str) -> list[str]:
        """List the aliases that begin so."""
        return [name for name in self.aliases if name.startswith(text)]

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """Complete what stands behind a command."""
        try:
            name = self.parseline(line)[0]
        except Exception:  # an ambiguous beginning: there is nothing to offer
            return []
        word = next((w for w in self.words if w.name == name), None)
        kind = "expression" if word is None else word.completes
        offers = getattr(self, f"offers_{kind}", None)
        found: Iterable[str] = offers(text) if offers is not None else ()
        return sorted(set(found))[:MOST]

    def offers_command(self, text: str) -> list[str]:
        """Offer commands."""
        names = [n for w in self.words for n in w.names] + ["all"]
        return [n for n in [*names, *map(str.lower, self.themes)] if n.startswith(text)]

    def offers_node(self, text: str) -> list[str]:
        """Offer the names of nodes."""
        return [n.name for n in self.stepper.graph.nodes if n.name.startswith(text)]

    def offers_place(self, text: str) -> list[str]:
        """Offer nodes, layers, operations, and lines that made nodes."""
        operations = [n for n in self.stepper.graph.nodes if n.kind == "operation"]
        found = {"forward", "backward"}
        for node in operations:
            found |= {node.name, node.name.rpartition("/")[2], type(node).__name__}
            found |= {"/".join(node.scope[: d + 1]) for d in range(len(node.scope))}
            if node.source is not None:
                found.add(str(node.source))
        return [name for name in found if name.startswith(text)]

    def offers_number(self, text: str) -> list[str]:
        """Offer the numbers of breakpoints."""
        numbers = [str(b.number) for b in self.stepper.breakpoints]
        return [number for number in numbers if number.startswith(text)]

    def offers_display(self, text: str) -> list[str]:
        """Offer the expressions that are displayed."""
        return [shown for shown in self.displayed if shown.startswith(text)]

    def offers_file(self, text: str) -> list[str]:
        """Offer files and folders."""
        folder, slash, start = text.rpartition("/")
        try:
            paths = list(Path(f"{folder}{slash}" or ".").iterdir())
        except OSError:
            return []
        found = [p for p in paths if p.name.startswith(start)]
        before = text[: len(text) - len(start)]
        return [before + p.name + ("/" if p.is_dir() else "") for p in found]

    def offers_expression(self, text: str) -> list[str]:
        """Offer names, attributes, and nodes."""
        names = self.names.all()
        owner, dot, start = text.rpartition(".")
        if not dot:
            known = [*names, *dir(builtins), *self.offers_node(text)]
            return [name for name in known if name.startswith(text) and name[0] != "_"]
        try:
            value = self.names.evaluate(owner)
        except Exception:  # what is typed is not complete: there is nothing to offer
            return []
        hidden = not start.startswith("_")
        return [
            f"{owner}.{name}"
            for name in dir(value)
            if name.startswith(start) and not (hidden and name.startswith("_"))
        ]
