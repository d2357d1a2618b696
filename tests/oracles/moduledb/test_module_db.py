"""Layers, activations and losses against PyTorch's modules, on its own samples."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from moduledb import (  # noqa: E402
    attention,
    convolution,
    elementwise,
    losses,
    normalization,
    recurrent,
)
from moduledb.absent import REASONS  # noqa: E402
from moduledb.comparison import MODULES, compare, samples  # noqa: E402
from moduledb.table import COUNTERPARTS  # noqa: E402

pytestmark = pytest.mark.oracle

FAMILIES = (attention, convolution, elementwise, losses, normalization, recurrent)
ORACLE = f"PyTorch {torch.__version__}, module_db samples"
FINISHED = set()


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", COUNTERPARTS)
def test_samples_agree(name, training, tally):
    FINISHED.add((name, training))
    info, entry = MODULES[name], COUNTERPARTS[name]
    tally.compare(
        ORACLE,
        samples(info, training),
        lambda sample: compare(info, entry, sample, training),
        lambda sample: f" of {sample.constructor_input}",
    )


def test_every_module_is_compared_or_has_a_reason(tally):
    absent = [name for name in MODULES if name not in COUNTERPARTS]
    for name in absent:
        assert name in REASONS, name
        tally.add(ORACLE, f"modules left out: {REASONS[name]}")


def test_the_tables_are_true():
    assert [name for name in COUNTERPARTS if name not in MODULES] == []
    assert [name for name in REASONS if name not in MODULES] == []
    assert [name for name in REASONS if name in COUNTERPARTS] == []


def test_enough_samples_are_compared(tally):
    if len(FINISHED) < 2 * len(COUNTERPARTS):
        pytest.skip("a part of the samples was selected")
    assert tally.of(ORACLE, "samples equal: values, gradients") >= 1100
