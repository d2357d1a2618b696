"""What the tab key offers."""

import pytest

from graphnn.debug.terminal.debugger import Debugger


@pytest.fixture
def offers(stepper):
    debugger = Debugger(stepper, namespace={"training_rate": 0.1})
    stepper.step()

    def complete(line):
        text = line.split(" ")[-1]
        begin = len(line) - len(text)
        if begin == 0:
            return debugger.completenames(text, line, 0, len(line))
        return debugger.completedefault(text, line, begin, len(line))

    complete.debugger = debugger
    return complete


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nex", ["next"]),
        ("rev", ["reverse-continue", "reverse-next", "reverse-step"]),
        ("un", ["unalias", "undisplay", "undo", "unt", "until"]),
        ("training_", ["training_rate"]),
        ("b dense_1/si", ["dense_1/sigmoid"]),
        ("b Sig", ["Sigmoid"]),
        ("b backward dense_2/w", ["dense_2/weight_multiply"]),
        ("b dense_", None),
        ("tbreak forw", ["forward"]),
        ("unt mean", ["mean_squared_error"]),
        ("a dense_1/we", ["dense_1/weight", "dense_1/weight_multiply"]),
        ("watch dense_1/weight", ["dense_1/weight", "dense_1/weight_multiply"]),
        ("h unt", ["unt", "until"]),
        ("p training_", ["training_rate"]),
        ("p output.sha", ["output.shape"]),
        ("p dense_1/si", ["dense_1/sigmoid"]),
        (
            "p dense_1/sigmoid.outp",
            ["dense_1/sigmoid.output", "dense_1/sigmoid.output_grad"],
        ),
        ("training_rate + outp", ["output", "output_grad"]),
        ("n ", []),
        ("dis x", []),
        ("p nothing.x", []),
        ("enable ", []),
    ],
)
def test_offers(offers, line, expected):
    found = offers(line)
    if expected is None:
        assert {"dense_1", "dense_1/sigmoid", "dense_2/bias_add"} <= set(found)
    else:
        assert found == expected


def test_lines_of_the_users_file_are_places(offers, stepper):
    line = str(stepper.graph["dense_1/sigmoid"].source)
    assert line in offers("b conf")


def test_numbers_of_breakpoints(offers, stepper):
    stepper.breakpoints.add("sigmoid")
    stepper.breakpoints.add("dense_2")
    assert offers("clear ") == ["1", "2"]
    assert offers("condition 2") == ["2"]


def test_displays_and_aliases(offers):
    debugger = offers.debugger
    debugger.onecmd("display output.shape")
    debugger.aliases["zoom"] = "n"
    assert offers("undisplay outp") == ["output.shape"]
    assert offers("zo") == ["zoom"]


def test_looking_for_offers_changes_nothing(offers, stepper):
    before = len(stepper.graph)
    offers("p np.exp(node).sh")
    assert len(stepper.graph) == before


def test_files(offers, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "figure.svg").write_text("")
    monkeypatch.chdir(tmp_path)
    debugger = offers.debugger
    assert sorted(debugger.offers_file("f")) == ["figure.svg", "folder/"]
    assert debugger.offers_file("nowhere/x") == []
    assert debugger.offers_file(f"{tmp_path}/fi") == [f"{tmp_path}/figure.svg"]
