"""Lines of a program under headings, with comments in a column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphnn.planning.spelling import Words
from graphnn.planning.statements import Statement

WIDTH = 100
"""Columns."""

PHASES = {
    "forward": "forward",
    "state": "what the states are in the next pass",
    "backward": "backward",
    "update": "update",
}


def laid_out(statements: list[Statement], lines: list[Any]) -> list[str]:
    """Put the phases under headings, and the comments in a column."""
    laid: list[str] = []
    phase = None
    section: list[Any] = []
    for statement, line in zip(statements, lines, strict=True):
        now = phase_of(statement) or phase
        if now != phase:
            laid += rows(section)
            section = []
            phase = now
            laid += ["", f"# --- {PHASES.get(str(now), str(now))}"]
        section.append(line)
    return laid + rows(section)


def phase_of(statement: Statement) -> str | None:
    """Tell which pass a call belongs to."""
    owner = statement.owner
    return None if owner is None else owner.phase


def rows(section: list[tuple[list[str], str]]) -> list[str]:
    """Put comments behind the code, in a column; above it where there is no room."""
    laid = []
    widths = [len(code[-1]) for code, _ in section]
    longest = max([len(comment) for _, comment in section], default=0)
    column = max([w for w in widths if w + longest + 4 <= WIDTH], default=0)
    for code, comment in section:
        if not comment:
            laid += code
        elif max(len(code[-1]), column) + len(comment) + 4 <= WIDTH:
            laid += [*code[:-1], f"{code[-1]:{column}}  # {comment}"]
        elif len(code[-1]) + len(comment) + 4 <= WIDTH:
            laid += [*code[:-1], f"{code[-1]}  # {comment}"]
        else:
            laid += [f"# {comment}", *code]
    return laid


def broken(words: Words) -> list[str]:
    """Break a call that is too long into lines."""
    line = str(words)
    if len(line) <= WIDTH or not words.arguments:
        return [line]
    inner = [""]
    for argument in words.arguments:
        if inner[-1] and len(inner[-1]) + len(argument) + 6 > WIDTH:
            inner.append("")
        inner[-1] += f" {argument}," if inner[-1] else f"{argument},"
    return [words.head, *[f"    {each}" for each in inner], words.tail]


def aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Put comments in a column."""
    return rows([([code], printable(comment)) for code, comment in pairs])


def titled(title: str, lines: list[str]) -> list[str]:
    """Put lines under a comment, if there are any."""
    return ["", f"# --- {title}", *lines] if lines else []


def printable(text: str) -> str:
    """Keep a user's text on one line."""
    return "".join([each if each.isprintable() else "\ufffd" for each in text])
