"""Networks of any precision, complex numbers, empty arrays, several outputs."""

import numpy as np
import pytest
import wrong
from checking import BATCH, network, normal, row_of

import graphnn as gn


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_float32_networks(activation):
    net, X, y = network(5, 2, dtype=np.float32, activation=activation)
    report = gn.check_gradients(net, X, y)
    nodes = [row for row in report.rows if not row.whole]
    assert {row.dtype for row in nodes} == {np.dtype(np.float32)}
    assert {"dense_1/weight", "dense_2/bias"} <= {
        row.argument for row in report.rows if row.whole
    }


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_other_precisions(dtype):
    report = gn.check_gradients(gn.Sigmoid(), BATCH.astype(dtype))
    assert report.rows[0].dtype == dtype


def test_half_precision_rounds():
    for seed in range(20):
        array = np.random.default_rng(seed).normal(size=(3, 4)).astype(np.float16)
        gn.check_gradients(lambda x: np.cumprod(x, axis=1), array, seed=seed, order=1)


def test_what_insists_on_single_precision():
    class Single(gn.Operation):
        factor = 3.0

        def _output(self):
            if self.input_.dtype != np.float32:
                raise TypeError("float32, please")
            return self.input_ * self.factor

        def _input_grad(self, output_grad):
            return output_grad * 3.0

    gn.check_gradients(Single(), BATCH.astype(np.float32))
    Single.factor = 3.03
    report = gn.check_gradients(Single(), BATCH.astype(np.float32), raises=False)
    assert report.failures[0].relative_error == pytest.approx(0.01, rel=0.1)


def test_a_gradient_that_insists_on_single_precision():
    class Single(gn.Operation):
        def _output(self):
            return self.input_ * 3.0

        def _input_grad(self, output_grad):
            if output_grad.dtype != np.float32:
                raise TypeError("float32, please")
            return output_grad * 3.0

    array = BATCH.astype(np.float32)
    report = gn.check_gradients(Single(), array, order=1)
    assert [row.dtype for row in report.rows] == [np.float32, np.float32]


@pytest.mark.parametrize(
    "function",
    [
        lambda z: z * z,
        lambda z: z**3 / (1 + z),
        np.exp,
        lambda z: z @ (2.0 + 1j * BATCH.T),
        lambda z: np.sum(np.sqrt(z), axis=0),
    ],
)
def test_complex_numbers(function):
    z = BATCH + 1j * BATCH[::-1]
    report = gn.check_gradients(function, z)
    assert report.rows[0].dtype == complex
    gn.check_gradients(function, z.astype(np.complex64))


def test_large_complex_arrays():
    z = normal(10, 10) + 1j * normal(10, 10)
    report = gn.check_gradients(np.exp, z, samples=5)
    assert row_of(report, order=1, whole=False).comparison.direction is not None


def test_a_real_input_of_a_complex_output():
    gn.check_gradients(np.multiply, BATCH, BATCH + 1j)


def test_a_conjugate_too_many_is_found():
    class Conjugated(gn.Operation):
        def _output(self):
            return self.input_**2

        def _input_grad(self, output_grad):
            return output_grad * 2 * (self.input_.real - 1j * self.input_.imag)

    report = gn.check_gradients(Conjugated(), BATCH + 1j, raises=False, order=1)
    assert isinstance(report.failures[0].numeric, complex)


def test_integer_inputs_have_no_gradient():
    labels = np.array([2, 0, 1])
    report = gn.check_gradients(gn.SoftmaxCrossEntropy(), BATCH, labels)
    assert {row.argument for row in report.rows if not row.whole} == {
        "input 0 (x0)",
        "output_grad",
    }


@pytest.mark.parametrize("array", [2.0, np.array(2.0), [1.0, 2.0]])
def test_numbers_and_lists(array):
    report = gn.check_gradients(lambda x: x * x * 3, array)
    assert report.rows[0].shape == np.shape(array)


def test_0d_index():
    report = gn.check_gradients(wrong.ByAThousandth(), 2.0, raises=False)
    assert report.failures[0].index == ()
    assert "the worst at [()]" in str(report)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_arrays(shape):
    report = gn.check_gradients(lambda x: np.sum(np.exp(x)), np.zeros(shape))
    row = row_of(report, node="exp", order=1, whole=False)
    assert (row.verdict, row.compared) == ("empty", 0)


@pytest.mark.parametrize("array", [BATCH.T, BATCH[::2, ::-1], BATCH.T[1:]])
def test_other_layouts(array):
    kept = array.copy()
    gn.check_gradients(lambda x: np.sum(x**2, axis=0), array)
    np.testing.assert_array_equal(array, kept)


def test_wrong_for_a_transposed_input_only():
    class ReadsMemory(gn.Operation):
        def _output(self):
            return 2.0 * self.input_

        def _input_grad(self, output_grad):
            wrong = isinstance(self.input_, np.ndarray) and not (
                self.input_.flags.c_contiguous
            )
            return (3.0 if wrong else 2.0) * output_grad

    report = gn.check_gradients(ReadsMemory(), raises=False, order=1)
    assert [row.inputs for row in report.failures] == [((2, 4),)]


def test_several_outputs():
    class MinMax(gn.Operation):
        factor = 1.0

        def _output(self):
            return np.sum(self.input_, axis=0), np.sum(self.input_**2), np.array(3)

        def _input_grads(self, output_grad):
            by_sum, by_square, _ = output_grad
            return (by_sum + self.factor * 2 * by_square * self.input_,)

    report = gn.check_gradients(MinMax(), BATCH)
    assert [row.argument for row in report.rows if row.order == 2][:3] == [
        "input 0 (x)",
        "output_grad",
        "output_grad",
    ]
    MinMax.factor = 1.001
    assert not gn.check_gradients(MinMax(), BATCH, raises=False).ok


def test_a_branch_on_a_value_is_a_remark():
    report = gn.check_gradients(wrong.Branches(), BATCH)
    assert report.ok
    (remark,) = set(report.remarks)
    assert "branches (Branches, wrong.py:284)" in remark
    assert "cannot be traced" in remark
    assert "wrong.py:" in remark  # the line of the branch
    assert "cannot be differentiated again" in remark
    assert {row.order for row in report.rows} == {1}


def test_a_branch_in_the_gradient_only():
    class BranchesBack(gn.Operation):
        def _output(self):
            return 2 * self.input_

        def _input_grad(self, output_grad):
            return 2 * output_grad if output_grad[0, 0] else 3 * output_grad

    report = gn.check_gradients(BranchesBack(), BATCH)
    assert "the gradient hook cannot be traced" in report.remarks[0]
    assert {row.order for row in report.rows} == {1}


def test_an_untraceable_node_among_others_keeps_them_checked_to_second_order():
    def function(x):
        return np.sum(np.exp(wrong.Branches()(x)))

    report = gn.check_gradients(function, BATCH)
    assert {row.node for row in report.rows if row.order == 2} == {"exp", "sum"}
