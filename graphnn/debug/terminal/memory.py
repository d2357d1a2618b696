"""What a person has set up at the prompt, kept from pass to pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from graphnn.debug.breakpoints import Breakpoints


@dataclass
class Memory:
    """What outlives a debugger: a program has one for each pass at which it stops.

    Attributes
    ----------
    scripts : dict of int to list of str
        The commands of breakpoints, by number.
    displayed : dict of str to object
        Expressions, with their last value.
    aliases : dict of str to str
    own : dict of str to object
        What was assigned at the prompt.
    nodes : dict of str to node
        Those that conditions name.
    """

    scripts: dict[int, list[str]] = field(default_factory=dict)
    displayed: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, Any] = field(default_factory=dict)


_memories: WeakKeyDictionary[Breakpoints, Memory] = WeakKeyDictionary()


def memory_of(breakpoints: Breakpoints) -> Memory:
    """Give what belongs to a set of breakpoints, which passes of a program share."""
    return _memories.setdefault(breakpoints, Memory())
