"""The formulas of the optimizers: as their papers have them, on arrays and on nodes."""

import numpy as np
import pytest

import graphnn as gn

STEPS = 12


# -- the papers' formulas, one update after the other ----------------------------------
def sgd(p, gradient, *, lr=0.01):
    for t in range(1, STEPS + 1):
        p = p - lr * gradient(p, t)
    return p


def momentum(p, gradient, *, lr=0.01, mu=0.9):
    v = 0 * p
    for t in range(1, STEPS + 1):
        v = mu * v + gradient(p, t)
        p = p - lr * v
    return p


def nesterov(p, gradient, *, lr=0.01, mu=0.9):
    v = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        v = mu * v + g
        p = p - lr * (g + mu * v)
    return p


def dampened(p, gradient, *, lr=0.01, mu=0.9, tau=0.4):
    v = None
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        v = g if v is None else mu * v + (1 - tau) * g
        p = p - lr * v
    return p


def adagrad(p, gradient, *, lr=0.01, eps=1e-10, eta=0.0, start=0.0):
    s = start + 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        s = s + g**2
        p = p - lr / (1 + (t - 1) * eta) * g / (s**0.5 + eps)
    return p


def rmsprop(p, gradient, *, lr=0.01, alpha=0.99, eps=1e-8):
    s = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        s = alpha * s + (1 - alpha) * g**2
        p = p - lr * g / (s**0.5 + eps)
    return p


def centered(p, gradient, *, lr=0.01, alpha=0.9, mu=0.5, eps=1e-8):
    s = m = v = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        s = alpha * s + (1 - alpha) * g**2
        m = alpha * m + (1 - alpha) * g
        v = mu * v + g / ((s - m**2) ** 0.5 + eps)
        p = p - lr * v
    return p


def amsgrad(p, gradient, *, lr=1e-3, b1=0.9, b2=0.5, eps=1e-8):
    m = v = top = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        top = np.maximum(top, v)
        p = p - lr * m / (1 - b1**t) / ((top / (1 - b2**t)) ** 0.5 + eps)
    return p


def adam(p, gradient, *, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8, decay=0.0):
    m = v = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
        p = p - lr * (m_hat / (v_hat**0.5 + eps) + decay * p)
    return p


def adamax(p, gradient, *, lr=2e-3, b1=0.9, b2=0.999):
    m = u = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        m = b1 * m + (1 - b1) * g
        u = np.maximum(b2 * u, np.abs(g))
        p = p - lr / (1 - b1**t) * m / u
    return p


def nadam(p, gradient, *, lr=2e-3, b1=0.9, b2=0.999, eps=1e-8, psi=4e-3):
    mu = [b1 * (1 - 0.5 * 0.96 ** (t * psi)) for t in range(STEPS + 2)]
    m = v = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        g_hat = (1 - mu[t]) * g / (1 - np.prod(mu[1 : t + 1]))
        m_hat = mu[t + 1] * m / (1 - np.prod(mu[1 : t + 2]))
        p = p - lr * (g_hat + m_hat) / ((v / (1 - b2**t)) ** 0.5 + eps)
    return p


def lion(p, gradient, *, lr=1e-4, b1=0.9, b2=0.99, decay=0.0):
    m = 0 * p
    for t in range(1, STEPS + 1):
        g = gradient(p, t)
        p = p - lr * (np.sign(b1 * m + (1 - b1) * g) + decay * p)
        m = b2 * m + (1 - b2) * g
    return p


RULES = {
    "SGD": (gn.SGD, sgd),
    "SGD with momentum": (lambda **s: gn.SGD(momentum=0.9, **s), momentum),
    "SGDMomentum": (gn.SGDMomentum, momentum),
    "Nesterov": (gn.Nesterov, nesterov),
    "AdaGrad": (gn.AdaGrad, adagrad),
    "RMSProp": (gn.RMSProp, rmsprop),
    "Adam": (gn.Adam, adam),
    "AdamW": (gn.AdamW, lambda p, g, **s: adam(p, g, decay=0.01, **s)),
    "Adamax": (gn.Adamax, adamax),
    "NAdam": (gn.NAdam, nadam),
    "Lion": (gn.Lion, lion),
    "SGD, dampened": (lambda **s: gn.SGDMomentum(dampening=0.4, **s), dampened),
    "AdaGrad, slower": (
        lambda **s: gn.AdaGrad(lr_decay=0.3, initial_accumulator_value=0.5, **s),
        lambda p, g, **s: adagrad(p, g, eta=0.3, start=0.5, **s),
    ),
    "RMSProp, centered": (
        lambda **s: gn.RMSProp(alpha=0.9, centered=True, momentum=0.5, **s),
        centered,
    ),
    "AMSGrad": (lambda **s: gn.Adam(betas=(0.9, 0.5), amsgrad=True, **s), amsgrad),
}


def slope(p, t):
    return np.cos(3 * p) + p + 0.3 * t % 1


@pytest.mark.parametrize("settings", [{}, {"lr": 0.05}], ids=["defaults", "lr"])
@pytest.mark.parametrize("name", RULES)
def test_the_papers_formula(name, settings):
    make, formula = RULES[name]
    start = np.random.default_rng(0).standard_normal((3, 4))
    w = gn.Parameter(start.copy())
    optimizer = make(parameters=[w], **settings)
    for t in range(1, STEPS + 1):
        w.grad = slope(w.value, t)
        optimizer.step()
    wanted = formula(start, slope, **settings)
    np.testing.assert_allclose(w.value, wanted, rtol=1e-6, atol=1e-9)
    if name != "Adamax":  # the paper has no eps
        np.testing.assert_allclose(w.value, wanted, rtol=1e-11)
    assert not np.allclose(w.value, start, rtol=1e-4)


# -- what a planner needs of them ------------------------------------------------------
EXTRAS = {"weight_decay": 0.1, "maximize": True, "clip_norm": 1.0, "clip_value": 0.4}


def arguments(optimizer, shape=(3, 4), dtype=np.float64, count=5):
    rng = np.random.default_rng(1)
    parameter, gradient = rng.standard_normal((2, *shape)).astype(dtype)
    states = [
        np.abs(rng.standard_normal(shape)).astype(dtype) for _ in optimizer.state_names
    ]
    return [parameter, gradient, *states], optimizer.full_scalars(count, 0.5)


def results(value):
    return value if type(value) is tuple else (value,)


@pytest.mark.parametrize("extras", [{}, EXTRAS], ids=["plain", "everything"])
@pytest.mark.parametrize("name", RULES)
class TestFormulas:
    def test_nodes_for_arrays(self, name, extras):
        optimizer = RULES[name][0](**extras)
        arrays, scalars = arguments(optimizer)
        nodes = [gn.Input(f"x{i}", value=array) for i, array in enumerate(arrays)]
        traced = results(optimizer.full_update(*nodes, *scalars))
        wanted = results(optimizer.full_update(*arrays, *scalars))
        assert len(traced) == len(wanted) == 1 + len(optimizer.state_names)
        for node, array in zip(traced, wanted, strict=True):
            np.testing.assert_array_equal(node.output, array)

    def test_arguments_stay_as_they_are(self, name, extras):
        optimizer = RULES[name][0](**extras)
        arrays, scalars = arguments(optimizer)
        before = [array.copy() for array in arrays]
        for array in arrays:
            array.flags.writeable = False
        for new in results(optimizer.full_update(*arrays, *scalars)):
            assert not any(np.shares_memory(new, array) for array in arrays)
        np.testing.assert_equal(arrays, before)

    def test_all_in_one_flat_array(self, name, extras):
        optimizer = RULES[name][0](**extras)
        arrays, scalars = arguments(optimizer, (6, 4))
        whole = results(optimizer.full_update(*[a.ravel() for a in arrays], *scalars))
        for part in (slice(0, 2), slice(2, 6)):
            rows = results(optimizer.full_update(*[a[part] for a in arrays], *scalars))
            for flat, its in zip(whole, rows, strict=True):
                np.testing.assert_array_equal(flat.reshape(6, 4)[part], its)

    def test_float32_stays(self, name, extras):
        optimizer = RULES[name][0](**extras)
        arrays, scalars = arguments(optimizer, dtype=np.float32)
        assert all(type(scalar) is float for scalar in scalars)
        for new in results(optimizer.full_update(*arrays, *scalars)):
            assert new.dtype == np.float32

    def test_a_parameter_of_one_number(self, name, extras):
        w = gn.Parameter(np.array(2.0))
        optimizer = RULES[name][0](parameters=[w], **extras)
        for _ in range(3):
            w.grad = np.array(1.0)
            optimizer.step()
        assert w.value.shape == ()
        assert w.value != 2.0


def test_centering_does_not_go_below_nothing():
    """Of equal gradients the variance vanishes, up to rounding."""
    w = gn.Parameter(np.zeros(50))
    optimizer = gn.RMSProp(alpha=0.3, centered=True, parameters=[w])
    w.grad = np.linspace(0.1, 1.7, 50)
    for _ in range(200):
        optimizer.step()
    assert np.isfinite(w.value).all()


def test_the_momenta_of_nadam_multiply_to_nothing_and_stay_there():
    rule = gn.NAdam()
    late = 0.1 * rule.lr, 0.9 * rule.lr, rule.eps
    assert rule.scalars(1_000_000) == pytest.approx(late, rel=1e-9)
    assert len(rule._products[1]) < 1000
    assert gn.NAdam().scalars(3) == rule.scalars(3)
    rule.betas = (0.5, 0.999)
    assert rule.scalars(3) == gn.NAdam(betas=(0.5, 0.999)).scalars(3)


def test_each_parameter_counts_its_own_updates():
    start = np.array([1.0, -2.0])
    often, seldom, alone = (gn.Parameter(start.copy()) for _ in range(3))
    both, single = gn.Adam(0.1, parameters=[often, seldom]), gn.Adam(0.1)
    single.parameters = [alone]
    for t in range(9):
        often.grad = slope(often.value, t)
        seldom.grad = slope(seldom.value, t) if t % 3 == 1 else None
        both.step()
        if t % 3 == 1:
            alone.grad = slope(alone.value, t)
            single.step()
    np.testing.assert_array_equal(seldom.value, alone.value)
    np.testing.assert_array_equal(both.state()["counts"], [9, 3])


@pytest.mark.parametrize("name", RULES)
def test_complex_parameters_go_downhill(name):
    """The real and the imaginary part, as two parameters would."""
    goal, start = np.array([1.0 + 2.0j, -3.0j]), np.array([2.0 - 1.0j, 0.5 + 0.5j])
    z = gn.Parameter(start.copy())
    x, y = gn.Parameter(start.real.copy()), gn.Parameter(start.imag.copy())
    one, two = RULES[name][0](parameters=[z]), RULES[name][0](parameters=[x, y])

    def distance():
        return np.sum(np.abs(z.value - goal) ** 2)

    before = distance()
    for _ in range(STEPS):
        np.sum(np.abs(z - goal) ** 2).backward()
        np.sum((x - goal.real) ** 2 + (y - goal.imag) ** 2).backward()
        one.step()
        two.step()
    assert z.value.dtype == complex
    np.testing.assert_allclose(z.value, x.value + 1j * y.value, rtol=1e-12)
    assert distance() < before
    again = RULES[name][0](parameters=[z])
    again.restore(one.state())
    np.testing.assert_equal(again.state(), one.state())
