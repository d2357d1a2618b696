"""What a stepper has to show: plain passes, run again for each set of edits.

`plain_run` is the model. It knows nothing of tapes: it runs the passes over a copy of
the graph in a loop of its own, and takes a picture of all nodes behind each step.
"""

import copy
from dataclasses import dataclass, field

import numpy as np

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph.binding import BINDING
from graphnn.graph.gradients import output_gradient
from graphnn.graph.states import advance_states

NOT_RUN = {"output": None, "input_values": (), "needs_input_grad": ()}


@dataclass
class Case:
    """A graph, and what a stepper is asked to do with it."""

    graph: object
    target: object = None
    feeds: dict = field(default_factory=dict)
    other: dict = field(default_factory=dict)  # what a foreign pass is fed
    training: bool = False
    output_grad: object = None
    wrt: list = field(default_factory=list)
    backward: bool = True

    @property
    def settings(self):
        """What a Stepper is made with, besides the graph and the feeds."""
        return {
            "target": self.target,
            "training": self.training,
            "output_grad": self.output_grad,
            "wrt": self.wrt or None,
            "backward": self.backward,
        }

    def twin(self):
        """Copy it, so that what runs on the copy does nothing to this."""
        memo = {}
        graph = copy.deepcopy(self.graph, memo)
        places = {node.id: place for place, node in enumerate(self.graph.nodes)}
        nodes = list(graph.nodes)

        def there(node):
            return nodes[places[node.id]]

        return Case(
            graph,
            None if self.target is None else there(self.target),
            {there(node): value for node, value in self.feeds.items()},
            {there(node): value for node, value in self.other.items()},
            self.training,
            self.output_grad,
            [there(node) for node in self.wrt],
            self.backward,
        )


@dataclass
class Picture:
    """All nodes at one moment, by their places in ``graph.nodes``."""

    held: list  # of dicts: attributes, "output_grad", "input_grads", "value"
    training: bool
    step: tuple | None = None  # (phase, place, inputs, output, output_grad, …)


@dataclass
class Run:
    """A pass: a picture behind each step, and what ended it before its end."""

    pictures: list
    error: type | None = None
    input_places: dict = field(default_factory=dict)
    wanted: set = field(default_factory=set)
    order: list = field(default_factory=list)  # places

    @property
    def keys(self):
        """The steps, each as (phase, place)."""
        return [picture.step[:2] for picture in self.pictures[1:]]


def picture_of(graph, step=None):
    """Look at every node of a graph."""
    return Picture([held_by(node) for node in graph.nodes], graph.training, step)


def held_by(node):
    """Give all that a pass may change on a node."""
    held = {"output_grad": node.output_grad, "grad": node.grad, "output": node.output}
    if node.kind == "operation":
        held |= {name: getattr(node, name) for name in NOT_RUN}
        held["input_grads"] = node.input_grads
        held |= {k: v for k, v in vars(node).items() if k not in BINDING}
    elif node.kind == "parameter":
        held["output"] = node.value.copy()
    elif node.kind == "state":
        held["next"] = node.value
    return held


# -- the model -------------------------------------------------------------------------
def plain_run(case, values=(), gradients=()):
    """Run both passes over a copy of a case, with values and gradients pinned.

    Parameters
    ----------
    case : Case
    values, gradients : mapping of place to value
        What the nodes hold, whatever their formulas say.
    """
    twin = case.twin()
    values, gradients = dict(values), dict(gradients)
    run = Run([])
    try:
        with np.errstate(all="ignore"):
            PlainPass(twin, values, gradients, run).go()
    except Exception as error:
        run.error = type(error)
    return run


class PlainPass:
    """The two passes, in the plainest way."""

    def __init__(self, case, values, gradients, run):
        self.case, self.graph, self.run = case, case.graph, run
        self.values, self.pinned = values, gradients
        self.nodes = list(self.graph.nodes)
        self.places = {node.id: place for place, node in enumerate(self.nodes)}

    def go(self):
        """Take a picture at the beginning and behind each step."""
        case, graph = self.case, self.graph
        target = case.target if case.target is not None else graph.sink()
        self.ops = forward_operations(case)
        graph.training = case.training
        for node, value in case.feeds.items():
            node.output = np.array(value)
        for place, value in self.values.items():
            self.put_leaf(self.nodes[place], value)
        states = [n for n in graph.nodes if n.kind == "state"]
        used = {i.id for node in self.ops for i in node.inputs}
        for state in states:
            if state.id in used:
                state.output = state.value
        for node in self.ops:
            node._clear_residuals()
            for name in NOT_RUN:
                vars(node).pop(name, None)
        self.clear_gradients()
        self.look()
        self.forward()
        if case.backward:
            self.backward(target)

    def put_leaf(self, leaf, value):
        if leaf.kind == "parameter":
            leaf.value[...] = value
        elif leaf.kind == "state":
            leaf._value = leaf.output = value
        elif leaf.kind != "operation":
            leaf.output = value

    def clear_gradients(self):
        graph = self.graph
        graph._output_grads, graph._input_grads = {}, {}
        for node in graph.nodes:
            if node.kind == "parameter":
                node.grad = None

    def look(self, step=None):
        self.run.pictures.append(picture_of(self.graph, step))

    def forward(self):
        for node in self.ops:
            inputs = tuple([giver.output for giver in node.inputs])
            node.input_values = inputs
            node.output = call_output(node)
            place = self.places[node.id]
            node.output = self.values.get(place, node.output)
            if node is self.ops[-1] and self.case.training:
                for one in self.ops:
                    if one.states:
                        advance_states(one)
            self.look(("forward", place, inputs, node.output, None, None, None))

    def backward(self, target):
        graph, case = self.graph, self.case
        order = graph._order([target.id])
        leaves = [n for n in graph.parameters if n.trainable] + case.wrt
        wanted = {leaf.id for leaf in leaves}
        for node in order:
            several = type(node.output) is tuple
            if (
                wanted & set(node.input_ids)
                and not node.stops_gradient
                and (several or node.output.dtype.kind in "fc")
            ):
                wanted.add(node.id)
        self.run.wanted = {self.places[i] for i in wanted}
        self.run.order = [self.places[node.id] for node in order]
        sums = {target.id: output_gradient(target, case.output_grad)}
        pinned = {self.nodes[place].id: g for place, g in self.pinned.items()}
        sums |= pinned
        handed = {}
        for node in reversed(order):
            gradient = sums.get(node.id)
            if gradient is None or not node.input_ids or node.id not in wanted:
                continue
            if type(gradient) is tuple:
                sums[node.id] = gradient = tuple(
                    [
                        np.zeros_like(value) if part is None else part
                        for part, value in zip(gradient, node.output, strict=True)
                    ]
                )
            node.needs_input_grad = tuple([i in wanted for i in node.input_ids])
            handed[node.id] = call_input_grads(node, gradient)
            for input_id, input_grad in zip(
                node.input_ids, handed[node.id], strict=True
            ):
                if input_grad is not None and input_id not in pinned:
                    sums[input_id] = added(sums.get(input_id), input_grad)
            graph._output_grads, graph._input_grads = dict(sums), dict(handed)
            for parameter in graph.parameters:
                parameter.grad = sums.get(parameter.id)
            accumulated = tuple([sums.get(i) for i in node.input_ids])
            place = self.places[node.id]
            inputs, output = node.input_values, node.output
            told = inputs, output, gradient, handed[node.id], accumulated
            self.look(("backward", place, *told))


def forward_operations(case):
    """List the operations that the forward pass runs, as the pass itself says."""
    twin = case.twin()
    places = {node.id: place for place, node in enumerate(twin.graph.nodes)}
    nodes = list(case.graph.nodes)
    target = twin.target if twin.target is not None else twin.graph.sink()
    steps = twin.graph.forward_steps(twin.feeds, target=target, training=twin.training)
    with np.errstate(all="ignore"):
        return [nodes[places[step.node.id]] for step in steps]


def added(total, gradient):
    """Add up what reaches a node, part by part where it has several outputs."""
    if total is None:
        return gradient
    if type(gradient) is tuple:
        return tuple(
            [
                two if one is None else one if two is None else one + two
                for one, two in zip(total, gradient, strict=True)
            ]
        )
    return np.asarray(total + gradient)


# -- comparing -------------------------------------------------------------------------
def same(one, other):
    """Tell whether two values are the same to the bit (any NaN is a NaN)."""
    if isinstance(one, np.ndarray | np.generic):
        if type(other) is not type(one) or one.dtype != other.dtype:
            return False
        if one.shape != other.shape:
            return False
        if one.tobytes() == other.tobytes():
            return True
        if one.dtype.kind not in "fc":
            return False
        numbers = ~(np.isnan(one) & np.isnan(other))
        return (
            np.asarray(one)[numbers].tobytes() == np.asarray(other)[numbers].tobytes()
        )
    if isinstance(one, tuple | list):
        return (
            type(one) is type(other)
            and len(one) == len(other)
            and all(same(a, b) for a, b in zip(one, other, strict=True))
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if one is None or isinstance(one, bool | int | float | complex | str):
        return type(one) is type(other) and one == other
    return type(one) is type(other)  # a setting


def check_picture(found, expected, where="", only=None):
    """Compare two pictures, node by node (those that are part of the pass)."""
    assert found.training == expected.training, f"{where}: training"
    for place, (one, other) in enumerate(zip(found.held, expected.held, strict=True)):
        if only is not None and place not in only:
            continue
        assert one.keys() == other.keys(), f"{where}: node {place}: {one} {other}"
        for name, value in one.items():
            assert same(value, other[name]), (
                f"{where}: node {place}: {name} is {value!r}, not {other[name]!r}"
            )


def check_step(step, expected, places):
    """Compare a step with what the model says of it."""
    if expected is None:
        assert step is None
        return
    found = (
        *(step.phase, places[step.node.id], step.inputs, step.output),
        *(step.output_grad, step.input_grads, step.accumulated),
    )
    assert same(found, expected), f"{found} is not {expected}"


def attributes_of(graph):
    """Give every attribute of a graph and of its nodes, arrays copied."""
    own = {
        name: value
        for name, value in vars(graph).items()
        # caches, and what is compared through the nodes
        if name not in ("_orders", "_consumers", "_indexed", "_lock", "_nodes")
        and name != "_gradients"  # the two below are what it holds
    }
    own |= {"_output_grads": dict(graph._output_grads)}
    own |= {"_input_grads": dict(graph._input_grads)}
    nodes = []
    for node in graph.nodes:
        defaults = {k: getattr(type(node), k, ...) for k in vars(node)}
        state = {k: v for k, v in vars(node).items() if v is not defaults[k]}
        if node.kind == "parameter":
            state["_value"] = node.value.copy()
            state["array"] = id(node.value)
        nodes.append(state)
    return own, nodes


def check_attributes(found, expected):
    """Compare what :func:`attributes_of` gave, by identity but for the parameters."""
    for one, other in zip(
        [found[0], *found[1]], [expected[0], *expected[1]], strict=True
    ):
        assert one.keys() == other.keys(), one.keys() ^ other.keys()
        for name, value in one.items():
            before = other[name]
            if name in ("_output_grads", "_input_grads"):
                assert value.keys() == before.keys()
                assert all(value[key] is before[key] for key in value), name
            elif name == "_value":
                assert same(value, before), name
            else:
                assert value is before or value == before, name
