"""Values, gradients and second derivatives against JAX's."""

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="the extra `oracle` brings JAX")

from evaluation import Evaluation, Variable, differences  # noqa: E402
from jaxnumpy import elementwise, fourier, linear, reductions, shaping  # noqa: E402
from jaxnumpy.table import USES  # noqa: E402
from trees import leaves  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

FAMILIES = (elementwise, fourier, linear, reductions, shaping)
ORACLE = f"JAX {jax.__version__}"


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("use", USES, ids=str)
def test_uses_agree(use, tally):
    if use.refuses:
        with pytest.raises(gn.UnsupportedError) as refusal:
            evaluation_of(use)
        assert use.refuses in str(refusal.value)
        tally.add(ORACLE, f"uses left out: graphnn refuses {use.name}: {use.refuses}")
        return
    rng = np.random.default_rng(0)
    shapes = theirs(use)(*use.arrays)
    cotangents = [drawn(rng, shape) for shape in shapes]
    second = tuple([drawn(rng, array) for array in use.arrays])
    compute = jax.jit(derivatives(use)) if use.jit else derivatives(use)
    expected = compute(cotangents, second)

    evaluation = evaluation_of(use)
    expect(use, "values", evaluation.values, expected[0])
    expect(use, "gradients", evaluation.gradients(cotangents), expected[1])
    if use.first_only:
        tally.add(ORACLE, f"uses equal: values and gradients ({use.first_only})")
        return
    found = evaluation.second_gradients(cotangents, second)
    expect(use, "second derivatives", found, expected[2])
    tally.add(ORACLE, "uses equal: values, gradients and second derivatives")


def evaluation_of(use):
    """Run a use on nodes."""
    variables = [Variable(array) for array in use.arrays]
    return Evaluation(lambda *arrays: use.expression(np, *arrays), variables, {})


def theirs(use):
    """Make the function of JAX that gives a list of all outputs."""
    return lambda *arrays: leaves(use.expression(jax.numpy, *arrays))


def derivatives(use):
    """Make the function of JAX that gives values, gradients and their gradients."""

    def compute(cotangents, second):
        values, pull_back = jax.vjp(theirs(use), *use.arrays)
        if use.first_only:
            return values, pull_back(cotangents)

        def gradients(*arrays):
            return jax.vjp(theirs(use), *arrays)[1](cotangents)

        firsts, pull_back = jax.vjp(gradients, *use.arrays)
        return values, firsts, pull_back(second)

    return compute


def drawn(rng, value):
    """Draw random numbers of a value's shape and dtype."""
    array = rng.standard_normal(value.shape)
    if value.dtype.kind == "c":
        array = array + 1j * rng.standard_normal(value.shape)
    if value.dtype.kind not in "fc":
        return np.zeros(value.shape, jax.dtypes.float0)
    return np.asarray(array, value.dtype)


def expect(use, what, ours, theirs):
    text = differences(ours, theirs, use.rtol, use.atol)
    assert not text, f"{what}: {text}"
