"""Conditions and log messages over the locals of a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import numpy as np

from graphnn.debug.absent import is_absent, lenient, lenient_value
from graphnn.engine import Step
from graphnn.engine.norms import euclidean_norm
from graphnn.errors import ArgumentError
from graphnn.graph.context import CONTEXT
from graphnn.graph.node import Node
from graphnn.graph.watching import NOBODY, WATCHING

STEP_NAMES = (
    "node",
    "self",
    "name",
    "scope",
    "source",
    "phase",
    "index",
    "inputs",
    "input_",
    "output",
    "output_grad",
    "input_grads",
    "input_grad",
    "accumulated",
    "param",
    "param_grad",
    "np",
    "norm",
)
"""What :func:`names_of` gives."""


def names_of(step: Step, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the names that a condition at a step may use.

    Parameters
    ----------
    step : Step
    extra : mapping of str to object, optional
        The user's own names, which those of the step hide.

    Returns
    -------
    dict
        ``node`` and ``self`` (the operation), ``name``, ``scope``, ``source``,
        ``phase``, ``index`` (that of a stepper that stands behind the step, so from 1:
        what ``stepper.seek`` and ``j`` take); ``inputs``, ``input_`` (the
        first of them), ``output``;
        ``output_grad``, ``input_grads``, ``input_grad`` (the first), ``accumulated``,
        which are None in a forward pass; ``param`` and ``param_grad``, None where the
        operation has no parameter; ``np`` and :func:`norm`.

    Notes
    -----
    Text that fails only because one of these names is None (or because the gradient of
    a node is) has no value: a condition is not fulfilled there, a log message says
    "nothing", a watched expression is None. So ``output_grad.max() > 0`` is false in
    a forward pass. Any other exception is the user's: it is shown, and stops there.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> y = np.square(gn.Parameter(3.0, name="w"))
    >>> (step,) = y.graph.backward_steps(y)
    >>> names = names_of(step, {"limit": 5.0})
    >>> eval("name, float(input_grad), norm(input_grads) > limit", names)
    ('square', 6.0, True)
    """
    node, inputs, input_grads = step.node, step.inputs, step.input_grads
    param = param_grad = None
    if getattr(node, "parameter", None) is not None:
        place = len(inputs) - 1 - len(node.states)  # the last input but for states
        param = inputs[place]
        param_grad = input_grads[place] if input_grads else None
    return {
        **(extra or {}),
        "node": node,
        "self": node,
        "name": node.name,
        "scope": node.scope,
        "source": node.source,
        "phase": step.phase,
        "index": step.index + 1,
        "inputs": inputs,
        "input_": inputs[0] if inputs else None,
        "output": step.output,
        "output_grad": step.output_grad,
        "input_grads": input_grads,
        "input_grad": input_grads[0] if input_grads else None,
        "accumulated": step.accumulated,
        "param": param,
        "param_grad": param_grad,
        "np": np,
        "norm": norm,
    }


def norm(value: Any) -> float | None:
    """Give the Euclidean norm of an array, or of all arrays in a tuple.

    Parameters
    ----------
    value : array_like, node, tuple of them, or None

    Returns
    -------
    float or None
        None for None, and for a tuple that holds nothing else: what is absent is no
        NaN.

    Examples
    --------
    >>> norm([3.0, 4.0]), norm((np.array([3.0]), None, np.array(4.0))), norm(None)
    (5.0, 5.0, None)
    """
    if isinstance(value, Node):
        value = value.output
    if value is None:
        return None
    if isinstance(value, tuple) and not all(map(np.isscalar, value)):
        parts = [norm(part) for part in value if part is not None]
        return norm(np.array(parts)) if parts else None
    return euclidean_norm(np.asarray(value))


class Expression:
    """A condition, or anything else that is computed of a step.

    Parameters
    ----------
    what : str or callable
        Python text over the names of :func:`names_of`, compiled once; or a function of
        the :class:`~graphnn.engine.Step`.
    purpose : str
        What it is, for messages: ``"condition"``.

    Raises
    ------
    ArgumentError
        For text that is no Python expression.

    Examples
    --------
    >>> import graphnn as gn
    >>> w = gn.Parameter(3.0, name="w")
    >>> (step,) = (w * w).graph.forward_steps()
    >>> Expression("output > low and 'mul' in name", "condition").of(step, {"low": 8})
    True
    """

    def __init__(self, what: Any, purpose: str) -> None:
        self.text = what if isinstance(what, str) else name_of_function(what)
        self.purpose = purpose
        self.function: Callable[[Step], Any] | None = None
        self.code: CodeType | None = None
        self._lenient: CodeType | None = None
        if isinstance(what, str):
            self.code = compiled(what, purpose)
        elif callable(what) and not isinstance(what, Node | type):
            self.function = what
        else:
            raise ArgumentError(
                f"a {purpose} is text or a function of the step, not {what!r:.60}"
            )

    def of(
        self, step: Step, extra: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        """Compute the value at a step, which leaves no trace in the graph.

        It is None where it fails because a name of the step is; see :func:`names_of`.

        Raises
        ------
        Exception
            Whatever else the expression raises.
        """
        with looking():
            try:
                return self._value(step, extra, more)
            except Exception:
                if self._is_absent(step, extra, more):
                    return None
                raise

    def holds(
        self, step: Step, extra: Mapping[str, Any] | None = None, **more: Any
    ) -> bool:
        """Tell whether the value is true; it is not where there is none."""
        with looking():
            try:
                return bool(self._value(step, extra, more))
            except Exception:
                if self._is_absent(step, extra, more):
                    return False
                raise

    def _value(
        self, step: Step, extra: Mapping[str, Any] | None, more: dict[str, Any]
    ) -> Any:
        if self.code is None:
            return self.function(step) if self.function else None
        # one dict for both: a comprehension in the text sees globals only
        return eval(self.code, names_of(step, extra) | more)

    def _is_absent(
        self, step: Step, extra: Mapping[str, Any] | None, more: dict[str, Any]
    ) -> bool:
        if self.code is None:
            return False
        return is_absent(self._lenient_code(), names_of(step, extra) | more)

    def _lenient_code(self) -> CodeType:
        if self._lenient is None:
            self._lenient = lenient(source_of(self.text, self.purpose), self.purpose)
        return self._lenient

    def __repr__(self) -> str:
        return f"<Expression {self.text!r:.60}>"


class Message(Expression):
    """Text to log: what stands in braces is computed, as in an f-string.

    Examples
    --------
    >>> import graphnn as gn
    >>> w = gn.Parameter(3.0, name="w")
    >>> (step,) = (w * w).graph.forward_steps()
    >>> Message("{name}: {norm(output):.2f} {{as is}}").of(step)
    'multiply: 9.00 {as is}'
    """

    def __init__(self, what: Any) -> None:
        super().__init__(what, "log message")

    def _value(
        self, step: Step, extra: Mapping[str, Any] | None, more: dict[str, Any]
    ) -> Any:
        try:
            value = super()._value(step, extra, more)
        except Exception:
            if self.code is None:
                raise
            value = lenient_value(self._lenient_code(), names_of(step, extra) | more)
        # compiled with a character at the end; see compiled()
        return str(value)[:-1] if self.code is not None else value


class looking:
    """Let what is computed in the block change no graph, and be nobody's business.

    Entered at every step for a condition: a class takes half the time of generators.
    """

    __slots__ = ("_errors", "_tokens")

    def __enter__(self) -> None:
        paused = CONTEXT.get()._replace(paused=True)
        self._tokens = CONTEXT.set(paused), WATCHING.set(NOBODY)
        self._errors = np.errstate(all="ignore")
        self._errors.__enter__()

    def __exit__(self, *error: object) -> None:
        self._errors.__exit__(None, None, None)
        context, watching = self._tokens
        WATCHING.reset(watching)
        CONTEXT.reset(context)


def compiled(text: str, purpose: str) -> CodeType:
    """Compile an expression, or the text of a log message."""
    source = source_of(text, purpose)
    try:
        return compile(source, f"<{purpose}>", "eval", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        fix = "It is one Python expression, such as norm(output_grad) > 1e3."
        if re.search(r"[^=!<>:]=[^=]", source):
            fix = f"{fix} To compare, write ==."
        if purpose == "log message":
            fix = "Expressions stand in braces: '{name}: {norm(output):.3g}'; {{ is {."
        raise ArgumentError(
            f"{text!r} is no {purpose}: {reason if source else 'it is empty'}", fix
        ) from None


def source_of(text: str, purpose: str) -> str:
    """Write what is to be compiled: text to log becomes an f-string."""
    if purpose != "log message":
        return text.strip()
    if '"""' in text and "'''" in text:
        raise ArgumentError(f"{text!r:.60} holds both kinds of triple quotes")
    # The quotes are ones that the text does not hold; a character between the text
    # and the closing ones keeps a quote or a backslash at its end apart from them.
    quotes = "'''" if '"""' in text else '"""'
    return f"rf{quotes}{text}.{quotes}"


def name_of_function(function: Any) -> str:
    """Name a function in a list."""
    return f"{getattr(function, '__name__', type(function).__name__)}(step)"


def explained(error: BaseException) -> str:
    """Put an exception on one line, as a traceback ends."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
