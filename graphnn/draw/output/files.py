"""Where a picture goes: the suffix is the format, and a file is written whole."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from graphnn.errors import ArgumentError, MissingFolder, did_you_mean

LAID_OUT = ("svg", "png", "pdf")
"""Formats that need a layout."""

WRITTEN = {
    "dot": "dot",
    "gv": "dot",
    "mmd": "mermaid",
    "mermaid": "mermaid",
    "json": "json",
    "graphml": "graphml",
}
"""Suffixes of formats that are plain text, and what these are."""


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Refuse, before any work, a path that cannot be written.

    Raises
    ------
    ArgumentError
        For a folder, or a suffix that is no format.
    MissingFolder
        If its folder does not exist.
    """
    file = Path(path)
    known = [f".{name}" for name in (*LAID_OUT, *WRITTEN)]
    if file.is_dir():
        raise ArgumentError(
            f"{str(file)!r} is a folder",
            f"Name a file in it, such as {str(file / 'graph.svg')!r}.",
        )
    if file.suffix.lower() not in known:
        has = f"the suffix {file.suffix!r}" if file.suffix else "no suffix"
        near = did_you_mean(file.suffix, known) if file.suffix else ""
        near = f"{near} " if near.startswith("Did") else ""
        raise ArgumentError(
            f"cannot tell a format from {str(file)!r}: it has {has}",
            f"{near}A picture is written as {', '.join(known[:-1])} or {known[-1]}.",
        )
    if not file.parent.is_dir():
        raise MissingFolder(
            f"cannot write {str(file)!r}: there is no folder {str(file.parent)!r}",
            "Make it first, for example with Path(...).mkdir(parents=True).",
        )
    return file


def write_whole(file: Path, data: bytes) -> None:
    """Write all or nothing: a reader never sees half of a picture."""
    # Through a link to what it points at; the link itself stays.
    goal = file.resolve()
    # Opened by name, not by tempfile, so that it gets the user's usual permissions.
    draft = goal.with_name(f".graphnn-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(goal)
    finally:
        draft.unlink(missing_ok=True)
