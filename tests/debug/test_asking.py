"""What a stepper is asked: the questions reach the right answers."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.check_results import Checks, NodeCheck
from graphnn.errors import MissingNode, NotRunError


@pytest.fixture
def network():
    network = gn.NeuralNetwork(
        [gn.Embedding(10, 4), gn.Flatten(), gn.Dense(3, "gelu")],
        gn.SoftmaxCrossEntropy(),
        seed=0,
    )
    network.train_batch(np.arange(8).reshape(4, 2), np.array([0, 1, 2, 1]))
    return network


@pytest.fixture
def stepper(network):
    X, y = np.arange(8).reshape(4, 2), np.array([0, 1, 2, 1])
    return gn.Stepper.of_network(network, X, y)


def test_a_formula_is_stepped_through_with_the_values_at_hand(stepper, network):
    stepper.run_to("dense_1/gelu")
    inside = stepper.expand()
    assert len(inside) == len([m for m in inside.timeline if m.phase == "forward"])
    inside.seek(len(inside))
    gelu = network.graph["dense_1/gelu"]
    assert np.array_equal(inside.targets[0].output, gelu.output)
    assert stepper.index == 5  # the outer one stands where it stood


def test_it_goes_backward_where_a_gradient_has_come(stepper, network):
    stepper.seek(len(stepper))
    gelu = network.graph["dense_1/gelu"]
    inside = stepper.expand(gelu)
    inside.seek(len(inside))
    (leaf,) = [n for n in inside.graph.nodes if n.kind == "input"]
    assert np.allclose(leaf.grad, gelu.input_grad, rtol=1e-12)


@pytest.mark.parametrize(
    "name", ["embedding_1/embedding_lookup", "softmax_cross_entropy"]
)
def test_integers_among_the_inputs_are_no_hindrance(stepper, network, name):
    stepper.seek(len(stepper))
    inside = stepper.expand(name)
    inside.seek(len(inside))
    assert np.array_equal(inside.targets[0].output, network.graph[name].output)


def test_without_a_step_there_is_no_node_to_ask_about(stepper):
    with pytest.raises(NotRunError, match="before the first step"):
        stepper.expand()
    with pytest.raises(NotRunError, match="before the first step"):
        stepper.check()


def test_check_is_of_the_step_or_of_a_node_or_of_all(stepper):
    stepper.seek(4)
    one = stepper.check()
    assert isinstance(one, NodeCheck)
    assert (one.node.name, one.ok) == ("dense_1/bias_add", True)
    assert stepper.check("dense_1/bias_add").node.name == "dense_1/bias_add"
    stepper.seek(len(stepper))
    every = stepper.check("all")
    assert isinstance(every, Checks)
    assert every.ok
    with pytest.raises(MissingNode, match="Did you mean"):
        stepper.check("dense_1/geluu")


def test_why_takes_names_and_nodes(stepper, network):
    stepper.seek(len(stepper))
    weight = network.layers[2].weight
    by_node, by_name = (
        stepper.why(weight, (0, 1)),
        stepper.why("dense_1/weight", (0, 1)),
    )
    assert by_node.total == by_name.total
    assert sum(c.value for c in by_node) == pytest.approx(weight.grad[0, 1], rel=1e-12)


def test_origin_is_that_of_the_pass():
    x = gn.Input("x", value=np.array([1.0, 4.0]))
    loss = np.sum(np.sqrt(x) * 2.0)
    stepper = gn.Stepper(loss.graph, {"x": [-1.0, 4.0]}, wrt=x)
    with np.errstate(all="ignore"):
        stepper.seek(len(stepper))
    assert [finding.node.name for finding in stepper.origin("nan")] == ["sqrt"]
    stepper.seek(0)
    assert not stepper.origin("nan")


def test_the_picture_shows_what_failed(tmp_path):
    class Picky(gn.Operation):
        def _output(self):
            if np.any(self.input_ < 0):
                raise ValueError("negative")
            return self.input_ * 1.0

    x = gn.Input("x", value=1.0)
    y = Picky()(x)
    stepper = gn.Stepper(y.graph, {"x": -1.0}, y, backward=False)
    with pytest.raises(ValueError, match="negative"):
        stepper.step()
    assert isinstance(stepper.failure, ValueError)
    stepper.draw(tmp_path / "failure.dot")
    assert "negative" in (tmp_path / "failure.dot").read_text()
    stepper.set("x", 1.0)
    stepper.step()
    assert stepper.failure is None
    stepper.draw(tmp_path / "fine.dot")
    assert "negative" not in (tmp_path / "fine.dot").read_text()


def test_a_picture_without_a_path_is_for_a_notebook(stepper):
    stepper.seek(3)
    assert "<svg" in stepper.draw()._repr_mimebundle_()["image/svg+xml"]
    shown = stepper._repr_mimebundle_()  # and so it shows itself
    assert "<svg" in shown["image/svg+xml"]
    assert shown["text/plain"] == repr(stepper)
    assert list(stepper._repr_mimebundle_(include=["image/svg+xml"])) == [
        "image/svg+xml"
    ]


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("dense_1/weight[2, 1]", (2, 1)),
        ("dense_1/weight.grad[2, 1]", (2, 1)),
        ("bias.grad[0, -1]", (0, 2)),
        ("dense_1/weight[3]", (1, 0)),  # a position
    ],
)
def test_an_element_may_be_asked_for_as_text(stepper, network, text, element):
    stepper.seek(len(stepper))
    found = stepper.why(text)
    name = "dense_1/bias" if "bias" in text else "dense_1/weight"
    assert found.node is network.graph[name]
    assert found.element == element


def test_text_that_names_no_gradient(stepper):
    stepper.seek(len(stepper))
    whole = stepper.why("dense_1/weight")
    assert whole.gradient == max(whole.node.grad.ravel().tolist(), key=abs)
    with pytest.raises(MissingNode, match=r"no node 'wight\[2, 1\]'"):
        stepper.why("wight[2, 1]")
    with pytest.raises(gn.ArgumentError, match="has no element"):
        stepper.why("dense_1/weight[9, 9]")
    with pytest.raises(gn.ArgumentError, match=r"Give the whole name of one\."):
        stepper.why("weight[0, 0]")
