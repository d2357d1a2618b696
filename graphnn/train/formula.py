"""The formula of an optimizer's rule, written down as elementwise NumPy calls.

What is elementwise may run on all parameters in one flat array. The rule is asked
twice, with other learning rates and counts: what is another number then, and is not
one of the rule's scalars as it stands, cannot be written down.
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple, NoReturn

import numpy as np

from graphnn.planning.simplify import frozen, simplified
from graphnn.planning.trace import Owner
from graphnn.planning.traced import Call, Slot, Tape, Traced, Untraceable
from graphnn.train.groups import BOOKKEEPING
from graphnn.train.settings import settings_of

RATE = -1
"""The place of the learning rate, for a rule that reads it by itself."""


class Place(NamedTuple):
    """Stands for a scalar among the arguments of a call."""

    number: int
    """Which of the rule's scalars; :data:`RATE` for the learning rate."""


class Formula(NamedTuple):
    """A rule as calls, each of one result, which other calls and outputs use.

    Attributes
    ----------
    calls : list of Call
        With a :class:`Place` where a scalar stands.
    parameter, gradient : Traced
    states : list of Traced
        What the states were.
    results : list of Traced
        The new parameter, and the new states. Each is the result of a call of its own,
        or what was there before, unchanged.
    rates : frozenset of int
        Which scalars are the learning rate.
    """

    calls: list[Call]
    parameter: Traced
    gradient: Traced
    states: list[Traced]
    results: list[Traced]
    rates: frozenset[int]


def formula_of(group: Any, dtypes: list[Any], count: int) -> Formula:
    """Write a rule down.

    Parameters
    ----------
    group : Optimizer
        Whose rule it is, with its settings.
    dtypes : list of dtype
        Those of the parameter, the gradient, and the states.
    count : int
        The number of the next update.

    Raises
    ------
    Untraceable
        If it is not elementwise, branches on values, changes its attributes, does
        arithmetic with scalars or draws random numbers.
    """
    with np.errstate(all="ignore"):
        first = Asked(group, dtypes, 0.0123, count, 0.75).formula()
        other = Asked(group, dtypes, 0.0456, count + 7, 0.5).formula()
    if spelled(first) != spelled(other):
        raise Untraceable("the formula is another one in each step")
    kept = [result for result in first.results if result.call is not None]
    calls, now = simplified(first.calls, kept)
    first = first._replace(rates=first.rates & other.rates)
    return apart(first, calls, [now(result) for result in first.results])


# -- what stands for scalars while a rule is asked -------------------------------------
class Scalar(float):
    """A number that is another one in each step: a rule may multiply arrays by it."""

    number: int

    def _no_branch(self, *arguments: Any) -> NoReturn:
        raise Untraceable("a rule branches on a number of this step")

    __bool__ = __int__ = __round__ = __trunc__ = __floor__ = __ceil__ = _no_branch
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no_branch
    __hash__ = object.__hash__


class Count(int):
    """The number of steps so far."""

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = Scalar._no_branch
    __gt__ = __ge__ = __index__ = Scalar._no_branch
    __hash__ = object.__hash__


def scalar(value: Any, number: int) -> Scalar:
    """Mark a number."""
    if type(value) not in (float, int):
        raise Untraceable(f"a scalar is a {type(value).__name__}")
    made = Scalar(value)
    made.number = number
    return made


class ElementwiseTape(Tape):
    """Writes down elementwise calls, and refuses all others."""

    def shape_asked(self) -> None:
        """Refuse: a flat array has another shape than the parameter."""
        raise Untraceable("a rule asks for a shape")

    def apply(self, ufunc: np.ufunc, arguments: tuple[Any, ...]) -> Any:
        """Look at what is called most as at everything else."""
        return self.record(ufunc, arguments, {})

    def record(
        self,
        function: Any,
        arguments: tuple[Any, ...],
        settings: dict[str, Any],
        run: Any = None,
    ) -> Any:
        """Run a call, with plain numbers for scalars; write it down with places."""
        if settings or function not in ELEMENTWISE:
            raise Untraceable(f"{function!r:.60} is not known to be elementwise")
        if function is operator.pow and arguments[1:] != (2,):
            raise Untraceable("powers depend on how NumPy computes them")
        marked = [type(each) is Scalar for each in arguments]
        for each in arguments:
            if isinstance(each, np.ndarray | list | tuple):
                raise Untraceable("an array beside the parameter's")
        placed = tuple(
            [Place(each.number) if type(each) is Scalar else each for each in arguments]
        )

        def with_numbers(*values: Any) -> Any:
            pairs = zip(values, arguments, marked, strict=True)
            return function(*[float(a) if m else value for value, a, m in pairs])

        result = super().record(function, placed, {}, with_numbers)
        if any(marked):
            check_dtypes(self.calls[-1])
        return result


def check_dtypes(call: Call) -> None:
    """Refuse a scalar among arrays of several dtypes: it has to have one."""
    floats = {each.dtype for each in call.inputs if each.dtype.kind == "f"}
    if len(floats) != 1 or call.results[0].dtype not in {*floats, np.dtype(bool)}:
        raise Untraceable("a scalar among arrays of several dtypes")


ELEMENTWISE = frozenset(
    {np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.absolute}
    | {np.fabs, np.sqrt, np.square, np.sign, np.maximum, np.minimum, np.fmax, np.fmin}
    | {np.copysign, np.reciprocal, np.floor, np.ceil, np.trunc, np.rint, np.signbit}
    | {np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal}
    | {np.logical_and, np.logical_or, np.logical_not, np.isfinite, np.isnan, np.isinf}
    | {np.clip, np.ndarray.clip, np.where, operator.pow}
)
"""Exactly rounded, so that the bits of a number do not depend on its place."""


# -- asking ----------------------------------------------------------------------------
class Asked:
    """A copy of an optimizer, whose rule runs on traced arrays."""

    def __init__(
        self, group: Any, dtypes: list[Any], rate: float, count: int, scale: float
    ) -> None:
        self.rule = object.__new__(type(group))
        self.own = vars(self.rule)
        self.own.update(vars(group), lr=rate)
        known = settings_of(type(group))
        for name, value in self.own.items():
            if name not in known and name not in KEPT and not is_fixed(value):
                raise Untraceable(f"{name} may be changed unseen")
        self.dtypes, self.rate = dtypes, rate
        self.scalars = self._unchanged(self.rule.full_scalars, count, scale)
        if type(self.scalars) is not tuple:
            raise Untraceable("scalars is to return a tuple")
        self.own.update(lr=scalar(rate, RATE), step_count=Count(count))

    def formula(self) -> Formula:
        """Run the rule; the results are those of calls, or leaves."""
        tape = ElementwiseTape()
        tape.owner = Owner(None, "update")
        parameter, gradient, *states = [
            tape.traced(np.ones(2, dtype), None, None) for dtype in self.dtypes
        ]
        scalars = [scalar(value, place) for place, value in enumerate(self.scalars)]
        given = self._unchanged(
            self.rule.full_update, parameter, gradient, *states, *scalars
        )
        results = list(given) if type(given) is tuple else [given]
        if len(results) != 1 + len(states):
            raise Untraceable("not as many results as states")
        for result, old in zip(results, [parameter, *states], strict=True):
            if type(result) is not Traced:
                raise Untraceable("a result does not depend on the gradient")
            if not np.can_cast(result.dtype, old.dtype, "same_kind"):
                raise Untraceable(f"{result.dtype} cannot become {old.dtype}")
        rates = [n for n, value in enumerate(self.scalars) if value == self.rate]
        return Formula(
            tape.calls, parameter, gradient, states, results, frozenset(rates)
        )

    def _unchanged(self, method: Any, *arguments: Any) -> Any:
        """Call a method that leaves the attributes as they are."""
        before = {name: v for name, v in self.own.items() if name not in KEPT}
        try:
            given = method(*arguments)
        except Exception as error:  # whatever a rule does with what is no array
            raise Untraceable(str(error)) from error
        after = {name: v for name, v in self.own.items() if name not in KEPT}
        if before.keys() != after.keys() or any(
            before[name] is not after[name] for name in before
        ):
            raise Untraceable("the rule changes its own attributes")
        return given


KEPT = BOOKKEEPING | {"net", "_whole", "_own"}
"""Attributes that are no settings."""


def is_fixed(value: Any) -> bool:
    """Tell a value that nobody can change without assigning the attribute."""
    if type(value) in (tuple, frozenset):
        return all(map(is_fixed, value))
    return value is None or type(value) in FIXED or isinstance(value, np.generic)


FIXED = frozenset({bool, int, float, complex, str, bytes, np.dtype, range, type})


# -- comparing and tidying up ----------------------------------------------------------
def spelled(formula: Formula) -> list[Any]:
    """Spell a formula out, so that equal formulas are spelled alike."""
    numbers: dict[Traced, int] = {}
    for leaf in (formula.parameter, formula.gradient, *formula.states):
        numbers[leaf] = len(numbers)
    lines: list[Any] = []
    for call in formula.calls:
        for result in call.results:
            numbers[result] = len(numbers)
        operands = [numbers[each] for each in call.inputs]
        dtypes = [result.dtype for result in call.results]
        lines.append((call.function, frozen(call.arguments), operands, dtypes))
    lines.append([numbers[result] for result in formula.results])
    return lines


def apart(formula: Formula, calls: list[Call], results: list[Traced]) -> Formula:
    """Give each result a call of its own, copying where need be.

    A leaf that is handed on as it was, to its own place, needs no call.
    """
    olds = [formula.parameter, *formula.states]
    seen: set[Traced] = set()
    for place, (result, old) in enumerate(zip(results, olds, strict=True)):
        if result is old:
            continue
        if result.call is None or result in seen:
            call = Call(np.positive, (Slot(0),), {}, [result], Owner(None, "update"))
            copied = Traced(result.value, result.tape, call)
            call.results.append(copied)
            calls.append(call)
            results[place] = result = copied
        seen.add(result)
    # nobody reads the old parameter once the new one is written
    new = results[0]
    if new.call in calls and not any(reads(call, new) for call in calls):
        calls.remove(new.call)
        calls.append(new.call)
    return formula._replace(calls=calls, results=results)


def reads(call: Call, value: Traced) -> bool:
    """Tell whether a value is an operand of a call."""
    return any(each is value for each in call.inputs)
