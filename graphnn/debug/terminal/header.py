"""What is shown at every stop: where, what came in and went out, what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.debug.terminal.colour import Palette, plain
from graphnn.debug.terminal.values import in_one_line, short

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper
    from graphnn.engine import Step

MOST = 4
"""Inputs that are shown; a concatenation may have hundreds."""

NAME = 30
"""Columns that a name has in any case; the name of the file is cut before."""

SOURCE = 10
"""Columns that a file and line have, or they are left out."""

INDENT = "  "


def header(
    stepper: Stepper,
    width: int,
    palette: Palette,
    more: str,
    *,
    in_program: bool = False,
    opening: bool = False,
) -> list[str]:
    """Describe where a stepper stands.

    Parameters
    ----------
    stepper : Stepper
    width : int
    palette : Palette
    more : str
        The sign for what is left out.
    in_program : bool
        Whether a program goes on when the pass is complete.
    opening : bool
        Whether it is the first stop in a pass of it: the step that a backward pass
        begins behind has been shown, as the last one of the forward pass.
    """
    step = stepper.current
    place = palette.current(f"[{stepper.index}/{len(stepper)}]")
    lines = []
    if opening and is_before_backward(stepper):
        lines.append(f"{place} the backward pass begins")
        return [*lines, next_line(stepper, width, palette, in_program)]
    if step is None:
        lines.append(f"{place} before the first step")
    else:
        node = step.node
        room = width - len(plain(place)) - len(step.phase) - 5
        kind = kind_of(node, room - min(len(node.name), NAME))
        room -= len(kind)
        name = palette.heading(short(node.name, room))
        lines.append(f"{place} {step.phase}  {name}  {kind}")
        lines += [
            labelled(label, value, width, palette)
            for label, value in came_and_went(step, more)
        ]
    return [*lines, next_line(stepper, width, palette, in_program)]


def is_before_backward(stepper: Stepper) -> bool:
    """Tell whether a stepper stands between the two passes."""
    step, moment = stepper.current, stepper.upcoming
    return (
        step is not None
        and moment is not None
        and (step.phase, moment.phase) == ("forward", "backward")
    )


def kind_of(node: Any, room: int) -> str:
    """Say what operation a node is, and where in the user's code it was made."""
    kind = type(node).__name__
    if node.source is None:
        return f"({kind})"
    source = str(node.source)
    room -= len(f"({kind}, )")
    if room < min(len(source), SOURCE):
        return f"({kind})"
    return f"({kind}, {short(source, room)})"


def next_line(
    stepper: Stepper, width: int, palette: Palette, in_program: bool = False
) -> str:
    """Say which step comes next."""
    moment = stepper.upcoming
    if moment is None:
        text = "next: none, the pass is complete"
        if in_program:
            step = stepper.current
            phase = "pass" if step is None else f"{step.phase} pass"
            text = f"next: the {phase} is complete; n goes on with the program"
        return palette.faint(short(text, width))
    kind = f"({type(moment.node).__name__})"
    name = short(moment.node.name, width - len(moment.phase) - len(kind) - 10)
    return palette.faint(f"next: {moment.phase}  {name}  {kind}")


def came_and_went(step: Step, more: str = "…") -> list[tuple[str, Any]]:
    """List what a step was given and what it made, by the names to ask for it.

    In a forward pass the inputs and the output; in a backward pass the gradient of the
    output, that of each input, and the sum so far where it is not the only one.
    """
    inputs = input_labels(step)
    if step.phase == "forward":
        rows = list(zip(inputs, step.inputs, strict=True))
        return [*cut(rows, more), ("output", step.output)]
    grads = step.input_grads or ()
    rows = [
        (grad_label(label), gradient)
        for label, gradient in zip(inputs, grads, strict=True)
        if gradient is not None
    ]
    sums = [
        (f"accumulated[{position}]", total)
        for position, total in enumerate(step.accumulated or ())
        if total is not None
        and grads[position] is not None
        and total is not grads[position]
    ]
    return [("output_grad", step.output_grad), *cut(rows, more), *cut(sums, more)]


def input_labels(step: Step) -> list[str]:
    """Name a step's inputs as an expression at the prompt does."""
    node, count = step.node, len(step.inputs)
    states = len(node.states)
    has_parameter = getattr(node, "parameter", None) is not None
    given = count - states - has_parameter
    labels = ["input_"] if given == 1 else [f"inputs[{i}]" for i in range(given)]
    labels += ["param"] * has_parameter
    return labels + [f"inputs[{i}]" for i in range(count - states, count)]


def grad_label(label: str) -> str:
    """Name the gradient of an input.

    Examples
    --------
    >>> grad_label("input_"), grad_label("param"), grad_label("inputs[1]")
    ('input_grad', 'param_grad', 'input_grads[1]')
    """
    if label.startswith("inputs"):
        return label.replace("inputs", "input_grads")
    return f"{label.rstrip('_')}_grad"


def cut(rows: list[tuple[str, Any]], more: str) -> list[tuple[str, Any]]:
    """Leave out what is too much for a glance."""
    if len(rows) <= MOST:
        return rows
    return [*rows[:MOST], (f"{more} {len(rows) - MOST} more: a", ...)]


def labelled(label: str, value: Any, width: int, palette: Palette) -> str:
    """Write a value behind its name."""
    if value is ...:
        return f"{INDENT}{palette.faint(label)}"
    room = width - len(INDENT) - 15
    return f"{INDENT}{label:<14} {in_one_line(value, room, palette)}"
