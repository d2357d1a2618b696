"""Reading commands: prompt, abbreviations, repetition, errors that end nothing."""

from __future__ import annotations

import cmd
import keyword
import re
import sys
import textwrap
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from graphnn.debug.terminal.colour import is_terminal, palette_for, printable
from graphnn.debug.terminal.fresh import tracked
from graphnn.debug.terminal.history import own_history
from graphnn.debug.terminal.stack import is_standard
from graphnn.debug.terminal.streams import signs_for, spelled, streams, width_of, write
from graphnn.debug.terminal.words import Word, fitting, words_of
from graphnn.errors import GraphnnError, did_you_mean
from graphnn.graph.source import is_library

LONGEST = 1000
"""Characters of a line of an error."""

WORD = re.compile(r"reverse-[a-z]*|[A-Za-z_]\w*")

ASSIGNMENT = re.compile(r"(?:\s*,\s*\w+)*\s*(?:[-+*/%@&|^]|//|\*\*|<<|>>)?=(?!=)")
"""What follows a name in ``name = …``, ``name, other = …`` and ``name += …``."""


NO_CALLS = ("quit", "exit", "help")
"""Python's functions for its own prompt: ``quit()`` means the command here."""


class Refused(Exception):
    """A command that cannot be done; its lines are the message and the fix."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(f"{message}\n{fix}" if fix else message)


class Shell(cmd.Cmd):
    """The part of the debugger that knows nothing of passes: lines in, lines out.

    A command is a method with the decorator :func:`.words.command`.
    """

    def __init__(
        self, stdin: IO[str] | None, stdout: IO[str] | None, commands: Sequence[str]
    ) -> None:
        source, target, self.typed = streams(stdin, stdout)
        super().__init__("tab", source, target)
        self.use_rawinput = self.typed
        self.signs, self.palette = signs_for(target), palette_for(target)
        self.themes = words_of(type(self))
        self.words: list[Word] = [w for theme in self.themes.values() for w in theme]
        self.cmdqueue = [line for line in commands if line.strip()]
        self.aliases: dict[str, str] = {}
        self.warned: dict[tuple[str, str], str] = {}
        """What has been warned of and is not shown yet, and where it arose."""

    @property
    def width(self) -> int:
        """Columns to fill."""
        return width_of(self.stdout)

    # -- the loop ----------------------------------------------------------------------
    def read_commands(self) -> None:
        """Read commands until one of them ends it."""
        with own_history(self.typed and is_terminal(sys.stdin)):
            while True:
                try:
                    self.cmdloop()
                    return
                except KeyboardInterrupt:
                    self.cmdqueue.clear()
                    self.interrupted()

    def interrupted(self) -> None:
        """Answer Ctrl-C."""
        self.message("--KeyboardInterrupt--")

    def precmd(self, line: str) -> str:
        """Put aliases in, and keep what stands after ``;;`` for later, as pdb does."""
        for _ in range(100):  # an alias may lead to another, or to itself
            word, *arguments = line.split() or [""]
            if word not in self.aliases:
                break
            line = self.aliases[word].replace("%*", " ".join(arguments))
            for number, argument in enumerate(arguments, start=1):
                line = line.replace(f"%{number}", argument)
        if ";;" in line and not line.lstrip().startswith("alias "):
            parts = [part.strip() for part in line.split(";;", 1) if part.strip(" ;")]
            self.cmdqueue[:0] = parts[1:]
            line = parts[0] if parts else "#"
        return line

    def onecmd(self, line: str) -> bool:
        """Do what a line says; True where the session is over."""
        line = line.strip()
        if not line:
            return self.emptyline()
        if line.startswith("#"):  # a comment in a script
            return False
        if line != "EOF":
            self.lastcmd = line
        elif self.typed:
            self.message()  # the key ends no line
        ending: list[bool] = []
        with self.warnings_are_kept(), self.errors_are_shown():
            ending.append(self.run_line(line))
        return any(ending)

    def emptyline(self) -> bool:
        """Repeat the last command, as pdb and gdb do: not in a script, as in gdb."""
        return self.onecmd(self.lastcmd) if self.typed and self.lastcmd else False

    def run_line(self, line: str) -> bool:
        """Find the command that a line means, and run it."""
        word, argument, _ = self.parseline(line)
        if word is None:
            self.default(line)
            return False
        return bool(getattr(self, self.method_of(word))(argument))

    # -- which command is meant --------------------------------------------------------
    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Split a line into the command's full name and the rest.

        The name is None for what is no command: an expression, a statement.
        """
        line = line.strip()
        if line == "EOF":
            return "quit", "", line
        if line.startswith("?"):
            return "help", line[1:].strip(), line
        found = WORD.match(line)
        if not found or self.is_python(found.group(), line[found.end() :]):
            return None, None, line
        text, rest = found.group(), line[found.end() :].strip()
        words = fitting(text, self.words)
        if not self.is_command(text):
            if self.is_known(text):
                return None, None, line
            if len(words) > 1:
                names = ", ".join(sorted(word.name for word in words))
                raise Refused(f"{text!r} is ambiguous: {names}")
        if not words:
            return None, None, line
        if text in NO_CALLS:
            rest = rest.removeprefix("(").removesuffix(")")
        return words[0].name, rest, line

    def is_python(self, word: str, rest: str) -> bool:
        """Tell ``n = 3`` and ``s.shape`` from the commands ``n`` and ``s``."""
        if keyword.iskeyword(word) and not self.is_command(word):
            return True
        if rest.startswith("."):
            return not rest.startswith("..")
        if rest.startswith("(") and word in NO_CALLS:
            return False
        is_use = rest.startswith(("(", "[")) and self.is_known(word)
        return is_use or bool(ASSIGNMENT.match(rest))

    def is_command(self, word: str) -> bool:
        """Tell a command's name or abbreviation that is written out."""
        return any(word in w.names for w in self.words)

    def is_known(self, name: str) -> bool:
        """Tell whether something is called so in the program that is debugged."""
        return False

    def method_of(self, name: str) -> str:
        """Give the method of a command."""
        return next(word.method for word in self.words if word.name == name)

    def unknown(self, word: str) -> Refused:
        """Refuse what is neither a command nor a name."""
        names = [name for w in self.words for name in w.names if len(name) > 1]
        fix = did_you_mean(word, names)
        if fix.startswith("Known"):
            fix = "The commands: help. Anything else is Python."
        return Refused(f"{word!r} is neither a command nor the name of something", fix)

    # -- writing -----------------------------------------------------------------------
    def begin_line(self) -> None:
        """End a line that the program has begun."""
        tracked(self.stdout).begin_line()

    def message(self, text: str = "") -> None:
        """Write a line, or several."""
        write(self.stdout, f"{text}\n")

    def error(self, text: str) -> None:
        """Write an error as pdb does; what is to be done about it stands below."""
        headline, *rest = text.splitlines() or [""]
        broken = self.text(f"*** {headline}")
        self.message(self.palette.bad("***") + broken.removeprefix("***"))
        for line in rest:
            self.say(f"    {line}")

    def say(self, text: str) -> None:
        """Write sentences, broken where the terminal would."""
        self.message(self.text(text))

    def spelled(self, text: str) -> str:
        """Write out what would move the cursor, and letters that cannot be shown."""
        return spelled(self.stdout, printable(text, LONGEST))

    def text(self, text: str) -> str:
        """Break the lines of a text where the terminal would."""
        lines = [printable(line, LONGEST) for line in text.splitlines()]
        return "\n".join(broken for line in lines for broken in self.broken(line))

    def broken(self, line: str, hang: int = 4) -> list[str]:
        """Break a line that is too long between its words; what follows is set in."""
        if len(line) <= self.width:
            return [line]
        front = " " * (len(line) - len(line.lstrip()) + hang)
        return textwrap.wrap(
            line,
            self.width,
            subsequent_indent=front,
            drop_whitespace=True,
            replace_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        )

    @contextmanager
    def warnings_are_kept(self) -> Iterator[None]:
        """Keep what NumPy warns of for a line of its own, as :meth:`show_warnings`."""
        with warnings.catch_warnings():
            outer, self.warned = self.warned, {}
            warnings.showwarning = self.keep_warning
            try:
                yield
            finally:
                self.show_warnings()
                self.warned = outer

    def keep_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        """Keep a warning, and where it arose first."""
        self.warned.setdefault((category.__name__, str(message)), self.place_now())

    def place_now(self) -> str:
        """Say what is running just now; empty where that is no step."""
        return ""

    def show_warnings(self) -> None:
        """Show what has been warned of, without the library's own lines."""
        for (name, text), place in self.warned.items():
            self.say(f"{name} at {place}: {text}" if place else f"{name}: {text}")
        self.warned.clear()

    @contextmanager
    def errors_are_shown(self) -> Iterator[None]:
        """Let no exception end the session, and show no traceback of ours."""
        try:
            yield
        except BrokenPipeError:  # nobody reads any more
            raise
        except Refused as error:
            self.error(str(error))
        except (Exception, SystemExit) as error:
            hint = self.hint(error)
            self.error("\n".join([explained(error), *([hint] if hint else [])]))

    def hint(self, error: BaseException) -> str:
        """Say what to do about an exception, where that is known."""
        return ""


def explained(error: BaseException) -> str:
    """Write an exception in a few lines, the user's line among them."""
    if isinstance(error, GraphnnError):
        lines = str(error).splitlines()
    else:
        text = traceback.format_exception_only(type(error), error)
        notes = len(getattr(error, "__notes__", ()))
        lines = "".join(text[-1 - notes :]).splitlines()
    place = raised_at(error)
    notes_of_ours = getattr(error, "__notes__", ())
    if isinstance(error, GraphnnError):
        lines += notes_of_ours
    return "\n".join(lines + ([place] if place else []))


def raised_at(error: BaseException) -> str:
    """Give the user's own innermost line of a traceback, if there is one."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if not (is_library(name) or is_standard(name) or name == "<gnn>"):
            place = f"at {name}:{line}, in {frame.f_code.co_name}"
    return place
