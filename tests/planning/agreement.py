"""Comparing a plan with the stepped pass, to the bit."""

import numpy as np


def stepped(plan, feeds=None):
    """Run the passes of a plan step by step; give all that they leave."""
    graph = plan.graph
    graph.forward(feeds, target=plan.targets, training=plan.training)
    if plan.gradients_of:
        graph.backward(plan.targets[0], wrt=plan.gradients_of)
    return left_by(plan)


def left_by(plan):
    """Give what passes leave: outputs, gradients, states, parameters."""
    graph = plan.graph
    return {
        "outputs": [np.array(target.output) for target in plan.targets],
        "gradients": [
            None if node.grad is None else np.array(node.grad, order="K")
            for node in plan.gradients_of
        ],
        "states": [state.value.copy() for state in graph.states],
        "parameters": [parameter.value.copy() for parameter in graph.parameters],
    }


def from_the_same_states(plan, run):
    """Run a pass, and let the states be as they were before it."""
    before = [(state, state.value) for state in plan.graph.states]
    try:
        return run()
    finally:
        for state, value in before:
            state.value = value


def check_agreement(plan, feeds=None, *, is_planned=True):
    """Check that a run of a plan leaves the very bits that the stepped pass leaves.

    Where that is refused, so is the run, in the same words. With `is_planned` None the
    run may be stepped: a value decides a shape.
    """
    try:
        expected = from_the_same_states(plan, lambda: stepped(plan, feeds))
    except Exception as error:
        refusal = error
    else:
        outputs = plan.run(feeds)
        assert is_planned is None or was_planned(plan) == is_planned
        found = left_by(plan)
        given = list(outputs) if isinstance(outputs, tuple) else [outputs]
        check_same(expected, found)
        check_same({"outputs": expected["outputs"]}, {"outputs": given})
        return True
    try:
        plan.run(feeds)
    except Exception as error:
        assert type(error) is type(refusal)  # noqa: PT017 -- two errors are compared
        assert str(error) == str(refusal)  # noqa: PT017
        return False
    raise AssertionError(f"the plan ran, where the stepped pass raised {refusal!r}")


def was_planned(plan):
    """Tell whether the last pass was a planned one: it keeps no value in between."""
    targets = {target.id for target in plan.targets}
    return not any(
        node.kind == "operation" and node.id not in targets and node.output is not None
        for node in plan.graph._order(sorted(targets))
    )


def check_same(expected, found):
    for what, arrays in expected.items():
        assert len(arrays) == len(found[what])
        for position, (one, other) in enumerate(zip(arrays, found[what], strict=True)):
            assert same_bits(one, other), f"{what} {position}: {one!r}\n{other!r}"


def same_bits(one, other):
    if one is None or other is None:
        return one is other
    return bits(one) == bits(other)


def bits(array):
    """Give shape, dtype and bytes, with one NaN for all."""
    shape, array = np.shape(array), np.ravel(array).copy()
    if array.dtype.kind in "fc":
        parts = array.view(array.real.dtype)
        parts[np.isnan(parts)] = np.nan
    return shape, array.dtype, array.tobytes()


def planned_wholes(plan):
    """Name the classes of what the last planned pass calls as a whole."""
    return {type(whole.node).__name__ for whole in plan._planned().wholes}
