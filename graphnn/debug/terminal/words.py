"""The commands' words: how a method says what it is called and what it takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Word(NamedTuple):
    """A command, as the help shows it and as it is completed.

    Attributes
    ----------
    names : tuple of str
        All that it is called by, the full one first.
    notation : str
        The names as pdb writes them: ``n(ext)``.
    arguments : str
    summary : str
        One line.
    text : str
        The rest of the help.
    completes : str
        What its argument is: the ``complete_…`` of :mod:`…terminal.completing`.
    method : str
    """

    names: tuple[str, ...]
    notation: str
    arguments: str
    summary: str
    text: str
    completes: str
    method: str

    @property
    def name(self) -> str:
        """The full name."""
        return self.names[0]

    @property
    def usage(self) -> str:
        """How it is typed."""
        return f"{self.notation} {self.arguments}".rstrip()


def command(
    names: str, arguments: str = "", *, completes: str = "nothing"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a method a command; its docstring is the help.

    Parameters
    ----------
    names : str
        As pdb writes them, ``n(ext)``; further ones after a space.
    arguments : str
        For the usage line.
    completes : str
        What the arguments are completed with.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        text = inspect.getdoc(method) or ""
        summary, _, rest = text.partition("\n")
        method.__dict__["word"] = Word(
            names_of(names),
            " | ".join(names.split()),
            arguments,
            summary,
            rest.strip("\n"),
            completes,
            method.__name__,
        )
        return method

    return decorate


def names_of(notation: str) -> tuple[str, ...]:
    """List the names that pdb's notation stands for, the full one first.

    Examples
    --------
    >>> names_of("n(ext)"), names_of("reverse-next rn")
    (('next', 'n'), ('reverse-next', 'rn'))
    """
    names: list[str] = []
    for part in notation.split():
        short = re.sub(r"\(.*?\)", "", part)
        names += [part.replace("(", "").replace(")", ""), short]
    return tuple(dict.fromkeys(names))


def words_of(kind: type) -> dict[str, list[Word]]:
    """List a class's commands by theme, in the order of the bases."""
    themes: dict[str, list[Word]] = {}
    for base in kind.__mro__:
        words = [m.word for m in vars(base).values() if hasattr(m, "word")]
        if words:
            themes.setdefault(vars(base)["theme"], []).extend(words)
    return themes


def fitting(text: str, words: Iterable[Word]) -> list[Word]:
    """List the commands that a name or the beginning of one may mean.

    A name that is written out, and pdb's abbreviations, mean that command only.

    Examples
    --------
    >>> words = [Word((n, n[:2]), *[""] * 6) for n in ("next", "need", "nest")]
    >>> [w.name for w in fitting("ne", words)], len(fitting("n", words))
    (['next', 'need', 'nest'], 3)
    >>> [w.name for w in fitting("nex", words)]
    ['next']
    """
    words = list(words)
    exact = [word for word in words if text in word.names]
    return exact or [w for w in words if any(n.startswith(text) for n in w.names)]
