"""Colour goes to terminals that have it, and can be read on every ground."""

import io
import os
import sys

import pytest

from graphnn.debug.terminal.colour import (
    ATTRIBUTES,
    DRAWN_WITH,
    PLAIN,
    Palette,
    palette_for,
    plain,
    printable,
)

XTERM = {"TERM": "xterm-256color"}


class Screen(io.StringIO):
    def isatty(self):
        return True


class Encoded(Screen):
    encoding = "cp1252"


@pytest.mark.parametrize(
    ("stream", "environment", "colours"),
    [
        (Screen(), XTERM, 256),
        (Screen(), {"TERM": "xterm"}, 8),
        (Screen(), {"TERM": "xterm", "COLORTERM": "truecolor"}, 256),
        (Screen(), {"TERM": "linux"}, 8),
        (Screen(), {"TERM": "dumb"}, 0),
        (Screen(), {**XTERM, "NO_COLOR": "1"}, 0),
        (Screen(), {**XTERM, "NO_COLOR": ""}, 256),
        (Screen(), {**XTERM, "NO_COLOR": "1", "FORCE_COLOR": "1"}, 0),
        (Screen(), {**XTERM, "FORCE_COLOR": "0"}, 0),
        (io.StringIO(), XTERM, 0),
        (io.StringIO(), {**XTERM, "FORCE_COLOR": "1"}, 256),
        (io.StringIO(), {"TERM": "dumb", "FORCE_COLOR": "1"}, 8),
        (object(), XTERM, 0),
    ],
)
def test_who_gets_colours(stream, environment, colours):
    assert palette_for(stream, environment).colours == colours


def test_a_closed_stream_is_no_terminal():
    stream = io.StringIO()
    stream.close()
    assert palette_for(stream, XTERM).colours == 0


def test_on_windows_a_console_says_who_it_is(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert palette_for(Screen(), {}).colours == 0
    assert palette_for(Screen(), {"WT_SESSION": "1"}).colours == 256
    assert palette_for(Screen(), {"TERM_PROGRAM": "vscode"}).colours == 256
    assert palette_for(Screen(), {"ANSICON": "1"}).colours == 8


def test_the_environment_is_that_of_the_process(monkeypatch):
    monkeypatch.setattr(os, "environ", {"FORCE_COLOR": "1", "TERM": "xterm"})
    assert palette_for(io.StringIO()).colours == 8


def test_shades_are_drawn_where_they_can_be_encoded():
    assert palette_for(Screen(), XTERM).unicode
    assert not palette_for(Encoded(), XTERM).unicode
    assert palette_for(io.TextIOWrapper(io.BytesIO(), "utf-8"), XTERM).unicode
    assert not palette_for(io.TextIOWrapper(io.BytesIO(), "ascii"), XTERM).unicode
    broken = Screen()
    broken_encoding = type("Broken", (Screen,), {"encoding": "no such"})()
    assert palette_for(broken, XTERM).unicode
    assert not palette_for(broken_encoding, XTERM).unicode
    assert DRAWN_WITH.isprintable()


@pytest.mark.parametrize("colours", [0, 8, 256])
def test_text_stays_what_it_is(colours):
    palette = Palette(colours)
    for paint in (
        palette.current,
        palette.done,
        palette.ahead,
        palette.bad,
        palette.faint,
        palette.heading,
    ):
        assert plain(paint("text")) == "text"
        assert paint("") == ""
        assert ("\x1b" in paint("text")) <= (colours > 0)
    assert PLAIN.bad("text") == "text"


def test_every_role_has_its_looks():
    assert set(ATTRIBUTES[8]) == set(ATTRIBUTES[256])
    looks = [look for role, look in ATTRIBUTES[256].items()]
    assert len(set(looks)) == len(looks)


def luminance(number):
    """Relative luminance (WCAG 2) of a colour of the 256-colour table."""
    if number >= 232:
        levels = [8 + 10 * (number - 232)] * 3
    else:
        steps = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
        levels = [0 if step == 0 else 55 + 40 * step for step in steps]
    shares = [level / 255 for level in levels]
    linear = [
        share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("role", list(ATTRIBUTES[256]))
def test_colours_stand_out_from_light_and_dark_grounds(role):
    attributes = ATTRIBUTES[256][role].split(";")
    if "38" not in attributes:
        return  # the terminal's own colour
    light = luminance(int(attributes[-1]))
    on_white, on_black = 1.05 / (light + 0.05), (light + 0.05) / 0.05
    assert min(on_white, on_black) > 3.8


def test_of_the_eight_colours_none_that_vanishes_is_used():
    yellow, blue, cyan, green, white, black = "33", "34", "36", "32", "37", "30"
    for attributes in ATTRIBUTES[8].values():
        parts = set(attributes.split(";"))
        assert not parts & {yellow, blue, cyan, green, white, black}


def test_names_cannot_steer_the_terminal():
    assert printable("dense_1/weight") == "dense_1/weight"
    assert printable("\x1b]0;title\x07\n") == r"\x1b]0;title\x07\n"
    assert printable("größe × 2") == "größe × 2"
    assert len(printable("n" * 1000)) == 200


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
@pytest.mark.parametrize(
    ("term", "expected"), [("xterm-256color", 256), ("vt100", 8), ("dumb", 0)]
)
def test_in_a_real_terminal(term, expected):
    pexpect = pytest.importorskip("pexpect")
    code = (
        "import sys; from graphnn.debug.terminal.colour import palette_for;"
        "p = palette_for(sys.stdout); print(p.colours, p.bad('NaN'))"
    )
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    output, status = pexpect.run(
        f'{sys.executable} -c "{code}"',
        env={**kept, "TERM": term, "PYTHONPATH": os.pathsep.join(sys.path)},
        withexitstatus=True,
        timeout=60,
    )
    shown = output.decode()
    assert status == 0, shown
    assert shown.startswith(str(expected))
    assert ("\x1b[1;" in shown) == (expected > 0)
