"""What people do by mistake, or from several threads, harms nothing."""

import copy
import sys
import threading

import numpy as np
import pytest

import graphnn as gn


class Scale(gn.ParamOperation):
    """Hands one of its values on as a gradient."""

    def _output(self):
        return self.input_ * self.param

    def _input_grad(self, output_grad):
        return output_grad * self.param

    def _param_grad(self, output_grad):
        return self.input_


def test_threads_with_graphs_of_their_own():
    errors, results = [], []

    def work(value):
        parameter = gn.Parameter([value] * 3)
        try:
            for _ in range(150):
                x = gn.Input("x", value=[1.0, 2.0, 3.0])
                np.sum((x * parameter) ** 2).backward()
            results.append((value, parameter.grad[0]))
        except Exception as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(float(i),)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    assert sorted(results) == [(float(i), 2.0 * i) for i in range(6)]


def test_backward_of_a_node_sums_over_the_uses_of_its_parameter():
    scale = Scale(gn.Parameter([3.0]))
    y = scale(scale(gn.Input("x", value=[1.0])))
    y.backward()
    np.testing.assert_array_equal(
        scale.parameter.grad, [4.0]
    )  # 3 + 1, as it is written


def test_a_frozen_parameter_gets_no_gradient_from_a_local_pass():
    scale = Scale(gn.Parameter([3.0]))
    scale.parameter.trainable = False
    scale.forward(np.array([2.0]))
    scale.backward(np.array([1.0]))
    assert scale.parameter.grad is None


def test_changing_a_gradient_changes_no_value():
    data = np.array([1.0, 2.0])
    scale = Scale(gn.Parameter([3.0, 4.0]))
    y = scale(gn.Input("x", value=data))
    y.graph.backward(y, np.ones(2))
    scale.parameter.grad[...] = 99.0
    np.testing.assert_array_equal(data, [1.0, 2.0])
    np.testing.assert_array_equal(y.inputs[0].output, [1.0, 2.0])


@pytest.mark.parametrize(
    "use",
    [
        lambda n: bool(n < 0.1),
        lambda n: max(n, 2),
        lambda n: sorted([n, n]),
        lambda n: 1 in [n],
    ],
    ids=["if", "max", "sorted", "in"],
)
def test_a_branch_on_a_node_leaves_nothing_behind(use):
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(x * x)
    names = [node.name for node in loss.graph.nodes]
    with pytest.raises(gn.UnsupportedError, match="not a number"):
        use(loss)
    assert [node.name for node in loss.graph.nodes] == names
    assert loss.graph.forward(x=[1.0, 1.0]) == 2.0


@pytest.mark.parametrize("show", [lambda n: f"{n:.2f}", round, lambda n: round(n, 2)])
def test_formatting_a_node_names_the_way_out(show):
    with pytest.raises(TypeError, match=r"node\.output"):
        show(np.sum(gn.Input("x", value=[1.0])))


def test_a_hook_is_removed_after_a_merge():
    a, b = gn.Input("a", value=1.0), gn.Input("b", value=2.0)
    small, large, seen = a * 2, b * 3 + 1, []
    handle = small.graph.on_forward(seen.append)
    total = small + large
    total.graph.forward()
    assert len(seen) == 4
    handle.remove()
    total.graph.forward()
    assert len(seen) == 4


def test_what_was_made_in_a_pause_says_that_it_has_no_passes():
    doubled = gn.Input("a", value=[1.0, 2.0]) * 2
    with gn.paused():
        total = np.sum(doubled * 2)
    assert total.output == 12.0
    for walk in (
        total.backward,
        total.graph.forward,
        total.graph.to_dot,
        lambda: total.graph.dag,
    ):
        with pytest.raises(gn.GraphError, match="pause"):
            walk()
    assert len(doubled.graph) == 3


def test_a_gradient_of_no_axes_is_an_array():
    w = gn.Parameter(3.0)
    loss = w * w
    for _ in range(2):
        loss.graph.backward(loss, accumulate=True)
        assert type(w.grad) is np.ndarray
    assert w.grad == 12.0


def test_copy_copy_of_a_graph_says_what_to_do():
    with pytest.raises(gn.UnsupportedError, match="deepcopy"):
        copy.copy(gn.Input("x").graph)


def test_layers_take_classes_and_names_among_their_operations():
    class MyDense(gn.Layer):
        def _setup_layer(self, input_):
            weights = np.ones((input_.shape[1], self.neurons))
            self.operations = [gn.WeightMultiply(weights), "relu", gn.Sigmoid]

    assert MyDense(2).forward(np.zeros((3, 4))).tolist() == [[0.5, 0.5]] * 3


def test_layers_in_place_of_a_list_and_names_that_are_none():
    with pytest.raises(gn.ArgumentError, match="list"):
        gn.NeuralNetwork(gn.Dense(1), gn.MeanSquaredError())
    with pytest.raises(gn.ArgumentError, match="name"):
        gn.Graph(3)


def test_a_deep_copy_keeps_the_layout_of_its_arrays():
    array = np.asfortranarray(np.ones((3, 4)))
    assert copy.deepcopy(gn.Parameter(array)).value.flags.f_contiguous


def test_a_comparison_that_somebody_holds_may_still_be_used():
    x = gn.Input("x", value=[1.0, -1.0])
    mask = x > 0.5
    with pytest.raises(gn.UnsupportedError):
        bool(mask)
    y = np.where(mask, x, 0.0)
    np.testing.assert_array_equal(y.graph.forward(x=[0.0, 2.0], target=y), [0.0, 2.0])
    assert "greater" in y.graph.to_dot()


@pytest.mark.parametrize("use", [float, "{:.3f}".format, bool])
def test_a_loss_asked_for_its_number_stays(use):
    w = gn.Parameter([1.0, 2.0])
    loss = np.sum(w * w)
    with pytest.raises(gn.UnsupportedError):
        use(loss)
    loss.backward()
    np.testing.assert_array_equal(w.grad, [2.0, 4.0])


def test_an_operation_by_itself_names_itself_where_its_input_is_none():
    scale = gn.WeightMultiply(np.ones((3, 2)))
    scale.forward(np.ones((4, 3)))
    line = scale.source.line
    for wrong, reason in ((None, "None, not an array"), (["a"], "dtype <U1")):
        with pytest.raises(gn.ArgumentError) as caught:
            scale.forward(wrong)
        place = f"weight_multiply (WeightMultiply, test_misuse.py:{line})"
        assert str(caught.value).startswith(f"{place}: an input")
        assert reason in str(caught.value)
    assert scale.backward(np.ones((4, 2))).shape == (4, 3)
