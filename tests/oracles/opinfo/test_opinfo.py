"""Values, gradients and second derivatives against PyTorch's, on its own samples."""

from fnmatch import fnmatchcase

import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from opinfo import (  # noqa: E402
    elementwise,
    fourier,
    joining,
    linear,
    picking,
    reductions,
    shaping,
)
from opinfo.absent import REASONS, reason_for  # noqa: E402
from opinfo.comparison import compare  # noqa: E402
from opinfo.pytorch import OPERATIONS, samples  # noqa: E402
from opinfo.table import COUNTERPARTS  # noqa: E402

pytestmark = [
    pytest.mark.oracle,
    # the samples go past the domain of functions, and drop imaginary parts
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning"),
]

FAMILIES = (elementwise, fourier, joining, linear, picking, reductions, shaping)
ORACLE = f"PyTorch {torch.__version__}, OpInfo samples"
DTYPES = (torch.float64, torch.complex128)
USES = [
    pytest.param(name, dtype, id=f"{name}-{str(dtype).removeprefix('torch.')}")
    for name in COUNTERPARTS
    for dtype in DTYPES
    if name in OPERATIONS and OPERATIONS[name].supports_dtype(dtype, "cpu")
]
FINISHED = set()


@pytest.mark.parametrize(("name", "dtype"), USES)
def test_samples_agree(name, dtype, tally):
    FINISHED.add((name, dtype))
    op, entry = OPERATIONS[name], COUNTERPARTS[name]
    tally.compare(
        ORACLE,
        samples(op, dtype),
        lambda sample: compare(op, entry, sample),
        lambda sample: "",
    )


def test_every_operation_is_compared_or_has_a_reason(tally):
    absent = {name: reason_for(name) for name in OPERATIONS if name not in COUNTERPARTS}
    for reason in absent.values():
        tally.add(ORACLE, f"operations left out: {reason}")
    assert [name for name, reason in absent.items() if reason is None] == []


def test_the_tables_are_true():
    assert [name for name in COUNTERPARTS if name not in OPERATIONS] == []
    absent = [name for name in OPERATIONS if name not in COUNTERPARTS]
    for pattern in REASONS:
        assert any(fnmatchcase(name, pattern) for name in absent), pattern


def test_enough_samples_are_compared(tally):
    if len(FINISHED) < len(USES):
        pytest.skip("a part of the samples was selected")
    assert tally.of(ORACLE, "samples equal: values, gradients") >= 2000
