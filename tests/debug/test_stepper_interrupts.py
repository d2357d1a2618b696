"""Ctrl-C at any line: the stepper goes on from where it then stands."""

import linecache
import sys

import pytest
from stepped_graphs import CASES
from stepping import check_picture, picture_of, plain_run

import graphnn as gn

INTERRUPTED = ("/graphnn/debug/", "engine/passes.py", "graph/backward.py")
NOT_THERE = ("with ", "finally", "if untouched", "graph._holder =")
"""Lines at which a tracer breaks a lock or what undoes; a real Ctrl-C does not."""


class Interrupting:
    """Raise KeyboardInterrupt at the n-th line that the debugger runs."""

    def __init__(self, number):
        self.left = number

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.enter)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)

    def enter(self, frame, event, argument):
        name = frame.f_code.co_filename.replace("\\", "/")
        return self.at_line if any(part in name for part in INTERRUPTED) else None

    def at_line(self, frame, event, argument):
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and not line.startswith(NOT_THERE):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.at_line


def doubled(value):
    return tuple(map(doubled, value)) if type(value) is tuple else value * 2


def moves(stepper):
    node = next(n for n in stepper.graph.nodes if n.kind == "operation")
    last = len(stepper)
    return [
        lambda: stepper.seek(last),
        lambda: stepper.seek(3),
        lambda: stepper.seek(last - 2),
        lambda: stepper.set(node, doubled(node.output)),
        lambda: stepper.changes,
        lambda: stepper.undo(),
    ]


@pytest.mark.parametrize("name", ["network", "several_outputs"])
@pytest.mark.parametrize("move", range(6))
def test_a_stepper_that_is_interrupted(name, move):
    number, interrupted = 1, True
    while interrupted:
        case = CASES[name]()
        pristine = case.twin()
        places = {node.id: place for place, node in enumerate(case.graph.nodes)}
        stepper = gn.Stepper(case.graph, case.feeds, **case.settings)
        for earlier in moves(stepper)[:move]:
            earlier()
        interrupted = False
        with Interrupting(number):
            try:
                moves(stepper)[move]()
            except KeyboardInterrupt:
                interrupted = True
        stepper.step(0)
        pinned = stepper.tape.world.values
        run = plain_run(pristine, {places[i]: value for i, value in pinned.items()})
        for index in (stepper.index, len(stepper), 0):
            stepper.seek(index)
            check_picture(
                picture_of(case.graph),
                run.pictures[index],
                f"{index}, interrupted at line {number}",
                {places[node.id] for node in stepper.tape.order},
            )
        assert len(stepper) == len(run.pictures) - 1
        number += 67
