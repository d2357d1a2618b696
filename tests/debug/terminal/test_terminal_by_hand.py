"""The debugger in a real pseudo-terminal, typed into as a person does."""

import os
import re
import sys
import time
from pathlib import Path

import pytest

import graphnn

pexpect = pytest.importorskip("pexpect")
pytest.importorskip("readline")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")

MODEL = Path(__file__).parent / "model.py"
PROMPT = "(gnn) "
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x07")


class Terminal:
    """A terminal in which `graphnn debug` runs."""

    def __init__(self, folder, thing="network", columns=80, **environment):
        root = str(Path(graphnn.__file__).parents[1])
        env = {
            k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")
        }
        env |= {
            "PYTHONPATH": root,
            "XDG_STATE_HOME": str(folder),
            "TERM": "xterm-256color",
        }
        env |= {"PYTHONIOENCODING": "utf-8", "INPUTRC": "/dev/null"} | environment
        env.pop("COLUMNS", None)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "graphnn", "debug", f"{MODEL}:{thing}"],
            env=env,
            encoding="utf-8",
            timeout=30,
            dimensions=(40, columns),
        )
        self.start = self.answer()

    def answer(self):
        """Read up to the next prompt."""
        self.child.expect_exact(PROMPT)
        self.raw = self.child.before
        return ESCAPE.sub("", self.raw).replace("\r", "")

    def type(self, line):
        """Type a line, and read the answer without the line itself."""
        self.child.sendline(line)
        return self.answer().partition("\n")[2]

    def end(self):
        """Wait for the end of the process; give the exit status."""
        self.child.expect(pexpect.EOF)
        self.rest = ESCAPE.sub("", self.child.before)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_(*arguments, **settings):
        opened.append(Terminal(tmp_path, *arguments, **settings))
        return opened[-1]

    yield open_
    for one in opened:
        one.child.close(force=True)


def test_a_session(terminal):
    typed = terminal()
    assert typed.start.startswith("[0/12] before the first step\n")
    assert typed.type("n").startswith("[1/12] forward  dense_1/weight_multiply")
    assert typed.type("").startswith("[2/12]")  # an empty line repeats
    assert typed.type("p 1 + 1") == "2\n"
    typed.child.sendline("q")
    assert typed.end() == 0


def test_control_d_quits(terminal):
    typed = terminal()
    typed.child.sendeof()
    assert typed.end() == 0
    assert "Traceback" not in typed.rest


def test_control_c_comes_back_to_the_prompt(terminal):
    typed = terminal()
    typed.child.send("n 3 and something that is not mea")
    typed.child.expect_exact("not mea")
    typed.child.sendintr()
    typed.child.expect_exact("--KeyboardInterrupt--")
    typed.answer()
    assert typed.type("p index").startswith("None  (no step")  # nothing was taken
    assert typed.type("n").startswith("[1/12]")


def test_control_c_stops_what_runs(terminal):
    typed = terminal()
    typed.child.sendline("[None for _ in iter(int, 1)]")
    typed.child.expect_exact("iter(int, 1)]")
    typed.child.expect(r"\n")
    time.sleep(0.3)
    typed.child.sendintr()
    typed.child.expect_exact("--KeyboardInterrupt--")
    typed.answer()
    assert typed.type("p 1") == "1\n"


def test_colours_and_none(terminal):
    typed = terminal()
    typed.type("n")
    assert "\x1b[1;38;5;" in typed.raw
    plain = terminal(NO_COLOR="1")
    plain.type("n")
    assert "\x1b[1;" not in plain.raw
    assert "\x1b[38;" not in plain.raw
    dumb = terminal(TERM="dumb")
    dumb.type("n")
    assert "\x1b[1;" not in dumb.raw


def test_the_width_of_the_terminal(terminal):
    typed = terminal(columns=60)
    for line in ("n", "j 9", "w", "ll", "p output"):
        assert max(map(len, typed.type(line).splitlines())) <= 60, line


def complete(typed, text):
    """Type a text and the tab key; give the line that it becomes."""
    typed.child.send(f"{text}\t")
    typed.child.sendline("")
    return typed.answer().partition("\n")[0]


def test_completion(terminal):
    typed = terminal()
    assert complete(typed, "tbr").startswith("tbreak")
    assert complete(typed, "b dense_1/sig").startswith("b dense_1/sigmoid")
    assert complete(typed, "p index + 10 * dense_2/bias_a").startswith(
        "p index + 10 * dense_2/bias_add"
    )
    assert "1   breakpoint" in typed.type("b")


def test_two_tabs_list_what_there_is(terminal):
    typed = terminal()
    typed.child.send("b dense_2/\t\t")
    typed.child.expect_exact("dense_2/weight_multiply")
    typed.child.sendintr()
    typed.answer()


def test_history_is_kept_from_session_to_session(terminal, tmp_path):
    typed = terminal()
    typed.type("p 6 * 7")
    typed.child.send("\x1b[A\r")  # the key up
    assert "42" in typed.answer()
    typed.child.sendline("q")
    assert typed.end() == 0
    file = tmp_path / "graphnn" / "debug_history"
    assert "p 6 * 7" in file.read_text().splitlines()
    again = terminal()
    again.child.send("\x1b[A\x1b[A\r")  # past the q
    assert "42" in again.answer()


def test_without_a_place_for_the_history(terminal, tmp_path):
    (tmp_path / "file").write_text("")
    typed = terminal(XDG_STATE_HOME=str(tmp_path / "file"))
    assert typed.type("p 1") == "1\n"
    typed.child.sendline("q")
    assert typed.end() == 0


def test_pdb_in_a_formula_and_back(terminal):
    typed = terminal("regression")
    typed.child.sendline("s")
    typed.child.expect_exact("(Pdb) ")
    assert "-> return self.input_ * self.param" in typed.child.before
    typed.child.send("p self.para\t")
    typed.child.sendline("")
    typed.child.expect_exact("(Pdb) ")
    typed.child.sendline("c")
    assert "[1/12] forward  model/scale" in typed.answer()
    assert complete(typed, "b model/ta").startswith("b model/tanh")


def test_clearing_asks(terminal):
    typed = terminal()
    typed.type("b sigmoid")
    typed.child.sendline("clear")
    typed.child.expect_exact("Clear all breaks? ")
    assert "Deleted breakpoint 1" in typed.type("y")


def test_commands_have_a_prompt_of_their_own(terminal):
    typed = terminal()
    typed.type("b sigmoid")
    typed.child.sendline("commands")
    typed.child.expect_exact("(com) ")
    typed.child.sendline("p index")
    typed.child.expect_exact("(com) ")
    assert typed.type("end") == ""
    assert typed.type("c").endswith("3\n")
