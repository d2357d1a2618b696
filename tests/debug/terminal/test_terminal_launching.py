"""What `graphnn debug` begins with."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.launching import random_batch, stepper_over
from graphnn.errors import ArgumentError, MissingNode


def test_a_network_begins_at_its_loss(network):
    stepper, remark = stepper_over(network, network, None, False)
    assert [node.name for node in stepper.targets] == ["mean_squared_error"]
    assert len(stepper) == 12
    assert remark == ""
    stepper.seek(12)
    for gradient in network.param_grads():
        assert gradient is not None


def test_a_network_without_a_batch_of_targets_begins_at_its_prediction():
    network = gn.NeuralNetwork([gn.Dense(2)], gn.MeanSquaredError(), seed=0)
    network.forward(np.ones((3, 4)))
    stepper, remark = stepper_over(network, network, None, False)
    assert [node.name for node in stepper.targets] == ["dense_1/bias_add"]
    assert remark == (
        "The backward pass starts with ones: dense_1/bias_add is no single number."
    )
    stepper.seek(len(stepper))
    assert np.all(network.graph["dense_1/bias"].grad == 3)


def test_a_node_is_the_target():
    x = gn.Parameter([1.0, 2.0])
    middle = np.sum(x * 2.0)
    end = middle * 3.0
    stepper, _ = stepper_over(end.graph, middle, None, False)
    assert stepper.targets[0] is middle
    stepper, _ = stepper_over(end.graph, middle, "multiply_2", False)
    assert stepper.targets[0] is end


def test_without_parameters_the_inputs_get_gradients():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.sum(np.square(x))
    stepper, _ = stepper_over(y.graph, y.graph, None, False)
    stepper.seek(len(stepper))
    assert np.array_equal(x.grad, [2.0, 4.0])


def test_without_a_gradient_there_is_no_backward_pass():
    y = np.sum(gn.Input("x", value=[1, 2]))
    stepper, remark = stepper_over(y.graph, y, None, False)
    assert len(stepper) == 1
    assert remark.startswith("There is no backward pass: ")


def test_the_mode_of_the_pass(network):
    stepper, _ = stepper_over(network, network, None, True)
    assert stepper.training


def test_several_sinks_are_listed():
    x = gn.Input("x", value=[1.0])
    np.exp(x)
    np.log(x)
    with pytest.raises(ArgumentError, match=r"exp, log\nSay which .*--target NAME"):
        stepper_over(x.graph, x.graph, None, False)
    with pytest.raises(MissingNode, match="Did you mean 'exp'"):
        stepper_over(x.graph, x.graph, "epx", False)


def test_several_outputs():
    x = gn.Input("x", value=np.eye(2))
    np.linalg.svd(x)
    whole = next(n for n in x.graph.nodes if type(n.output) is tuple)
    stepper, remark = stepper_over(x.graph, whole, None, False)
    assert len(stepper) >= 1
    assert "has several outputs" in remark


def test_random_batches():
    batch = random_batch(np.zeros((3, 4), np.float32))
    assert batch.dtype == np.float32
    assert len(np.unique(batch)) == 12
    assert np.array_equal(batch, random_batch(np.zeros((3, 4), np.float32)))
    assert not random_batch(np.zeros(3, int)).any()
