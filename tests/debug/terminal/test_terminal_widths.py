"""Tables and texts fit the terminal, however wide it is."""

import io

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger
from graphnn.debug.terminal.streams import NARROWEST

WIDTHS = (NARROWEST, 50, 80, 120)


class Doubled(gn.Operation):
    """With the sign of its gradient wrong."""

    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        return -2 * output_grad


@pytest.fixture(params=WIDTHS)
def width(request, monkeypatch):
    monkeypatch.setattr(Debugger, "width", request.param)
    return request.param


@pytest.fixture
def deep():
    """Over a network with names as long as they get, after both passes."""
    rng = np.random.default_rng(0)
    layers = [gn.Dense(20, "relu"), gn.Dense(3, "sigmoid"), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)
    net.train_batch(rng.normal(size=(32, 8)), rng.normal(size=(32, 1)))
    stepper = gn.Stepper(net.graph, target=net.loss)
    stepper.seek(len(stepper))
    return stepper


@pytest.fixture
def mistaken():
    """Over 30 wrong operations and a right one, after both passes."""
    value = gn.Parameter(np.ones((3, 4)), name="w")
    for _ in range(30):
        value = Doubled()(value)
    stepper = gn.Stepper(np.sum(value).graph)
    stepper.seek(len(stepper))
    return stepper


def too_long(answer, width):
    return [line for line in answer.splitlines() if len(line) > width]


def test_why_fits(session, deep, width):
    lines = [f"why dense_{n}/{w}" for n in (1, 2, 3) for w in ("weight", "bias")]
    lines += ["why 1", "why mean_squared_error"]
    for answer in session(deep, *lines).answers[:-1]:
        assert not answer.startswith("***")
        assert not too_long(answer, width)
        assert "value" in answer.splitlines()[1] or width < 80


def test_check_fits(session, deep, width):
    for node in deep.graph.nodes:
        if node.kind == "operation":
            (answer, *_) = session(deep, f"check {node.name}").answers
            assert "ok" in answer
            assert not too_long(answer, width)


def test_names_are_cut_in_front_and_columns_left_out(session, deep, monkeypatch):
    answers = {}
    for columns in WIDTHS:
        monkeypatch.setattr(Debugger, "width", columns)
        answers[columns] = session(deep, "why dense_1/weight")[0].splitlines()
    assert "█" in answers[120][2]
    assert "█" not in answers[80][2]
    assert "…/weight_multiply  param" in answers[80][2]
    assert answers[50][2].split() == ["consumer", "element", "value", "share"]


def test_checking_all_counts_what_is_right(session, deep):
    assert session(deep, "check all")[0] == "9 operations right"


def test_checking_all_lists_what_is_wrong(session, mistaken, width):
    answer = session(mistaken, "check all")[0]
    assert not too_long(answer, width)
    lines = answer.splitlines()
    assert sum(line.startswith("doubled") and "e+00" in line for line in lines) == 20
    assert lines[-2:] == [
        "and 10 more operations with wrong ones",
        "30 operations wrong, 1 operation right",
    ]


def test_contributions_of_0_are_only_counted(session):
    w = gn.Parameter([1.0, 2.0], name="w")
    stepper = gn.Stepper(np.sum(w * np.ones((2, 1)) * np.array([[3.0], [-0.0]])).graph)
    stepper.seek(len(stepper))
    answers = session(stepper, "why w[0]", "why multiply").answers
    assert answers[0].splitlines()[-1] == "... and 1 more, 0"
    assert len(answers[0].splitlines()) == 4
    assert "-0" not in answers[0]


def test_all_of_0(session):
    w = gn.Parameter([1.0], name="w")
    stepper = gn.Stepper(np.sum(w * np.ones((3, 1)) * -0.0).graph)
    stepper.seek(len(stepper))
    lines = session(stepper, "why w[0]")[0].splitlines()
    assert lines[2].endswith("0 %")
    assert "-0" not in lines[2]
    assert lines[3] == "... and 2 more, 0"


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ([5.0, -4.0], "They cancel: their absolute values add up to 9"),
        ([5.0, -0.5], "The shares are of the sum of the absolute values, 5.5."),
        ([5.0, 4.0], "multiply"),
    ],
)
def test_what_the_shares_are_of(session, factors, said):
    w = gn.Parameter([1.0], name="w")
    stepper = gn.Stepper(np.sum(w * np.array(factors)[:, np.newaxis]).graph)
    stepper.seek(len(stepper))
    assert said in session(stepper, "why w")[0].splitlines()[-1]


def test_what_comes_from_no_consumer(session, width):
    w = gn.Parameter([1.0], name="w")
    loss = np.sum(w * 2.0)
    loss.backward()
    stepper = gn.Stepper(loss.graph)
    stepper.seek(len(stepper))
    stepper.set_grad(w, np.array([5.0]))
    for answer in session(stepper, "why w", "why sum").answers[:-1]:
        assert not too_long(answer, width)
    assert "st" in answer.splitlines()[2]


def test_letters_that_cannot_be_written_stay_in_line():
    w = gn.Parameter([1.0], name="权")
    with gn.scope("和"):
        inner = np.tanh(w * 2.0)
    stepper = gn.Stepper(np.sum(inner * w).graph)
    stepper.seek(len(stepper))
    file = io.BytesIO()
    target = io.TextIOWrapper(file, encoding="ascii", write_through=True)
    source = io.StringIO("j end\nwhy 权\ncheck multiply\nll\n")
    Debugger(stepper, source, target, namespace={}).interact()
    lines = file.getvalue().decode().splitlines()
    places = {line.find("input 0") for line in lines if "  input 0" in line}
    assert len(places) == 2  # one in each table
    assert {line.find("gradient of") for line in lines} - {-1} <= places
    assert len({line.find("(1,)") for line in lines if "(1,)  norm" in line}) == 1
    assert any("\\u548c/multiply" in line for line in lines)


# -- texts -----------------------------------------------------------------------------
LONG = "norm(output_grad) > 1000000 and np.isnan(input_grad).any() or output.max() > 9"


def test_errors_and_sentences_are_broken_between_words(session, deep, width):
    lines = [
        *["nonsense", "set nothing_of_this = 3", "j 99", "p np.ones(3) @ np.ones(4)"],
        *[f"b backward weight_multiply, {LONG}", "b", "info", "n", "n 5 5", "s 3"],
        *["ignore 1 3", "condition 1", "whatis np.sum", "c", "1 / np.zeros(3)", "u"],
        *["log sigmoid, {name}", "guard exploding", "origin", "changes", "display 1"],
    ]
    for answer in session(deep, *lines).answers:
        assert not too_long(answer, width)
    (answer, *_) = session(deep, "set nothing_of_this = 3").answers
    assert answer.splitlines()[0].startswith("*** ")
    assert all(line.startswith("    ") for line in answer.splitlines()[1:])


def test_a_row_of_the_breakpoints_goes_on_in_its_column(session, deep):
    rows = session(deep, f"b weight_multiply, {LONG}", "b")[1].splitlines()
    assert rows[1].startswith("1   breakpoint   keep yes   weight_multiply")
    assert rows[2].startswith(" " * 28)
    assert rows[2][28] != " "


def test_help_fits(session, deep, width):
    text = session(deep, "h", "h all", *[f"h {w.name}" for w in words_of(Debugger)])
    assert not too_long(text.text.replace("(gnn) ", ""), width)


def test_paragraphs_of_the_help_are_filled_anew(session, deep, monkeypatch):
    monkeypatch.setattr(Debugger, "width", 50)
    lines = session(deep, "h where")[0].splitlines()
    assert not any(line.startswith("     ") for line in lines)
    assert all(len(line) > 35 for line in lines[3:-1])


def words_of(kind):
    from graphnn.debug.terminal import words

    return [word for theme in words.words_of(kind).values() for word in theme]


def test_the_list_fits(session, deep, width):
    for answer in session(deep, "ll", "j 5", "l", "w").answers:
        assert not too_long(answer, width)
    rows = session(deep, "ll")[0].splitlines()
    assert all("norm" in row for row in rows) or width < 50
    assert any(row.endswith("(32, 20)  norm 19.2") for row in rows) == (width >= 80)


def test_what_an_operation_is_given_fits(session, deep, width):
    for line in ("a", "a dense_1/weight_multiply", "rv", "p dense_2/sigmoid"):
        assert not too_long(session(deep, "j 3", line)[1], width)
    assert "dense_1/bias_add  " in session(deep, "a dense_1/relu")[0] or width < 80


def test_a_header_at_50_columns_has_the_name(session, deep, monkeypatch):
    monkeypatch.setattr(Debugger, "width", 50)
    first = session(deep, "j 1")[0].splitlines()[0]
    assert first == "[1/18] forward  …_multiply  (WeightMultiply)" or (
        "weight_multiply  (WeightMultiply)" in first
    )


@pytest.fixture
def many():
    """Over 300 steps, half of them forward."""
    value = gn.Parameter(np.ones(2), name="w")
    for _ in range(149):
        value = value + 1.0
    return gn.Stepper(np.sum(value).graph)


def test_many_steps_are_listed_in_part(session, many):
    ended = session(many, "ll", "j 180", "ll", "ll all", "ll 3")
    rows = ended[0].splitlines()
    assert len(rows) == 201
    assert rows[0].split()[0] == "1"
    assert rows[-1] == "… of 300 steps; all of them: ll all"
    assert ended[2].splitlines()[0].split()[0] == "80"
    assert len(ended[3].splitlines()) == 300
    assert ended[4].startswith("*** longlist takes nothing or all")


def test_many_changes_are_listed_in_part(session, many, width):
    ended = session(many, "j 60", "set w[0] = 3", "changes", "changes all", "changes x")
    rows = ended[2].splitlines()
    assert len(rows) == 21
    assert rows[-1] == "  … 41 more: changes all"
    assert len(ended[3].splitlines()) == 61
    assert ended[4].startswith("*** changes takes nothing or all")
    assert not any(too_long(answer, width) for answer in ended.answers)


def test_the_share_of_zeros_is_told_where_there_are_any(session, small):
    ended = session(small, "p np.array([1.0, 2.0])", "p np.array([1.0, 0.0])")
    assert "zeros" not in ended[0]
    assert "zeros 50%" in ended[1]
