"""Sample uses of every operation of `graphnn.ops`, for tests that go over them all.

One module for each family, named as the family's file is; each has a list `CASES`, and
a set `ABSTRACT` of the base classes that have no use of their own.
"""

import importlib
import pkgutil

from cases.base import MASK, Case, joined, numbers, positive

import graphnn.ops

for module in pkgutil.iter_modules(graphnn.ops.__path__):
    importlib.import_module(f"graphnn.ops.{module.name}")  # those of layers are lazy

FAMILIES = [
    importlib.import_module(f"cases.{module.name}")
    for module in pkgutil.iter_modules(__path__)
    if module.name not in ("base", "checks")
]
CASES = [case for family in FAMILIES for case in family.CASES]
ABSTRACT = set().union(*[getattr(family, "ABSTRACT", ()) for family in FAMILIES])

__all__ = [
    "ABSTRACT",
    "CASES",
    "MASK",
    "Case",
    "all_subclasses",
    "joined",
    "numbers",
    "positive",
]


def all_subclasses(base):
    """List the subclasses of a class, at any depth, that live in graphnn.ops."""
    found = []
    for cls in base.__subclasses__():
        if cls.__module__.startswith("graphnn.ops"):
            found.append(cls)
        found += all_subclasses(cls)
    return sorted(set(found), key=lambda cls: cls.__qualname__)
