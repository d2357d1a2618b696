"""Assigning to the variables of a program that runs: it goes on with what was set."""

import io
import runpy

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.session import Session
from graphnn.debug.terminal.debugger import Debugger
from graphnn.graph.watching import set_driver

LIMIT = 1


@pytest.fixture
def debug():
    """Debug the passes that follow with a script; give what was written."""
    target = io.StringIO()

    def begin(*lines):
        source = io.StringIO("\n".join(lines) + "\n")

        def make(stepper, **settings):
            return Debugger(stepper, source, target, **settings)

        set_driver(Session(stepping=True, debugger=make))
        return target

    yield begin
    set_driver(None)


def make():
    w = gn.Parameter([3.0, 4.0], name="w")
    return np.sum(w * w)


def run(node):
    inner = node.graph
    inner.forward(target=node)


def test_a_local_variable(debug):
    k, word, array = 3, "old", np.zeros(2)
    text = debug("!k = 5", "word = word + '!'", "k += 1", "array[0] = 7", "c")
    node = make()
    node.graph.forward(target=node)
    assert (k, word, array.tolist()) == (6, "old!", [7.0, 0.0])
    assert "(gnn) !k = 5\n(gnn) word" in text.getvalue()  # there is nothing to say


def test_several_at_once_and_in_a_loop(debug):
    a, b, total = 1, 2, 0
    text = debug("a, b = b, a", "for i in (1, 2): total += i", "p a, b, total", "c")
    node = make()
    node.graph.forward(target=node)
    assert (a, b, total) == (2, 1, 3)
    assert "(2, 1, 3)" in text.getvalue()
    assert "i is a name of the debugger's: test_several" in text.getvalue()


def test_variables_of_nested_functions(debug):
    outer = 1

    def inside():
        own = outer + 1
        node = make()
        node.graph.forward(target=node)
        return own, outer

    debug("outer = 10", "own = 20", "c")
    assert inside() == (20, 10)
    assert outer == 10


def test_a_variable_that_an_inner_function_uses(debug):
    count = 1

    def counted():
        return count

    debug("count = 9", "c")
    node = make()
    node.graph.forward(target=node)
    assert (counted(), count) == (9, 9)


def test_a_name_of_the_module_is_set_there(debug):
    before = LIMIT
    text = debug("LIMIT = 2", "p LIMIT", "c")
    try:
        run(make())
        assert LIMIT == 2
    finally:
        globals()["LIMIT"] = before
    assert "LIMIT is no local of run(): set in the module.\n" in text.getvalue()


def test_a_new_name_is_the_debuggers_and_it_says_so(debug):
    text = debug("new = 4", "p new * 2", "del new", "p new", "c")
    run(make())
    said = text.getvalue()
    assert "new is a name of the debugger's: run() has no such variable.\n" in said
    assert "(gnn) p new * 2\n8\n" in said
    assert "*** NameError: name 'new' is not defined" in said


def test_a_name_of_the_debuggers_that_the_program_gets_after_all(debug):
    later = 0
    text = debug("later = 1", "u", "later = 2", "p later", "c")
    run(make())
    assert later == 2
    assert "(gnn) p later\n2\n" in text.getvalue()


def test_deleting(debug):
    k = 3
    text = debug("del k", "c")
    node = make()
    node.graph.forward(target=node)
    assert k == 3
    assert "k stays: a function that runs keeps its variables." in text.getvalue()


PROGRAM = """
import numpy as np, graphnn as gn
k, gone = 3, 4
w = gn.Parameter([3.0, 4.0], name="w")
loss = np.sum(w * w)
loss.graph.forward(target=loss)
"""


def test_at_the_level_of_a_module(debug, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    text = debug("!k = 5", "k = k + 1", "new = 7", "del gone", "p k, new", "gone", "c")
    names = runpy.run_path(str(file))
    assert (names["k"], names["new"], "gone" in names) == (6, 7, False)
    assert "(gnn) p k, new\n(6, 7)\n" in text.getvalue()
    assert "*** 'gone' is neither a command nor" in text.getvalue()
    assert "(gnn) !k = 5\n(gnn) k = k + 1\n(gnn) new = 7\n" in text.getvalue()


def test_in_a_class_that_is_being_made(debug):
    debug("k = 5", "c")

    class Settings:
        k = 3
        node = make()
        node.graph.forward(target=node)
        doubled = k * 2

    assert (Settings.k, Settings.doubled) == (5, 10)


def test_the_function_that_was_chosen(debug):
    k = 1

    def inside():
        k = 2
        run(make())
        return k

    debug("u", "k = 30", "u", "k = 40", "c")
    assert (inside(), k) == (30, 40)


def test_at_a_module_the_names_of_its_functions_are_out_of_view(debug):
    secret = 1
    text = debug("p inner is graph", "u", "p secret", "p inner", "c")
    run(make())
    assert "(gnn) p inner is graph\nTrue\n" in text.getvalue()
    assert "(gnn) p secret\n1\n" in text.getvalue()
    assert "(gnn) p inner\n*** NameError" in text.getvalue()
    assert secret == 1


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("output_grad = 0", "To change it: set grad = …"),
        ("grad *= 2", "To change it: set grad = …"),
        ("(a, output), b = (1, 2), 3", "To change it: set output = …"),
        ("import numpy as node", "go up to its function (u) first"),
        ("index = 3", "go up to its function (u) first"),
        ("def norm(x): return 0", "go up to its function (u) first"),
    ],
)
def test_names_of_the_step_are_not_assigned_to(session, small, line, fix):
    ended = session(small, "j 4", line, "p output_grad is None, a")
    assert "is a name of the step: nothing is assigned" in ended[1]
    assert fix in ended[1]
    assert "name 'a' is not defined" in ended[2]


def test_a_variable_that_a_name_of_the_step_hides(debug):
    index = 3
    text = debug("n", "p index", "u 2", "p index", "index = 4", "p index", "c")
    node = make()
    node.graph.forward(target=node)
    assert index == 4
    assert "(gnn) p index\n1\n" in text.getvalue()
    assert "(gnn) p index\n3\n" in text.getvalue()
    assert "(gnn) p index\n4\n" in text.getvalue()


def test_without_a_program_names_are_the_debuggers(session, small):
    ended = session(small, "k = 3", "p k", namespace={"k": 1})
    assert ended[0] == ""
    assert ended[1] == "3"
