"""Debuggers in several threads: one at a time has the prompt, and says whose it is."""

import io
import threading
import time

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger


class Slow(io.StringIO):
    """A script that a person takes some time to type."""

    def readline(self):
        time.sleep(0.02)
        return super().readline()


def stepper():
    return gn.Stepper(np.sum(gn.Parameter([3.0, 4.0], name="w") * 2.0).graph)


def test_one_session_at_a_time():
    target = io.StringIO()

    def debug():
        script = Slow("n\nn\np 'last'\nq\n")
        Debugger(stepper(), script, target, namespace={}).interact()

    threads = [threading.Thread(target=debug, name=f"worker {i}") for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    first, *sessions = target.getvalue().split("in thread worker ")
    assert first == ""
    assert sorted(session.partition(":")[0] for session in sessions) == ["0", "1", "2"]
    bodies = {session.partition(":")[2] for session in sessions}
    assert len(bodies) == 1  # each is as if it were the only one
    assert "(gnn) p 'last'\n'last'\n(gnn) q\n" in bodies.pop()


def test_the_main_thread_needs_no_name(session, small):
    assert "in thread" not in session(small, "n").text


def test_the_prompt_is_free_again_after_an_error(small):
    class Broken(io.StringIO):
        def readline(self):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Debugger(small, Broken(), io.StringIO(), namespace={}).interact()
    ended = []

    def debug():
        script = io.StringIO("q\n")
        debugger = Debugger(stepper(), script, io.StringIO(), namespace={})
        ended.append(debugger.interact())

    thread = threading.Thread(target=debug)
    thread.start()
    thread.join(10)
    assert ended == ["quit"]


def test_debuggers_inside_each_other_share_the_prompt(session, stepper):
    ended = session(stepper, "n 3", "expand", "n", "q", "p index")
    assert ended[4] == "3"
