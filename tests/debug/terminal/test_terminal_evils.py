"""Guards at the prompt, where evils come from, and the picture."""

import numpy as np
import pytest

import graphnn as gn


@pytest.fixture
def broken():
    """Over sum((1 - p) * log(1 - p)), whose last element is NaN."""
    p = gn.Parameter([0.5, 1.0], name="p")
    with np.errstate(all="ignore"):
        return gn.Stepper(np.sum((1.0 - p) * np.log(1.0 - p)).graph)


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(
    ("line", "index"),
    [
        ("guard nan", 4),
        ("guard inf", 3),
        ("guard exploding 0.1", 1),
        ("guard exploding limit=0.55", 3),
        ("guard vanishing 10, zeros=True", 6),
        ("guard dead", 10),
    ],
)
def test_guards_stop_at_the_culprit(session, broken, line, index):
    answers = session(broken, line, "c").answers
    assert answers[0].startswith("Guard 1 at ")
    assert broken.index == index
    if index < 10:
        assert answers[1].startswith("Guard 1: ")


def test_what_a_guard_says_fits_the_terminal(session, broken):
    answer = session(broken, "guard nan", "c")[1]
    assert "its output holds 1 NaN" in answer
    assert max(map(len, answer.splitlines())) <= 80


def test_origin(session, broken):
    answers = session(
        broken, "origin", "c", "origin", "origin inf", "origin dead"
    ).answers
    assert answers[0] == "Nothing has run yet. On: n, c"
    assert answers[2].startswith("multiply (Multiply, test_terminal_evils.py:")
    assert answers[3].startswith("log (Log, test_terminal_evils.py:")
    assert max(map(len, answers[2].splitlines())) <= 80


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("origin", "No NaN so far."),
        ("origin inf", "No Inf so far."),
        ("origin exploding 1e3", "No norm above 1000 so far."),
        ("origin vanishing", "No gradient with a norm below 1e-07 so far."),
        ("origin dead", "No dead units so far."),
        ("origin dtype", "No other dtype so far."),
    ],
)
def test_origins_of_what_there_is_not(session, stepper, line, says):
    assert session(stepper, "c", line)[1] == says


def test_a_leaf_may_be_bad_before_anything_has_run(session):
    stepper = gn.Stepper(np.sum(gn.Input("x", value=[np.nan, 1.0])).graph)
    assert session(stepper, "origin")[0].startswith("x (Input")


@pytest.mark.parametrize("word", ["guard", "origin"])
@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("nann", "there is no guard 'nann'"),
        ("exploding x", "NameError"),
        ("exploding size=3", "has no setting 'size'"),
        ("exploding -1", "ExplodingGuard"),
        ("nan 3", "NaNGuard has no setting"),
    ],
)
def test_bad_guards(session, broken, word, rest, says):
    answer = session(broken, f"{word} {rest}")[0]
    assert answer.startswith("*** ")
    assert says in answer


def test_draw(session, stepper, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answers = session(stepper, "n 3", "draw", "draw picture.dot", "draw x.gfi").answers
    assert answers[1] == "step-3.svg"
    assert "<svg" in (tmp_path / "step-3.svg").read_text(encoding="utf-8")
    assert answers[2] == "picture.dot"
    assert "step 3 of 12" in (tmp_path / "picture.dot").read_text(encoding="utf-8")
    assert answers[3].startswith("*** ")
    assert not (tmp_path / "x.gfi").exists()
