"""After an edit the steps that depend on it run again, and no other hook is called."""

import networkx as nx
import numpy as np
import pytest
from stepped_graphs import CASES
from stepping import check_picture, picture_of, plain_run

import graphnn as gn
from graphnn.engine import passes
from graphnn.graph.gradients import is_differentiable
from graphnn.graph.node import Node

EDITABLE = {name: make for name, make in CASES.items() if name != "forward_only"}


@pytest.fixture
def calls(monkeypatch):
    """List the hooks that the engine calls on nodes: (phase, node)."""
    called = []
    for phase, name in (("forward", "call_output"), ("backward", "call_input_grads")):
        plain = getattr(passes, name)

        def counted(node, *arguments, phase=phase, plain=plain):
            if isinstance(node, Node):
                called.append((phase, node.id))
            return plain(node, *arguments)

        monkeypatch.setattr(passes, name, counted)
    return called


def step_graph(stepper):
    """Draw what each step reads: values, gradients, and what steps make of them."""
    steps = nx.DiGraph()
    needs = {
        step.node.id: step.node.needs_input_grad
        for step in stepper.steps
        if step.phase == "backward"
    }
    for node in stepper.tape.forward_nodes:
        for position, giver in enumerate(node.inputs):
            steps.add_edge(("value", giver.id), ("value", node.id))
            if node.id in needs:
                steps.add_edge(("value", giver.id), ("backward", node.id))
                if needs[node.id][position]:
                    steps.add_edge(("backward", node.id), ("grad", giver.id))
        if node.id in needs:
            steps.add_edge(("value", node.id), ("backward", node.id))
            steps.add_edge(("grad", node.id), ("backward", node.id))
    return steps


def descendants(steps, start):
    """List the steps behind a value or a gradient: (phase, node)."""
    if start not in steps:
        return set()
    found = nx.descendants(steps, start)
    forward = {("forward", node_id) for kind, node_id in found if kind == "value"}
    return forward | {key for key in found if key[0] == "backward"}


def nudged(value):
    if type(value) is tuple:
        return tuple(map(nudged, value))
    if not isinstance(value, np.ndarray):
        return value * 2
    if value.dtype.kind == "b":
        return ~value
    if value.dtype.kind in "iu":
        return np.asarray(value[::-1].copy() if value.ndim else value + 1)
    return np.asarray(value * 1.25 + 0.125)


@pytest.mark.parametrize("what", ["value", "grad"])
@pytest.mark.parametrize("part", ["whole", "forward"])
@pytest.mark.parametrize("name", EDITABLE)
def test_what_runs_again_is_what_depends_on_the_edit(name, part, what, calls):
    case = EDITABLE[name]()
    graph = case.graph
    pristine = case.twin()
    places = {node.id: place for place, node in enumerate(graph.nodes)}
    stepper = gn.Stepper(graph, case.feeds, **case.settings)
    stepper.seek(len(stepper))
    steps, every = step_graph(stepper), stepper.steps
    only = {places[node.id] for node in stepper.tape.order}
    for node in stepper.tape.order:
        old = node.output
        if what == "grad" and (
            not is_differentiable(old) or node.kind in ("constant", "state")
        ):
            continue
        stepper.seek(len(every))
        index = len(every) if part == "whole" else len(stepper.tape.forward_nodes)
        stepper.seek(index)
        new = nudged(old)
        pinned = {places[node.id]: new}
        run = plain_run(pristine, *([pinned] if what == "value" else [{}, pinned]))
        calls.clear()
        (stepper.set if what == "value" else stepper.set_grad)(node, new)
        expected = descendants(steps, (what, node.id))
        here = {(step.phase, step.node.id) for step in every[:index]} & expected
        assert set(calls) == here
        assert len(calls) == len(here)  # each once
        assert [(phase, n.id) for phase, n in stepper.reran] == calls
        check_picture(picture_of(graph), run.pictures[index], f"{node.name}", only)
        stepper.seek(len(stepper))
        assert set(calls) - expected <= set(run_only(run, graph, every))
        check_picture(picture_of(graph), run.pictures[-1], f"{node.name}", only)
        calls.clear()
        stepper.undo()
        assert calls == []  # all is known
        stepper.seek(len(every))


def run_only(run, graph, every):
    """List the steps that only the edited run takes."""
    known = {(step.phase, step.node.id) for step in every}
    nodes = graph.nodes
    return [(p, nodes[i].id) for p, i in run.keys if (p, nodes[i].id) not in known]


@pytest.mark.parametrize("name", CASES)
def test_there_and_back_and_there_again(name, calls):
    case = CASES[name]()
    run = plain_run(case.twin())
    stepper = gn.Stepper(case.graph, case.feeds, **case.settings)
    places = {node.id: place for place, node in enumerate(case.graph.nodes)}
    only = {places[node.id] for node in stepper.tape.order}
    calls.clear()
    last = len(run.pictures) - 1
    for index in [*range(last + 1), *range(last, -1, -1), *range(last + 1)]:
        stepper.seek(index)
        check_picture(picture_of(case.graph), run.pictures[index], f"{index}", only)
    assert len(calls) == last


@pytest.mark.parametrize("name", CASES)
def test_the_model_is_what_the_public_passes_do(name):
    case = CASES[name]()
    run = plain_run(case.twin())
    graph = case.graph
    target = graph.sink() if case.target is None else case.target
    places = {node.id: place for place, node in enumerate(graph.nodes)}
    steps = graph.forward_steps(case.feeds, target=target, training=case.training)
    keys = [("forward", places[step.node.id]) for step in steps]
    if case.backward:
        walk = graph.backward_steps(target, case.output_grad, wrt=case.wrt or None)
        keys += [("backward", places[step.node.id]) for step in walk]
        check_picture(picture_of(graph), run.pictures[-1])
    assert keys == run.keys
