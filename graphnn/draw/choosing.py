"""Which of several names are meant: by name, by glob, or by a function."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Any

from graphnn.errors import ArgumentError, MissingNode, did_you_mean

NO_NAMES = "There is none: layers, and `with gn.scope(name)`, make scopes."


def chosen(names: Collection[str], given: Any, what: str) -> set[str]:
    """Find the names that are meant.

    Parameters
    ----------
    names : collection of str
        All there are.
    given : str, iterable of str, callable, or None
        A name; a glob, such as ``"block_*"``; several of them; or a function that says
        yes or no to each name. A text that is a name is no glob, whatever is in it.
    what : str
        The keyword, for messages: ``"expand"``.

    Returns
    -------
    set of str

    Raises
    ------
    MissingNode
        If a name or a glob fits nothing.
    ArgumentError
        If it is none of these.

    Examples
    --------
    >>> names = ["dense_1", "dense_2", "loss"]
    >>> sorted(chosen(names, "dense_*", "fold"))
    ['dense_1', 'dense_2']
    >>> sorted(chosen(names, lambda name: name < "e", "fold"))
    ['dense_1', 'dense_2']
    >>> chosen(names, "dense_3", "fold")
    Traceback (most recent call last):
    graphnn.errors.MissingNode: fold='dense_3' fits no name here
    Did you mean 'dense_2'?
    """
    if given is None:
        return set()
    if callable(given):
        return {name for name in names if given(name)}
    texts = texts_of(given, what)
    return {name for text in texts for name in _fitting(names, text, what)}


def texts_of(given: Any, what: str) -> list[str]:
    """List the names and globs of what is no function.

    Raises
    ------
    ArgumentError
        If something else is among them.
    """
    if given is None or callable(given):
        return []
    if isinstance(given, str):
        return [given]
    texts = list(given) if isinstance(given, Iterable) else [given]
    for each in texts:
        if not isinstance(each, str):
            raise ArgumentError(
                f"{what}={each!r:.60} is no name",
                f'Give names or globs, {what}="dense_*", or a function of the name.',
            )
    return texts


def fits(name: str, glob: str) -> bool:
    """Tell whether a glob fits a name: ``**/`` is any number of scopes, also none.

    Examples
    --------
    >>> fits("encoder/dense_1", "**/dense_*"), fits("dense_1", "**/dense_*")
    (True, True)
    """
    if fnmatchcase(name, glob):
        return True
    head, anywhere, rest = glob.partition("**/")
    return bool(anywhere) and fits(name, head + rest)


def _fitting(names: Collection[str], text: str, what: str) -> list[str]:
    """List the names that a text fits: the one that it is, else those of a glob."""
    if text in names:
        return [text]
    found = [name for name in names if fits(name, text)]
    if not found:
        raise MissingNode(
            f"{what}={text!r:.60} fits no name here",
            did_you_mean(text, names) or NO_NAMES,
        )
    return found
