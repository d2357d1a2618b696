"""Names that Python can read."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable

RESERVED = frozenset(
    {"np", "as_strided", "bool", "object", "slice", "complex", *keyword.kwlist}
)
"""Words that the text uses by itself."""


class Identifiers:
    """Names that Python can read; each is given once.

    Examples
    --------
    >>> names = Identifiers()
    >>> names.of("dense_1/weight"), names.of("dense_1.weight"), names.of("lambda")
    ('dense_1_weight', 'dense_1_weight_2', 'lambda_')
    """

    def __init__(self) -> None:
        self.taken = set(RESERVED)

    def of(self, wanted: str) -> str:
        """Make a name of any text."""
        name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", str(wanted)))
        name = re.sub(r"__+", "_", name).strip("_") or "value"
        if not name.isidentifier():
            name = f"_{name}"
        if not name.isidentifier():
            name = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if name in RESERVED:
            name += "_"
        unique, number = name, 2
        while unique in self.taken:
            unique, number = f"{name}_{number}", number + 1
        self.taken.add(unique)
        return unique

    def numbered(self, *letters: str) -> Callable[[], str]:
        """Give what makes ``b0``, ``b1``, …, with the first letters nobody uses so."""
        for letter in letters:
            used = re.compile(rf"{letter}[0-9].*")
            if not any(used.fullmatch(name) for name in self.taken):
                break
        numbers = iter(range(1 << 60))
        return lambda: self.of(f"{letter}{next(numbers)}")
