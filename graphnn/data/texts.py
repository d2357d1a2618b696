"""Texts to learn characters from."""

from __future__ import annotations


def sonnets() -> str:
    r"""Load the 154 sonnets of William Shakespeare.

    Returns
    -------
    str
        93,738 characters, 59 of them different, all of them ASCII. A line is a verse;
        an empty line stands between two sonnets.

    Notes
    -----
    First printed in 1609, and in the public domain. The spelling is that of the modern
    electronic editions which descend from the Moby Shakespeare, itself in the public
    domain; misprints of theirs (such as "the stem wolf" for "the stern wolf") are put
    right after other editions. Numbers and indents are left out.

    Examples
    --------
    >>> from graphnn.data import sonnets
    >>> print(sonnets()[:87])
    From fairest creatures we desire increase,
    That thereby beauty's rose might never die,
    >>> len(sonnets().split("\n\n"))
    154
    """
    from importlib.resources import (
        files,  # which brings in half of the standard library
    )

    return (files("graphnn.data") / "sonnets.txt").read_text("ascii")
