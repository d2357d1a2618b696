"""Optimizers against PyTorch's: thirty updates over a grid of settings, in float64.

Lion, which PyTorch does not have, is held against its authors' formula, written with
tensors. Both sides get the same gradients, those of a function that is not convex, each
at its own parameters, so that a difference would grow.
"""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torch.testing._internal import common_optimizers as theirs  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle

ORACLE = f"PyTorch {torch.__version__}, optimizers"
STEPS = 30
RTOL, ATOL = 1e-9, 1e-12
SHAPES = [(3, 4), (1, 4), (5,), ()]


@pytest.fixture(autouse=True)
def double():
    """NAdam keeps the product of its momenta in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def starts(dtype=np.float64):
    rng = np.random.default_rng(0)
    arrays = [np.array(rng.standard_normal(shape)) for shape in SHAPES]
    if np.dtype(dtype).kind == "c":
        return [np.asarray(a + 1j * rng.standard_normal(a.shape)) for a in arrays]
    return [array.astype(dtype) for array in arrays]


def pull(number, step):
    """How steep the function is: another batch in each step."""
    return 1.0 + 0.5 * np.sin(3.0 * number + 0.7 * step)


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al. 2023, line by line."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(
            params, {"lr": lr, "betas": betas, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (one, two) = group["lr"], group["betas"]
            for p in [p for p in group["params"] if p.grad is not None]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(one * m + (1 - one) * p.grad)
                p.copy_(p - lr * (update + group["weight_decay"] * p))
                m.copy_(two * m + (1 - two) * p.grad)


PAIRS = {
    "SGD": (gn.SGD, torch.optim.SGD),
    "Adagrad": (gn.AdaGrad, torch.optim.Adagrad),
    "RMSprop": (gn.RMSProp, torch.optim.RMSprop),
    "Adam": (gn.Adam, torch.optim.Adam),
    "AdamW": (gn.AdamW, torch.optim.AdamW),
    "Adamax": (gn.Adamax, torch.optim.Adamax),
    "NAdam": (gn.NAdam, torch.optim.NAdam),
    "Lion": (gn.Lion, Lion),
}


def grid(name, **settings):
    for values in itertools.product(*settings.values()):
        yield name, dict(zip(settings, values, strict=True))


BETAS = [(0.9, 0.999), (0.0, 0.9), (0.5, 0.3)]
DECAY = [0.0, 0.1]
GRID = [
    *grid("SGD", lr=[0.01, 0.1], weight_decay=DECAY, maximize=[False, True]),
    *grid(
        "SGD",
        lr=[0.05],
        momentum=[0.5, 0.9],
        dampening=[0.0, 0.3],
        weight_decay=DECAY,
        maximize=[False, True],
    ),
    *grid("SGD", lr=[0.05], momentum=[0.9], nesterov=[True], weight_decay=DECAY),
    *grid(
        "Adagrad",
        lr=[0.01, 0.3],
        lr_decay=[0.0, 0.1],
        weight_decay=DECAY,
        initial_accumulator_value=[0.0, 0.5],
        eps=[1e-10, 0.1],
    ),
    *grid(
        "RMSprop",
        lr=[0.01],
        alpha=[0.99, 0.5],
        momentum=[0.0, 0.9],
        centered=[False, True],
        weight_decay=DECAY,
        eps=[1e-8, 1e-2],
    ),
    *grid(
        "Adam",
        lr=[0.05],
        betas=BETAS,
        eps=[1e-8, 0.1],
        amsgrad=[False, True],
        weight_decay=DECAY,
        decoupled_weight_decay=[False, True],
    ),
    *grid(
        "AdamW",
        lr=[0.05],
        betas=BETAS,
        amsgrad=[False, True],
        weight_decay=DECAY,
        maximize=[False, True],
    ),
    *grid("Adamax", lr=[0.05], betas=BETAS, eps=[1e-8, 0.1], weight_decay=DECAY),
    *grid(
        "NAdam",
        lr=[0.05],
        betas=BETAS,
        momentum_decay=[0.0, 4e-3, 0.5],
        weight_decay=DECAY,
        decoupled_weight_decay=[False, True],
    ),
    *grid("Lion", lr=[1e-3, 0.03], betas=[(0.9, 0.99), (0.5, 0.3)], weight_decay=DECAY),
    *[(name, {}) for name in PAIRS if name != "SGD"],  # its default differs
]


def pair(name, settings=None, counterpart=None, dtype=np.float64):
    """Make both optimizers, each over parameters of its own."""
    ours, other = PAIRS[name]
    ours_p = [gn.Parameter(a, name=f"p{i}") for i, a in enumerate(starts(dtype))]
    other_p = [torch.from_numpy(a.copy()).requires_grad_() for a in starts(dtype)]
    settings = settings or {}
    other_settings = settings if counterpart is None else counterpart
    if name in ("Adam", "AdamW", "NAdam", "SGD", "Adagrad", "Adamax", "RMSprop"):
        other_settings = {"foreach": False} | other_settings
    return ours(parameters=ours_p, **settings), other(other_p, **other_settings)


def slopes(arrays, step):
    """The gradient of sum(sin(2x) * pull + x² / 2), or of the like of |z|."""
    return [
        2.0 * np.cos(2.0 * np.real(x)) * pull(i, step)
        + x
        + (0 if x.dtype.kind != "c" else 1j * np.sin(np.imag(x)))
        for i, x in enumerate(arrays)
    ]


def advance(ours, other, step):
    """Give both their gradients; let both make a step."""
    other_p = [p for group in other.param_groups for p in group["params"]]
    for p, slope in zip(
        ours.parameters, slopes([p.value for p in ours.parameters], step), strict=True
    ):
        # a gradient is d/dx - i d/dy here, the conjugate of PyTorch's
        p.grad = np.asarray(np.conj(slope), dtype=p.value.dtype)
    for p, slope in zip(
        other_p, slopes([p.detach().numpy() for p in other_p], step), strict=True
    ):
        p.grad = torch.from_numpy(np.array(slope)).to(p.dtype)
    ours.step()
    other.step()
    return other_p


def assert_equal(ours, other_p, rtol=RTOL, atol=ATOL):
    for p, q in zip(ours.parameters, other_p, strict=True):
        np.testing.assert_allclose(p.value, q.detach().numpy(), rtol=rtol, atol=atol)


def compare(name, settings=None, counterpart=None, dtype=np.float64, steps=STEPS):
    ours, other = pair(name, settings, counterpart, dtype)
    before = [p.value.copy() for p in ours.parameters]
    for step in range(steps):
        assert_equal(ours, advance(ours, other, step))
    for p, old in zip(ours.parameters, before, strict=True):
        assert not np.allclose(p.value, old)


@pytest.mark.parametrize("name", PAIRS)
def test_the_grid_of_settings(name, tally):
    for which, settings in GRID:
        if which == name:
            try:
                compare(name, settings)
            except AssertionError as error:
                raise AssertionError(f"{name} {settings}: {error}") from error
            tally.add(ORACLE, f"settings equal over {STEPS} steps: {name}")


@pytest.mark.parametrize(
    "name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam"]
)
def test_complex_parameters(name, tally):
    for settings in ({"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.1}):
        compare(name, settings, dtype=np.complex128)
        tally.add(ORACLE, f"settings equal over {STEPS} steps, complex: {name}")


@pytest.mark.parametrize("name", PAIRS)
def test_single_precision(name):
    if name == "Lion":
        settings, rtol = {"lr": 1e-3}, 1e-5
    else:
        settings, rtol = {"lr": 0.01}, 1e-4
    ours, other = pair(name, settings, dtype=np.float32)
    for step in range(10):
        other_p = advance(ours, other, step)
        assert_equal(ours, other_p, rtol=rtol, atol=1e-5)
    assert all(p.value.dtype == np.float32 for p in ours.parameters)


def test_the_books_names():
    for ours, settings in (
        (gn.SGDMomentum, {"momentum": 0.9}),
        (gn.Nesterov, {"momentum": 0.9, "nesterov": True}),
    ):
        mine = ours(0.05, parameters=[gn.Parameter(a) for a in starts()])
        other = pair("SGD", {"lr": 0.05} | settings)[1]
        for step in range(STEPS):
            assert_equal(mine, advance(mine, other, step))


@pytest.mark.parametrize("name", PAIRS)
def test_defaults_are_theirs(name):
    ours, other = PAIRS[name]
    mine, defaults = ours(), other([torch.zeros(1)]).defaults
    if name == "SGD":
        assert (mine.lr, defaults.pop("lr")) == (0.01, 1e-3)  # ours is the book's
    for setting, value in defaults.items():
        if hasattr(mine, setting):
            assert getattr(mine, setting) == value, setting
        else:
            assert setting in ("foreach", "capturable", "differentiable", "fused")


# -- parameters that sit a step out, rates that change, norms that are clipped ---------
@pytest.mark.parametrize("name", PAIRS)
def test_each_parameter_counts_its_own_updates(name):
    settings = {"lr": 0.02}
    if name == "SGD":
        settings |= {"momentum": 0.9, "dampening": 0.5}
    ours, other = pair(name, settings)
    for step in range(STEPS):
        other_p = [p for group in other.param_groups for p in group["params"]]
        both = zip(ours.parameters, other_p, strict=True)
        for number, (p, q) in enumerate(both):
            slope = slopes([p.value], step)[0]
            absent = (step + number) % 3 == 0
            p.grad = None if absent else np.asarray(slope)
            q.grad = None if absent else torch.from_numpy(np.array(slope))
        ours.step()
        other.step()
        assert_equal(ours, other_p)


@pytest.mark.parametrize("name", PAIRS)
def test_the_learning_rate_changes(name):
    ours, other = pair(name, {"lr": 0.02, "weight_decay": 0.1})
    for step in range(STEPS):
        ours.lr = other.param_groups[0]["lr"] = 0.05 / (1 + step % 7)
        assert_equal(ours, advance(ours, other, step))


@pytest.mark.parametrize("limit", [0.1, 2.0, 1e6])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_clipping_by_the_global_norm(name, limit):
    ours, other = pair(name, {"lr": 0.05})
    ours.clip_norm = limit
    clip = torch.nn.utils.clip_grad_norm_
    norms = []
    for step in range(STEPS):
        other_p = [p for group in other.param_groups for p in group["params"]]
        plain, other.step = other.step, lambda: None
        advance(ours, other, step)
        other.step = plain
        norms.append(float(clip(other_p, limit)))
        other.step()
        assert_equal(ours, other_p)
        assert ours.gradient_norm == pytest.approx(norms[-1], rel=1e-12)
    assert (min(norms) > limit) or limit > 0.1


@pytest.mark.parametrize("limit", [0.1, 1.0, 100.0])
def test_clipping_by_value(limit):
    ours, other = pair("Adam", {"lr": 0.05})
    ours.clip_value = limit
    for step in range(STEPS):
        other_p = [p for group in other.param_groups for p in group["params"]]
        plain, other.step = other.step, lambda: None
        advance(ours, other, step)
        other.step = plain
        torch.nn.utils.clip_grad_value_(other_p, limit)
        other.step()
        assert_equal(ours, other_p)


def test_parameter_groups():
    arrays = starts()
    mine = [gn.Parameter(a, name=n) for a, n in zip(arrays, "abcd", strict=True)]
    ours = gn.AdamW(
        0.02,
        parameters=mine,
        groups={"[ab]": {"weight_decay": 0.0, "amsgrad": True}, mine[3]: {"lr": 0.3}},
    )
    a, b, c, d = [torch.from_numpy(x.copy()).requires_grad_() for x in starts()]
    other = torch.optim.AdamW(
        [
            {"params": [a, b], "weight_decay": 0.0, "amsgrad": True},
            {"params": [c]},
            {"params": [d], "lr": 0.3},
        ],
        lr=0.02,
    )
    for step in range(STEPS):
        assert_equal(ours, advance(ours, other, step))


# -- PyTorch's own inputs --------------------------------------------------------------
ABSENT = {
    "Adadelta": "not among graphnn's optimizers",
    "Adafactor": "not among graphnn's optimizers",
    "ASGD": "not among graphnn's optimizers",
    "LBFGS": "not among graphnn's optimizers",
    "Muon": "not among graphnn's optimizers",
    "RAdam": "not among graphnn's optimizers",
    "Rprop": "not among graphnn's optimizers",
    "SparseAdam": "for gradients that are sparse",
}


def test_pytorchs_own_inputs(tally):
    compared = 0
    for info in theirs.optim_db:
        name = info.optim_cls.__name__
        for sample in info.optim_inputs_func(device="cpu", dtype=torch.float64):
            if name in ABSENT:
                tally.add(ORACLE, f"optim_db inputs left out: {name}: {ABSENT[name]}")
                continue
            settings = {
                key: float(value) if isinstance(value, torch.Tensor) else value
                for key, value in sample.kwargs.items()
            }
            if name == "SGD":
                settings.setdefault("lr", 1e-3)  # the default differs
            try:
                compare(name, settings, sample.kwargs)
            except AssertionError as error:
                raise AssertionError(f"{name}, {sample.desc}: {error}") from error
            tally.add(ORACLE, f"optim_db inputs equal: {name}")
            compared += 1
    assert compared > 40
    names = {info.optim_cls.__name__ for info in theirs.optim_db}
    assert names == {*ABSENT, *PAIRS} - {"Lion"}


NOT_OURS = ("param_groups", "foreach", "fused", "differentiable", "Tensor", "Tensors")


def test_what_pytorch_refuses_is_refused(tally):
    refused = 0
    for info in theirs.optim_db:
        name = info.optim_cls.__name__
        if name in ABSENT:
            continue
        for wrong in info.optim_error_inputs_func(device="cpu", dtype=torch.float64):
            sample = wrong.optimizer_error_input
            if sample.params is not None or any(w in sample.desc for w in NOT_OURS):
                tally.add(
                    ORACLE, "optim_db errors left out: of tensors and their groups"
                )
                continue
            with pytest.raises(gn.ArgumentError):
                PAIRS[name][0](**sample.kwargs)
            tally.add(ORACLE, f"optim_db errors refused: {name}")
            refused += 1
    assert refused >= 6
