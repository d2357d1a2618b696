"""Graphviz: within this process, within one of its own, or as the program ``dot``."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

from graphnn.errors import DrawError

LARGEST_IN_PROCESS = 300
"""Arrows up to which Graphviz is given this process: these are laid out in a blink.
More may take minutes, through which nothing in this process could stop it."""

TIME_LIMIT = 10.0
"""Seconds that a layout may take."""

HELP = (
    'Install a layout program: pip install "graphnn[draw]" (pygraphviz), or Graphviz '
    "itself, so that its program dot is on PATH (https://graphviz.org/download).\n"
    "Without one, .svg, .dot, .mmd, .json and .graphml can be written."
)

# What a process of its own runs. It takes this one's search path along.
_CHILD = (
    "import sys, warnings, pygraphviz; warnings.simplefilter('ignore'); "
    "picture = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode()); "
    "sys.stdout.buffer.write(picture.draw(format=sys.argv[1], prog='dot'))"
)

# Graphviz keeps state of its own in global variables of C.
_LAYOUT = threading.Lock()


class NotHere(DrawError):
    """A layout program that is not installed."""


class TooSlow(DrawError):
    """A layout that was cut off."""


def with_pygraphviz(dot_text: str, form: str, arrows: int) -> bytes:
    """Lay DOT out with pygraphviz.

    Parameters
    ----------
    dot_text : str
    form : {"svg", "png", "pdf"}
    arrows : int
        How many there are: many are laid out in a process that can be stopped.

    Raises
    ------
    NotHere
        Where it is not installed.
    TooSlow
        After :data:`TIME_LIMIT` seconds.
    DrawError
        If the text is no DOT.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise NotHere(f"no pygraphviz here to make {form.upper()}", HELP) from error
    if arrows > LARGEST_IN_PROCESS and sys.executable:
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path}
        return _run([sys.executable, "-c", _CHILD, form], dot_text, environment)
    # A DOT string is loaded whole: labels set by attribute would lose their markup.
    try:
        with _LAYOUT, warnings.catch_warnings():
            # Graphviz's remarks (a font that it replaces) come as warnings.
            warnings.simplefilter("ignore", RuntimeWarning)
            picture = pygraphviz.AGraph(string=dot_text)
            try:
                data = picture.draw(format=form, prog="dot")
            finally:
                picture.close()
    except (ValueError, OSError, RuntimeError, pygraphviz.DotError) as error:
        raise DrawError(f"Graphviz cannot lay this out: {error}") from error
    return bytes(data)


def with_dot(dot_text: str, form: str, arrows: int) -> bytes:
    """Lay DOT out with the program ``dot``; as :func:`with_pygraphviz`."""
    try:
        return _run(["dot", f"-T{form}"], dot_text, None)
    except FileNotFoundError as error:
        raise NotHere(f"no layout program here to make {form.upper()}", HELP) from error


def _run(
    command: list[str], dot_text: str, environment: dict[str, str] | None
) -> bytes:
    """Let another process lay out; stop it when it takes too long."""
    try:
        done = subprocess.run(
            command,
            input=dot_text.encode(),
            capture_output=True,
            check=True,
            timeout=TIME_LIMIT,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise TooSlow(
            f"Graphviz has not laid this out within {TIME_LIMIT:g} seconds",
            "Fold some of it, depth=1 or fold='encoder/*', or draw a part: target=, "
            "around=. The built-in layout draws large graphs quickly: "
            "layout='built-in', into a .svg.",
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        last = said.rpartition("\n")[2] if "Traceback" in said else said
        raise DrawError(f"Graphviz cannot lay this out: {last or error}") from error
    return done.stdout
