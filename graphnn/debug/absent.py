"""What has no value at a step: gradients in a forward pass, the parameter of a sum.

Such names are None. An expression that fails because of that, and of nothing else, has
no value: a condition is then not fulfilled, and a message says "nothing". To find out,
the expression is computed once more, with objects for the Nones that tell when they are
used.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

ABSENT_NAMES = frozenset(
    {"output_grad", "input_grads", "input_grad", "accumulated", "grad"}
    | {"input_", "param", "param_grad", "source"}
    | {"node", "self", "name", "scope", "phase", "index", "inputs", "output"}
)
"""Names of a step that may be None; those of the last line before the first step."""

GRADIENTS = frozenset({"grad", "output_grad", "input_grads"})
"""Attributes of nodes that may be None."""

WRAPPER, FIELD = "_absent_", "_or_nothing_"


class AbsentUsed(Exception):
    """Something was done with what has no value."""


def used(*arguments: Any) -> Any:
    """Tell that something was to be done with what has no value."""
    raise AbsentUsed


class Absent:
    """What stands for a None: whatever is done with it tells so."""

    def __getattr__(self, name: str) -> Any:
        raise AbsentUsed


BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
OTHERS = "lt le gt ge eq ne getitem len iter contains bool call float int complex index"
OTHERS += " neg pos abs invert round array"

for _name in BINARY.split():
    setattr(Absent, f"__{_name}__", used)
    setattr(Absent, f"__r{_name}__", used)
for _name in OTHERS.split():
    setattr(Absent, f"__{_name}__", used)


class Nothing:
    """What a message shows in place of what has no value, in whatever format."""

    def __format__(self, form: str) -> str:
        return "nothing"

    def __repr__(self) -> str:
        return "nothing"


def wrapped(value: Any) -> Any:
    """Put an object that tells when it is used in the place of None."""
    return Absent() if value is None else value


def or_nothing(compute: Callable[[], Any]) -> Any:
    """Compute a part of a message; without a value, it is nothing."""
    try:
        return compute()
    except AbsentUsed:
        return Nothing()


def lenient(source: str, purpose: str) -> CodeType:
    """Compile an expression that raises :class:`AbsentUsed` where it uses a None."""
    tree = marked(ast.parse(source, mode="eval"), purpose == "log message")
    return compile(tree, f"<{purpose}>", "eval")


def marked(tree: Any, is_message: bool = False) -> Any:
    """Put a call around all of an expression that may be absent."""
    return ast.fix_missing_locations(Marking(is_message).visit(tree))


def lenient_value(code: CodeType, names: Mapping[str, Any]) -> Any:
    """Compute what :func:`lenient` has compiled.

    Raises
    ------
    AbsentUsed
        Where it has no value.
    Exception
        Whatever else the expression raises.
    """
    return eval(code, {**names, WRAPPER: wrapped, FIELD: or_nothing})


def is_absent(code: CodeType, names: Mapping[str, Any]) -> bool:
    """Tell whether an expression that has failed has no value.

    Examples
    --------
    >>> names = {"output_grad": None, "limit": 3.0}
    >>> is_absent(lenient("output_grad.max() > limit", "condition"), names)
    True
    >>> is_absent(lenient("limit.max() > 3 or output_grad", "condition"), names)
    False
    """
    try:
        lenient_value(code, names)
    except AbsentUsed:
        return True
    except Exception:  # the reason why it has failed is another
        return False
    return False


class Marking(ast.NodeTransformer):
    """Puts a call around names, gradients of nodes, and norms."""

    def __init__(self, is_message: bool) -> None:
        self.is_message = is_message

    def visit_Name(self, name: ast.Name) -> ast.AST:
        """Mark a name of the step."""
        is_one = name.id in ABSENT_NAMES and isinstance(name.ctx, ast.Load)
        return call_of(WRAPPER, name) if is_one else name

    def visit_Attribute(self, attribute: ast.Attribute) -> ast.AST:
        """Mark the gradient of a node."""
        self.generic_visit(attribute)
        is_one = attribute.attr in GRADIENTS and isinstance(attribute.ctx, ast.Load)
        return call_of(WRAPPER, attribute) if is_one else attribute

    def visit_Subscript(self, part: ast.Subscript) -> ast.AST:
        """Mark one of several gradients."""
        self.generic_visit(part)
        is_one = is_call_of(WRAPPER, part.value) and isinstance(part.ctx, ast.Load)
        return call_of(WRAPPER, part) if is_one else part

    def visit_Call(self, call: ast.Call) -> ast.AST:
        """Mark a norm: there is none of nothing."""
        self.generic_visit(call)
        is_norm = isinstance(call.func, ast.Name) and call.func.id == "norm"
        return call_of(WRAPPER, call) if is_norm else call

    def visit_Compare(self, test: ast.Compare) -> ast.AST:
        """Leave alone what is only asked for, with ``is None``."""
        if all(isinstance(one, ast.Is | ast.IsNot) for one in test.ops):
            return test
        return self.generic_visit(test)

    def visit_FormattedValue(self, field: ast.FormattedValue) -> ast.AST:
        """Let a part of a message be nothing by itself."""
        self.generic_visit(field)
        if not self.is_message:
            return field
        none = ast.arguments([], [], None, [], [], None, [])
        field.value = call_of(FIELD, ast.Lambda(none, field.value))
        return field


def call_of(function: str, argument: Any) -> ast.Call:
    """Write a call of one argument."""
    return ast.Call(ast.Name(function, ast.Load()), [argument], [])


def is_call_of(function: str, part: ast.AST) -> bool:
    """Tell such a call."""
    return (
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Name)
        and part.func.id == function
    )
