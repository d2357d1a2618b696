"""Abbreviations, repetition, aliases, help; that errors end nothing."""

import io

import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger
from graphnn.debug.terminal.words import fitting, names_of, words_of

WORDS = [word for theme in words_of(Debugger).values() for word in theme]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # pdb's
        *[("n", "next"), ("s", "step"), ("c", "continue"), ("cont", "continue")],
        *[("r", "return"), ("unt", "until"), ("b", "break"), ("tbreak", "tbreak")],
        *[("cl", "clear"), ("w", "where"), ("bt", "where"), ("u", "up")],
        *[("d", "down"), ("l", "list"), ("ll", "longlist"), ("p", "p"), ("pp", "pp")],
        *[("a", "args"), ("rv", "retval"), ("j", "jump"), ("q", "quit")],
        *[("exit", "quit"), ("h", "help"), ("run", "restart")],
        # gdb's
        *[("rn", "reverse-next"), ("rs", "reverse-step"), ("rc", "reverse-continue")],
        *[("reverse-n", "reverse-next"), ("reverse-continue", "reverse-continue")],
        # beginnings
        *[("ne", "next"), ("cond", "condition"), ("dis", "disable"), ("tb", "tbreak")],
        *[("brea", "break"), ("whe", "where"), ("disp", "display"), ("ign", "ignore")],
    ],
)
def test_abbreviations(session, stepper, text, name):
    found = fitting(text, WORDS)
    if text == "dis":
        assert {word.name for word in found} == {"disable", "display"}
        return
    assert [word.name for word in found] == [name]


def test_names_are_unique():
    names = [name for word in WORDS for name in word.names]
    assert len(names) == len(set(names))


def test_ambiguous_beginnings_list_the_candidates(session, stepper):
    answer = session(stepper, "dis")[0]
    assert answer == "*** 'dis' is ambiguous: disable, display"
    assert stepper.index == 0


def test_a_name_of_the_program_is_no_beginning(session, stepper):
    assert session(stepper, "rest", namespace={"rest": 7})[0] == "7"
    assert session(stepper, "rest")[0].startswith("[0/12]")


def test_names_of_notation():
    assert names_of("reverse-next rn") == ("reverse-next", "rn")
    assert names_of("cl(ear) delete") == ("clear", "cl", "delete")


def test_an_empty_line_that_is_typed_repeats(session, stepper):
    debugger = session(stepper, "").debugger
    debugger.typed, debugger.lastcmd = True, ""
    assert not debugger.onecmd("")  # at first it does nothing
    debugger.onecmd("n")
    debugger.onecmd("")
    debugger.onecmd("  ")
    assert stepper.index == 3


def test_an_empty_line_in_a_script_does_nothing(session, stepper):
    ended = session(stepper, "", "n", "", "  ", "p index", "", commands=["", "n"])
    assert stepper.index == 2
    assert ended[1].startswith("[2/12]")
    assert (ended[2], ended[3]) == ("", "")


@pytest.mark.parametrize("line", ["n ;;", "n;; ;;", ";; n"])
def test_nothing_between_semicolons_is_nothing(session, stepper, line):
    session(stepper, line)
    assert stepper.index == 1


def test_comments_and_blanks(session, stepper):
    answers = session(stepper, "# all of it", "   ", "  n  ").answers
    assert answers[0] == ""
    assert stepper.index == 1


def test_several_commands_on_a_line(session, stepper):
    assert session(stepper, "n 2 ;; p index")[0].endswith("\n1") or stepper.index == 2


def test_commands_that_are_given_run_first(session, stepper):
    ended = session(stepper, "p 'typed'", commands=["n", "p 'given'"])
    assert ended.text.index("'given'") < ended.text.index("'typed'")
    assert stepper.index == 1


def test_a_given_quit_ends_it(session, stepper):
    assert session(stepper, "n", commands=["q"]).debugger.ending == "quit"
    assert stepper.index == 0


def test_a_script_reads_like_a_session(session, stepper):
    text = session(stepper, "n", "p index").text
    assert "(gnn) n\n[1/12]" in text
    assert "(gnn) p index\n1\n(gnn) \n" in text


def test_a_last_line_without_an_end(stepper):
    target = io.StringIO()
    Debugger(stepper, io.StringIO("n\np index"), target, namespace={}).interact()
    assert target.getvalue().endswith("(gnn) p index\n1\n(gnn) \n")


def test_what_the_encoding_lacks_is_written_out(stepper):
    target = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    source = io.StringIO("p 'näh'\nnäh\nq\n")
    Debugger(stepper, source, target, namespace={}).interact()
    target.seek(0)
    assert r"n\xe4h" in target.read()


def test_control_characters_do_not_reach_the_terminal(session, stepper):
    for line in ("p '\x1b[2J'", "\x1b[2J", "b \x1b[2J", "display '\x1b[2J'", "a \x1b"):
        assert "\x1b" not in session(stepper, "n", line)[1], line


def test_an_error_of_our_own_ends_nothing(session, stepper, monkeypatch):
    def broken(self, argument):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(Debugger, "do_info", broken)
    answers = session(stepper, "info", "p 1").answers
    assert answers[0].startswith("*** RuntimeError: a mistake of ours")
    assert answers[1] == "1"


def test_nobody_reads_any_more(stepper):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Debugger(stepper, io.StringIO("n\n"), Closed(), namespace={}).interact()


# -- aliases ---------------------------------------------------------------------------
def test_aliases(session, stepper):
    answers = session(
        stepper,
        *["alias big b *, norm(output) > %1", "big 3", "b", "alias", "alias big"],
        *["unalias big", "big 3", "unalias big", "alias big"],
    ).answers
    assert answers[1] == "Breakpoint 1 at every step, if norm(output) > 3"
    assert answers[3] == answers[4] == "big = b *, norm(output) > %1"
    assert answers[6].startswith("*** 'big' is neither")
    assert answers[7].startswith("*** 'big' is no alias")
    assert answers[8].startswith("*** 'big' is no alias")


def test_an_alias_of_itself_ends(session, stepper):
    answers = session(stepper, "alias twice twice", "twice", "p 1").answers
    assert answers[1].startswith("*** ")
    assert answers[2] == "1"


def test_aliases_of_several_commands(session, stepper):
    session(stepper, "alias two n ;; n", "two")
    assert stepper.index == 2


# -- help ------------------------------------------------------------------------------
def test_the_help_fits_a_small_terminal(session, stepper):
    lines = session(stepper, "h")[0].splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Moving         n(ext) s(tep) c(ontinue) ")
    text = " ".join(lines)
    for word in WORDS:
        assert any(f" {name} " in f" {text} " for name in word.notation.split(" | "))


def test_themes_list_each_command_with_its_line(session, stepper):
    answer = session(stepper, "h all")[0]
    for word in WORDS:
        assert f"\n  {word.notation} " in answer
        assert word.summary in " ".join(answer.split())
    assert max(map(len, answer.splitlines())) <= 80
    themes = [line for line in answer.splitlines() if line[0] != " "]
    assert themes[:2] == ["Moving", "Breakpoints"]
    for theme in themes:
        part = session(stepper, f"h {theme.lower()}")[0]
        assert part.splitlines()[0] == theme
        assert part in answer


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.name)
def test_each_command_is_explained(session, stepper, word):
    for name in word.names:
        answer = session(stepper, f"h {name}")[0]
        assert answer.splitlines()[0] == word.usage
        assert answer.splitlines()[1].strip() == word.summary
        assert max(map(len, answer.splitlines())) <= 80


def test_help_by_other_ways(session, stepper):
    assert session(stepper, "?")[0] == session(stepper, "help")[0]
    assert session(stepper, "? next")[0] == session(stepper, "h n")[0]
    assert session(stepper, "h nxet")[0].endswith("Did you mean 'next'?")
    both = session(stepper, "h dis")[0]
    assert "disable number" in both
    assert "display [expression]" in both


def test_the_help_on_a_command_gives_examples(session, stepper):
    answer = session(stepper, "h break")[0]
    assert "        b sigmoid, norm(output_grad) > 10\n" in answer


# -- from pass to pass -----------------------------------------------------------------
def test_what_was_set_up_is_kept_in_the_next_pass(session, network):
    first = gn.Stepper(network.graph, target=network.loss)
    lines = ["b sigmoid", "commands", "silent", "p 'stopped'", "end"]
    session(first, *lines, "alias go c", "!rate = 0.5", "display index")
    second = gn.Stepper(network.graph, target=network.loss)
    second.breakpoints = first.breakpoints
    answers = session(second, "go", "p rate", "display").answers
    assert answers[0] == "'stopped'"
    assert answers[1] == "0.5"
    assert "index" in answers[2]
    other = gn.Stepper(network.graph, target=network.loss)
    assert session(other, "p rate")[0].startswith("*** NameError")
