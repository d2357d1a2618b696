"""Small data sets that come with the package, and text as numbers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphnn.data.digits import digits

if TYPE_CHECKING:
    from graphnn.data.characters import CharacterVocabulary
    from graphnn.data.texts import sonnets

__all__ = ["CharacterVocabulary", "digits", "sonnets"]

LAZY = {
    "CharacterVocabulary": "graphnn.data.characters",
    "sonnets": "graphnn.data.texts",
}
"""Names that are imported when they are used, and where from."""


def __getattr__(name: str) -> Any:
    """Import what few programs need when it is used."""
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
