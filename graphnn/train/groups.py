"""Which parameters an optimizer trains, and which have settings of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.graph import Parameter
from graphnn.nn.assembly import Assembly
from graphnn.train.settings import settings_of

WHOLE = frozenset({"groups", "parameters", "clip_norm", "net"})
"""What an optimizer has once, for all parameters."""

BOOKKEEPING = frozenset(
    {"_groups", "gradient_norm", "_given", "_records", "_assigned", "_products"}
    | {"_version", "_blocks"}
)
"""What a group does not take over from its optimizer."""

UNCOUNTED = (BOOKKEEPING - {"_groups", "_given"}) | {"lr", "net", "step_count"}
"""Attributes that each step reads anew: assigning them changes no settings."""


def as_parameters(value: Any) -> list[Parameter]:
    """Take parameters: a list of them, each once; or a layer or network that has some.

    Raises
    ------
    ArgumentError
    """
    if isinstance(value, Assembly):
        found: list[Any] = list(value.parameters)
        if not found:
            raise ArgumentError(
                f"{value!r} has no parameters yet: they are made with the first batch",
                "Run it on a batch first; or give the optimizer to a gn.Trainer.",
            )
        return found
    if isinstance(value, Parameter):
        value = [value]
    if isinstance(value, str | bytes | np.ndarray | Mapping) or not isinstance(
        value, Iterable
    ):
        raise ArgumentError(
            f"parameters is a list of gn.Parameter, not {value!r:.60}",
        )
    found = list(value)
    for number, item in enumerate(found):
        if not isinstance(item, Parameter):
            raise ArgumentError(
                f"parameters[{number}] is no gn.Parameter: {item!r:.60}",
                "Groups with settings of their own go into groups=."
                if isinstance(item, Mapping)
                else "An array becomes one: w = gn.Parameter(array, name='w').",
            )
    if not found:
        raise ArgumentError(
            "parameters is empty: there is nothing to train",
            "Layers get theirs with the first batch: run network.forward(X) before.",
        )
    for number, item in enumerate(found):
        for other in range(number):
            if found[other] is item:
                raise ArgumentError(
                    f"parameters[{other}] and parameters[{number}] are both "
                    f"{item.name!r}"
                )
    return found


def make_groups(whole: Any, groups: Any) -> dict[Any, Any]:
    """Make an optimizer for each group, which holds the settings that differ.

    Raises
    ------
    ArgumentError
        For a setting that is unknown or wrong, or a key that is no pattern, layer or
        parameter.
    """
    if not isinstance(groups, Mapping):
        raise ArgumentError(
            f"groups maps patterns or layers to settings; it is no "
            f"{type(groups).__name__}",
            'For example groups={"*/bias": {"weight_decay": 0.0}}.',
        )
    made = {}
    for key, settings in groups.items():
        parts = key if isinstance(key, tuple) else (key,)
        for part in parts:
            if not isinstance(part, str | Parameter | Assembly):
                raise ArgumentError(
                    "a key of groups is a pattern of names, a layer or a parameter, "
                    f"not {part!r:.60}"
                )
        if not parts:
            raise ArgumentError("a key of groups is an empty tuple")
        if not isinstance(settings, Mapping):
            raise ArgumentError(
                f"groups[{key!r}] is a dict of settings, not {settings!r:.60}",
                'For example {"lr": 0.01}.',
            )
        made[key] = make_group(whole, key, settings)
    return made


def make_group(whole: Any, key: Any, settings: Mapping[str, Any]) -> Any:
    """Make the optimizer of one group."""
    cls = type(whole)
    group = object.__new__(cls)
    known = settings_of(cls)
    vars(group).update(
        _whole=whole, _own=frozenset({*known, *settings, *BOOKKEEPING, "_whole"})
    )
    for name, value in settings.items():
        if name in WHOLE:
            raise ArgumentError(
                f"groups[{key!r}] sets {name!r}, which goes for all parameters together"
            )
        if name not in known and not is_attribute(whole, name):
            raise ArgumentError(
                f"groups[{key!r}]: {cls.__name__} has no setting {name!r}",
                did_you_mean(name, known.keys() - WHOLE),
            )
        try:
            setattr(group, name, value)
        except ArgumentError as error:
            raise ArgumentError(f"groups[{key!r}]: {error}") from error
    return group


def is_attribute(whole: Any, name: Any) -> bool:
    """Tell whether a user's own optimizer has such a setting: an attribute."""
    if not isinstance(name, str) or name.startswith("_"):
        return False
    theirs = [c for c in type(whole).__mro__ if c.__module__.split(".")[0] != "graphnn"]
    found = [vars(cls)[name] for cls in theirs if name in vars(cls)]
    if name in vars(whole) and name not in ("step_count", "gradient_norm"):
        found.append(vars(whole)[name])
    return bool(found) and not any(map(callable, found))


def follow(group: Any, whole: Any) -> None:
    """Let a group have whatever the optimizer has, but for its own settings."""
    own = vars(group)
    for name, value in vars(whole).items():
        if name not in own["_own"]:
            own[name] = value


def assign(groups: dict[Any, Any], parameters: list[Any], whole: Any) -> dict[Any, Any]:
    """Find the group of each parameter; the whole optimizer for those in none.

    Raises
    ------
    ArgumentError
        For a key that fits no parameter, and a parameter that is in two groups.
    """
    names = {parameter: parameter.name for parameter in parameters}
    keys: dict[Any, Any] = {}
    for key in groups:
        found: dict[Any, None] = {}
        for part in key if isinstance(key, tuple) else (key,):
            matching = matches(part, names)
            if not matching:
                raise ArgumentError(*nothing_fits(part, names))
            found |= dict.fromkeys(matching)
        for parameter in found:
            if parameter in keys:
                raise ArgumentError(
                    f"the parameter {names[parameter]!r} is in two groups: "
                    f"{keys[parameter]!r} and {key!r}",
                    "Make one of them narrower.",
                )
            keys[parameter] = key
    return {p: groups[keys[p]] if p in keys else whole for p in parameters}


def matches(part: Any, names: dict[Any, str]) -> list[Any]:
    """Give the parameters that a part of a key means."""
    if isinstance(part, str):
        return [p for p, name in names.items() if fnmatchcase(name, part)]
    if isinstance(part, Parameter):
        return [part] if part in names else []
    return [parameter for parameter in part.parameters if parameter in names]


def nothing_fits(part: Any, names: dict[Any, str]) -> tuple[str, str]:
    """Word the error for a key without parameters."""
    if isinstance(part, str):
        return (
            f"groups: no parameter has a name like {part!r}",
            did_you_mean(part, names.values()),
        )
    if isinstance(part, Parameter):
        return f"groups: {part.name!r} is none of the optimizer's parameters", ""
    return (
        f"groups: {part!r} has no parameters that the optimizer trains",
        "Is it a layer of this network?",
    )
