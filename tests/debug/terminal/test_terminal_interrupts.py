"""Ctrl-C, and the lines of earlier sessions."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger
from graphnn.debug.terminal.history import history_file, own_history
from graphnn.debug.terminal.streams import Echo, is_terminal, signs_for, width_of, write


def ctrl_c(*arguments):
    raise KeyboardInterrupt


class Stuck(gn.Operation):
    """An operation that somebody loses patience with."""

    def _output(self):
        return 1.0 * self.input_

    def _input_grad(self, output_grad):
        raise KeyboardInterrupt


def test_ctrl_c_in_an_expression(session, stepper):
    ended = session(stepper, "n", "stop()", "p 1", namespace={"stop": ctrl_c})
    assert ended[1] == "--KeyboardInterrupt--"
    assert ended[2] == "1"


def test_ctrl_c_in_a_pass_shows_where_one_stands(session):
    stepper = gn.Stepper(np.sum(Stuck()(gn.Parameter([1.0]))).graph)
    ended = session(stepper, "c", "p index", "rn")
    assert ended[0].startswith("--KeyboardInterrupt--\n[3/4] backward  sum")
    assert ended[1] == "3"
    assert ended[2].startswith("[2/4]")


def test_ctrl_c_forgets_what_was_to_come(session, stepper):
    ended = session(stepper, "stop() ;; n ;; n", "p 1", namespace={"stop": ctrl_c})
    assert stepper.index == 0
    assert ended[1] == "1"


def test_ctrl_c_ends_a_definition(stepper):
    class Lines(io.StringIO):
        def readline(self):
            line = super().readline()
            if line == "^C\n":
                raise KeyboardInterrupt
            return line

    target = io.StringIO()
    lines = Lines("b sigmoid\ncommands\np 1\n^C\np 2\n")
    Debugger(stepper, lines, target, namespace={}).interact()
    assert "(com) --KeyboardInterrupt--\n(gnn) p 2\n2\n" in target.getvalue()


# -- history ---------------------------------------------------------------------------
@pytest.fixture
def readline(tmp_path, monkeypatch):
    module = pytest.importorskip("readline")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    module.clear_history()
    yield module
    module.clear_history()


def lines_of(readline):
    count = readline.get_current_history_length()
    return [readline.get_history_item(i + 1) for i in range(count)]


@pytest.mark.skipif(sys.platform == "win32", reason="another folder")
def test_lines_come_again_and_those_of_the_program_are_put_back(readline, tmp_path):
    readline.add_history("of the program")
    delimiters = readline.get_completer_delims()
    with own_history(True):
        assert lines_of(readline) == []
        assert "/" not in readline.get_completer_delims()
        readline.add_history("n")
    assert lines_of(readline) == ["of the program"]
    assert readline.get_completer_delims() == delimiters
    with own_history(True):
        assert lines_of(readline) == ["n"]
    assert (tmp_path / "graphnn" / "debug_history").exists()


def test_lines_of_scripts_are_not_kept(readline, tmp_path):
    with own_history(False):
        readline.add_history("n")
    assert not (tmp_path / "graphnn").exists()


def test_where_nothing_can_be_written(readline, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with own_history(True):
        readline.add_history("n")
    assert lines_of(readline) == []


def test_without_readline(monkeypatch):
    monkeypatch.setitem(sys.modules, "readline", None)
    with own_history(True):
        pass


def test_the_file_is_where_the_system_keeps_such_things(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setattr(sys, "platform", "linux")
    assert history_file() == Path("/state/graphnn/debug_history")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert history_file() == Path.home() / ".local/state/graphnn/debug_history"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert history_file() == Path("/local/graphnn/debug_history")


# -- streams ---------------------------------------------------------------------------
def test_echo_is_a_source_like_its_own():
    target = io.StringIO()
    echo = Echo(io.StringIO("n\nlast"), target)
    assert [echo.readline() for _ in range(3)] == ["n\n", "last", ""]
    assert target.getvalue() == "n\nlast\n\n"
    assert not echo.isatty()


def test_what_a_stream_can_show():
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="")
    write(narrow, "█ → é\n")
    narrow.seek(0)
    assert narrow.read() == "# -> \\xe9\n"
    assert signs_for(narrow).cursor == ">"
    assert signs_for(io.StringIO()).cursor == "→"
    assert width_of(narrow) == 80
    assert not is_terminal(narrow)


def test_where_input_is_one_of_the_consoles_own(stepper, monkeypatch, capsys):
    lines = iter(["n", "p index", "s", "q", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(lines))
    Debugger(stepper, namespace={}).interact()
    shown = capsys.readouterr().out
    assert "[1/12]" in shown
    assert "\n1\n" in shown
    assert "_output()" in shown
    assert "The step has not been taken." in shown
    assert next(lines, None) is None
