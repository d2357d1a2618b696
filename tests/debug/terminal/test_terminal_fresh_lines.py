"""Lines of the debugger beside what a program prints: parts of lines, progress bars."""

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug import local_check
from graphnn.debug.terminal import analysing, fresh
from graphnn.debug.terminal.debugger import Debugger
from graphnn.debug.terminal.fresh import Tracked, begin_line_of_terminal, progress_line

PROGRAM = """
import numpy as np
import graphnn as gn

rng = np.random.default_rng(0)
X, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
layers = [gn.Dense(4, "sigmoid"), gn.Dense(1)]
network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)
gn.set_trace()
gn.Trainer(network, gn.SGD(0.1)).fit(X, y, epochs=2, batch_size=4)
"""


class Chatty(gn.Operation):
    """Prints a part of a line as it runs."""

    def _output(self):
        sys.stdout.write("chatting ")
        return self.input_ + 1.0

    def _input_grad(self, output_grad):
        return output_grad


@pytest.fixture
def chatty():
    stepper = gn.Stepper(np.sum(Chatty()(gn.Input("x", value=[1.0]))).graph)
    sys.stdout.write("\n")
    return stepper


def debug(stepper, *lines):
    """Debug on the standard output."""
    source = io.StringIO("\n".join(lines) + "\n")
    Debugger(stepper, source, sys.stdout, namespace={}).interact()


def test_a_stop_begins_a_line(chatty, capsys):
    debug(chatty, "n", "n", "q")
    text = capsys.readouterr().out
    assert "chatting \n[1/2] forward  chatty" in text
    assert "\n\n[2/2]" not in text  # no line more than are needed


def test_the_standard_output_is_put_back(chatty):
    before = sys.stdout
    debug(chatty, "n", "q")
    assert sys.stdout is before


def test_progress_bars_are_set_aside(small):
    tqdm = pytest.importorskip("tqdm")
    target = io.StringIO()
    with tqdm.tqdm(total=3, file=target, ncols=40) as bar:
        Debugger(small, io.StringIO("n\nq\n"), target, namespace={}).interact()
        text = target.getvalue()
        assert "| 0/3 [" in text
        assert "\r[0/6] before the first step" in text
        assert text.rstrip().rsplit("\r", 1)[1].startswith("  0%")  # it is back
        assert bar.n == 0


def test_what_is_logged_begins_a_line(small):
    tqdm = pytest.importorskip("tqdm")
    target = io.StringIO()
    debugger = Debugger(small, io.StringIO("log *, {name}\nc\n"), target, namespace={})
    debugger.interact()
    with tqdm.tqdm(total=3, file=target, ncols=40):
        small.seek(0)
        small.continue_()
    assert "\rmultiply\n" in target.getvalue()


def test_without_a_progress_bar_none_is_loaded(small, monkeypatch):
    monkeypatch.delitem(sys.modules, "tqdm", raising=False)
    target = io.StringIO()
    Debugger(small, io.StringIO("q\n"), target, namespace={}).interact()
    assert "tqdm" not in sys.modules


def test_a_tracked_stream():
    stream = Tracked(io.StringIO())
    assert stream.is_fresh
    stream.write("")
    stream.writelines(["a", "b\n"])
    assert stream.is_fresh
    stream.write("c")
    assert not stream.is_fresh
    stream.begin_line()
    stream.begin_line()
    assert stream.getvalue() == "ab\nc\n"
    assert list(Tracked(io.StringIO("x\ny"))) == ["x\n", "y"]


def test_only_a_terminal_is_wiped():
    target = io.StringIO()
    begin_line_of_terminal(target)
    assert target.getvalue() == ""


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_the_line_of_a_terminal_is_left_if_it_is_begun(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    master, slave = os.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    with os.fdopen(slave, "w") as terminal:
        begin_line_of_terminal(terminal)
        terminal.flush()
        assert os.read(master, 100) == b" " * 30 + b"\r"
        monkeypatch.setenv("TERM", "dumb")
        begin_line_of_terminal(terminal)
        terminal.write("|")
        terminal.flush()
        assert os.read(master, 100) == b"|"
    os.close(master)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def test_what_takes_long_is_shown_and_gone_in_the_end(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(fresh, "PATIENCE", 0.0)
    monkeypatch.setattr(fresh, "PAUSE", 0.0)
    with progress_line(screen, 20) as show:
        show("checking 1 of 2: weight_multiply")
        show("short")
    first, second, wiped = screen.getvalue().split("\r")[1:4]
    assert len(first) == 19
    assert second == f"{'short':<19}"
    assert not wiped.strip()
    assert screen.getvalue().endswith("\r")


def test_what_does_not_take_long_is_not_shown():
    screen = Screen()
    with progress_line(screen, 80) as show:
        show("checking 1 of 2")
    assert screen.getvalue() == ""
    with progress_line(screen, 80) as show:
        show("it takes long", at_once=True)
    assert "it takes long" in screen.getvalue()


def test_progress_is_not_shown_in_a_file():
    target = io.StringIO()
    with progress_line(target, 80) as show:
        show("it takes long", at_once=True)
    assert target.getvalue() == ""


def test_the_checks_show_what_they_are_at(small, monkeypatch):
    shown = []

    @contextmanager
    def noted(stream, width):
        yield lambda text, at_once=False: shown.append(text)

    monkeypatch.setattr(analysing, "progress_line", noted)
    monkeypatch.setattr(local_check, "LARGE", 2)
    small.seek(len(small))
    debug(small, "check all", "check multiply", "check sum", "check w", "q")
    assert shown[:3] == [
        "checking 1 of 3: multiply",
        "checking 2 of 3: power",
        "checking 3 of 3: sum",
    ]
    assert shown[3:] == ["checking, on large arrays: it may take a while"] * 2


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_training_with_a_progress_bar(tmp_path):
    pexpect = pytest.importorskip("pexpect")
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    root = str(Path(gn.__file__).parents[1])
    env = os.environ | {"PYTHONPATH": root, "XDG_STATE_HOME": str(tmp_path)}
    env |= {"TERM": "xterm", "NO_COLOR": "1", "INPUTRC": "/dev/null"}
    child = pexpect.spawn(
        sys.executable, [str(file)], env=env, encoding="utf-8", dimensions=(40, 80)
    )
    try:
        for line in ("n", "b sigmoid", "c", "c"):
            child.expect_exact("(gnn) ", timeout=30)
            rows = child.before.replace("\r\n", "\n").split("\n")
            shown = [row.rsplit("\r", 1)[-1] for row in rows if row.strip()]
            assert not any("batch/s" in row and "[" in row[:1] for row in shown)
            child.sendline(line)
            if line == "n":
                stops = [row for row in shown if "before the first step" in row]
                assert stops == ["[0/5] before the first step"]
    finally:
        child.close(force=True)
