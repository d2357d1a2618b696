"""Gradients that plans compute are those that the recording gives, to the bit."""

import gc
import threading
import warnings
import weakref

import numpy as np
import pytest
from cases import CASES

import graphnn as gn
from graphnn.functions.recording import Recording
from graphnn.functions.replaying import LIMIT, Replays
from graphnn.functions.script import Script, alike
from graphnn.functions.structures import leaves

RNG = np.random.default_rng(7)
X = RNG.uniform(0.2, 0.9, (3, 4))


def replays_of(gradient):
    """Give the state of a gradient function."""
    cells = gradient.__closure__
    (found,) = [c.cell_contents for c in cells if type(c.cell_contents) is Replays]
    return found


def is_planned(gradient):
    kinds = replays_of(gradient)._kinds.values()
    return any(type(kind) is Script and kind.is_proved for kind in kinds)


def recorded(f, *arguments, argnums=0, **keywords):
    """Give value and gradients as a call without a plan does."""
    recording = Recording(f, argnums, arguments, keywords)
    gradients = recording.structured(recording.pull_back())
    return [recording.value(), *leaves(gradients)]


def check(f, *calls, argnums=0):
    """Compare each call with the recording; return the function."""
    both = gn.value_and_grad(f, argnums)
    for arguments in calls:
        value, gradients = both(*arguments)
        wanted = recorded(f, *arguments, argnums=argnums)
        assert alike([value, *leaves(gradients)], wanted)
    return both


def several(x, count=5):
    return [(x * (1 + 0.01 * i),) for i in range(count)]


FUNCTIONS = [
    lambda x: np.sum(np.sin(x) ** 2),
    lambda x: np.mean(np.tanh(x @ x.T)),
    lambda x: np.sum(np.exp(x) / (1 + x)),
    lambda x: np.max(x) - np.min(x),
    lambda x: np.sum(x[1:, ::2] * x[:-1, 1::2]),
    lambda x: np.sum(np.where(x > 0.5, x, x**3)),
    lambda x: np.log(np.sum(np.exp(x - np.max(x, axis=1, keepdims=True)))),
    lambda x: np.sum(np.concatenate([x, 2 * x]) ** 3) / x.size,
    lambda x: np.std(x) + np.var(x, axis=0).sum(),
    lambda x: np.linalg.norm(x),
    lambda x: np.sum(np.einsum("ij,kj->ik", x, x)),
    lambda x: np.prod(x.reshape(-1)[:3]),
    lambda x: np.sum(x.T.reshape(2, 6).cumsum(axis=1)) * len(x),
    lambda x: np.linalg.slogdet(x[:, :3] @ x[:, :3].T + np.eye(3))[1],
    lambda x: np.sum(np.sort(x, axis=None)[:4]),
    lambda x: sum(np.sum(row) ** 2 for row in x),
    lambda x: np.abs(x[0, 0]) + np.sqrt(x[1, 1]),
    lambda x: np.sum(x.astype(np.float32)).astype(float),
    lambda x: np.sum(gn.Sigmoid()(x)),
    lambda x: np.sum(x, where=np.ones((3, 4), bool) & (np.arange(4) < 2)),
]


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("x", [X, X.astype(np.float32), X.T.copy().T])
def test_the_bits_are_those_of_the_recording(f, x):
    check(f, *several(x))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_operations_in_a_function(case):
    first, *others = case.inputs
    first = np.asarray(first)
    if first.dtype.kind != "f":
        pytest.skip("no derivative by the first input")
    recipe = case.make()

    def f(x):
        return np.sum(np.abs(np.ravel(recipe(x, *others))) * 0.5)

    try:
        recorded(f, first)
    except Exception as error:
        pytest.skip(f"no single real result: {type(error).__name__}")
    check(f, *[(first,)] * 5)


def test_it_is_planned_and_the_function_still_runs():
    calls = []

    def f(x):
        calls.append(x.shape)
        return np.sum(np.tanh(x) * 2.0)

    gradient = gn.grad(f)
    for i in range(6):
        assert (gradient(X * i) == recorded(f, X * i)[1]).all()
    assert is_planned(gradient)
    assert len(calls) == 6 + 6  # ours, and the recordings


def test_arrays_of_a_closure_may_change():
    state = {"a": np.arange(4.0)}

    def f(x):
        return np.sum(x * state["a"])

    both = gn.value_and_grad(f)
    for i in range(12):
        if i % 3 == 1:
            state["a"] += 1.0  # in place
        elif i % 3 == 2:
            state["a"] = np.arange(4.0) * i
        if i == 9:
            assert is_planned(both)
            state["a"] = np.ones((3, 4))
        value, gradient = both(X)
        assert alike([value, gradient], recorded(f, X))


def test_numbers_branches_and_globals_may_change():
    settings = {"rate": 1.0, "deep": False, "power": 2}

    def f(x):
        y = np.sin(x) if settings["deep"] else np.cos(x)
        return np.sum(y ** settings["power"]) * settings["rate"]

    for changes in (
        {"rate": 2.0},
        {"rate": 2},
        {"deep": True},
        {"power": 3},
        {"rate": -0.0},
    ):
        both = check(f, *several(X))
        settings.update(changes)
        value, gradient = both(X)
        assert alike([value, gradient], recorded(f, X))


def test_one_array_in_the_place_of_two():
    arrays = [np.ones(4), np.full(4, 2.0)]

    def f(x):
        return np.sum(x * arrays[0]) + np.sum(x * arrays[1])

    both = check(f, *several(X))
    assert is_planned(both)
    arrays[1] = arrays[0]
    assert alike(list(both(X)), recorded(f, X))


def test_an_array_changed_in_place_within_the_call():
    def f(x):
        factor, total = np.zeros(4), 0.0
        for i in range(3):
            factor[:] = i
            total = total + np.sum(x * factor)
        return total

    assert not is_planned(check(f, *several(X)))


def test_parameters_may_change():
    w = gn.Parameter(np.arange(4.0))

    def f(x):
        return np.sum((x @ w) ** 2)

    both = gn.value_and_grad(f)
    for _ in range(6):
        w.value = w.value + 1.0
        assert alike(list(both(X)), recorded(f, X))
    assert is_planned(both)
    assert w.grad is None


@pytest.mark.parametrize(
    "look",
    [
        lambda y: y.output.sum() > 0,
        lambda y: y.output is None,
        lambda y: repr(y),
        lambda y: y.graph,
        lambda y: y.name,
        lambda y: y.id,
        lambda y: hasattr(y, "axis"),
    ],
)
def test_a_look_at_a_node_is_computed_as_before(look):
    seen = []

    def f(x):
        y = np.exp(x)
        seen.append(look(y))
        return np.sum(y)

    both = check(f, *several(X))
    assert not is_planned(both)
    assert not any(each is None for each in seen)


def test_a_node_that_is_kept_has_its_value():
    kept = {}

    def f(x):
        kept["hidden"] = np.exp(x)
        return np.sum(kept["hidden"])

    both = gn.value_and_grad(f)
    for (x,) in several(X):
        both(x)
        assert (kept["hidden"].output == np.exp(x)).all()


def test_a_caught_refusal_is_not_replayed():
    def f(x):
        try:
            factor = 3.0 if x[0, 0].output > 0 else 4.0
        except Exception:
            factor = 5.0
        return np.sum(x * factor)

    check(f, *several(X))


def test_errors_of_the_function_come_once_and_as_they_are():
    fails = []

    def f(x):
        if fails:
            raise KeyError("mine")
        return np.sum(x * x)

    gradient = gn.grad(f)
    for _ in range(5):
        gradient(X)
    fails.append(True)
    with pytest.raises(KeyError, match="mine") as caught:
        gradient(X)
    assert caught.value.__context__ is None
    fails.clear()
    assert (gradient(X) == 2 * X).all()


def test_errors_and_warnings_of_numbers_are_as_they_were():
    def f(x):
        return np.sum(np.log(x))

    gradient = gn.grad(f)
    for _ in range(5):
        gradient(X)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        gradient(X * 0)
    with np.errstate(all="ignore"):
        assert np.isinf(gradient(X * 0)).all()

    def quiet(x):
        with np.errstate(divide="ignore"):
            return np.sum(np.where(x > 0, np.log(x), 0.0) * 0 + x)

    quiet_gradient = gn.grad(quiet)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(5):
            quiet_gradient(X)


def test_structures_keywords_and_argnums():
    def f(tree, x, *, scale, flag=True):
        y = x @ tree["w"] + tree["more"][0]
        return np.mean(y * y) * scale if flag else np.sum(y)

    tree = {"w": RNG.normal(size=(4, 2)), "more": [np.ones(2), 3.0]}
    both = gn.value_and_grad(f, (0, 1))
    for i in range(6):
        for keywords in ({"scale": 2.0}, {"scale": 0.5 * i, "flag": False}):
            value, gradients = both(tree, X * i, **keywords)
            wanted = recorded(f, tree, X * i, argnums=(0, 1), **keywords)
            assert alike([value, *leaves(gradients)], wanted)
            assert gradients[0].keys() == tree.keys()
    assert is_planned(both)


def test_shapes_may_change_and_few_kinds_are_kept():
    gradient = gn.grad(lambda x: np.sum(x**2))
    for n in [*range(1, 15)] * 3 + [3] * 5:
        assert (gradient(np.arange(float(n))) == 2 * np.arange(float(n))).all()
    assert len(replays_of(gradient)._kinds) <= LIMIT


def test_results_are_the_callers_own():
    gradient = gn.grad(lambda x: np.sum(x**2))
    results = [gradient(X * i) for i in range(6)]
    for i, result in enumerate(results):
        assert (result == 2 * (X * i)).all()
        result[:] = 0


def test_nested_derivatives():
    second = gn.grad(gn.grad(lambda x: x**3))
    first = gn.grad(lambda x: x**3)
    for x in (1.0, 2.0, 3.0, 4.0, 5.0):
        assert (float(first(x)), float(second(x))) == (3 * x * x, 6 * x)
    outer = gn.grad(lambda x: x * first(2.0 * x))
    for x in (1.0, 2.0, 3.0, 4.0, 5.0):
        assert float(outer(x)) == 36.0 * x * x


def test_nodes_from_outside_and_open_graphs():
    gradient = gn.grad(lambda x: np.sum(x * x))
    for _ in range(4):
        gradient(X)
    x = gn.Input("x", value=X)
    assert (gradient(x).output == 2 * X).all()
    with gn.Graph():
        assert (gradient(X) == 2 * X).all()
    with gn.paused():
        assert (gradient(X) == 2 * X).all()


def test_threads():
    gradient = gn.grad(lambda x: np.sum(np.tanh(x) ** 2))
    wrong = []

    def work(seed):
        x = np.random.default_rng(seed).normal(size=(5, 5))
        wanted = recorded(lambda x: np.sum(np.tanh(x) ** 2), x)[1]
        wrong.extend(i for i in range(60) if (gradient(x) != wanted).any())

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_several_gradients_of_one_function():
    def f(x, y):
        return np.sum(x * y**2)

    by_x, by_y = gn.grad(f), gn.grad(f, 1)
    for i in range(6):
        assert (by_x(X, X * i) == recorded(f, X, X * i)[1]).all()
        assert (by_y(X, X * i) == recorded(f, X, X * i, argnums=1)[1]).all()
    assert is_planned(by_x)
    assert is_planned(by_y)


def test_arguments_and_constants_are_let_go():
    held = np.arange(12.0).reshape(3, 4)
    there = weakref.ref(held)
    gradient = gn.grad(lambda x, a: np.sum(x * a))
    for _ in range(5):
        gradient(X, held)
    assert is_planned(gradient)
    del held
    gc.collect()
    assert there() is None


def test_random_numbers_are_drawn_once_a_call():
    ours, theirs = np.random.default_rng(1), np.random.default_rng(1)
    gradient = gn.grad(lambda x: np.sum(x * ours.normal(size=4)))
    for _ in range(8):
        assert (gradient(X) == theirs.normal(size=4)).all()
    assert is_planned(gradient)


def test_an_array_changed_in_place_within_a_later_call():
    changes = []

    def f(x):
        factor = np.ones(4)
        total = np.sum(x * factor)
        if changes:
            factor[:] = 5.0
        return total + np.sum(x * factor)

    both = check(f, *several(X))
    assert is_planned(both)
    changes.append(True)
    for _ in range(3):
        assert alike(list(both(X)), recorded(f, X))


def test_two_arrays_in_the_place_of_one():
    arrays = [np.ones(4)] * 2

    def f(x):
        return np.sum(x * arrays[0]) + np.sum(x * arrays[1])

    both = check(f, *several(X))
    assert is_planned(both)
    arrays[1] = np.full(4, 3.0)
    assert alike(list(both(X)), recorded(f, X))


def test_a_refused_array_that_the_function_catches():
    arrays = [np.ones(4)]

    def f(x):
        total = np.sum(x)
        try:
            return np.sum(x * arrays[0])
        except Exception:
            return total * 2.0

    both = gn.value_and_grad(f)
    for array in [np.ones(4)] * 5 + [np.ones((3, 4)), "text", np.ones(4)]:
        arrays[0] = array
        assert alike(list(both(X)), recorded(f, X))
