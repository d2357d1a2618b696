"""Help: the commands by theme, and one command in full."""

from __future__ import annotations

import textwrap
from itertools import groupby

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.words import Word, command, fitting
from graphnn.errors import did_you_mean

ABOUT = (
    "The pass is a row of steps: the forward operations, then the backward ones. You "
    "stand behind the step that is shown, and everything holds what it held then; what "
    "has not run yet is None. n and c go on, rn and rc go back.",
    "The words are pdb's. The beginning of a word will do where it is clear; an empty "
    "line repeats the last command; `a ;; b` is two. Anything else is Python: "
    "output_grad.max() prints, !k = 3 assigns.",
    "h command explains one; h moving lists a theme, h all all of them.",
)


class Helping(Base):
    """The commands about commands."""

    theme = "Shortcuts"

    @command("h(elp) ?", "[command | theme | all]", completes="command")
    def do_help(self, argument: str) -> None:
        """List the commands, or explain one.

        `h moving` lists a theme, each command with its line; `h all` all themes.
        """
        if not argument:
            self.list_commands()
            return
        if not self.is_command(argument):
            themes = self.themes_called(argument)
            if themes:
                self.list_themes(themes)
                return
        words = fitting(argument, self.words)
        if not words:
            names = [name for word in self.words for name in word.names]
            raise Refused(f"No help for {argument!r}", did_you_mean(argument, names))
        for word in words:
            self.explain(word)

    @command("alias", "[name [command]]")
    def do_alias(self, argument: str) -> None:
        """Give a name to a command; %1, %2, … and %* stand for its arguments.

        alias big b *, norm(output) > %1
        """
        name, _, meaning = argument.partition(" ")
        if not argument:
            for known in sorted(self.aliases):
                self.message(f"{known} = {self.aliases[known]}")
        elif meaning:
            self.aliases[name] = meaning.strip()
        elif name in self.aliases:
            self.message(f"{name} = {self.aliases[name]}")
        else:
            raise Refused(f"{name!r} is no alias", "Make one: alias name command")

    @command("unalias", "name")
    def do_unalias(self, argument: str) -> None:
        """Forget an alias."""
        if argument not in self.aliases:
            raise Refused(f"{argument!r} is no alias", "They are listed by: alias")
        del self.aliases[argument]

    def list_commands(self) -> None:
        """List the names of the commands by theme."""
        wide = max(map(len, self.themes)) + 2
        for theme, words in self.themes.items():
            names = " ".join(map(short_notation, words))
            lines = textwrap.wrap(names, self.width - wide, break_on_hyphens=False)
            self.message(self.palette.heading(f"{theme:<{wide}}") + lines[0])
            for line in lines[1:]:
                self.message(" " * wide + line)
        self.message()
        for paragraph in ABOUT:
            self.message(textwrap.fill(paragraph, self.width))

    def themes_called(self, text: str) -> list[str]:
        """List the themes that are called so."""
        return [t for t in self.themes if text == "all" or t.lower() == text.lower()]

    def list_themes(self, themes: list[str]) -> None:
        """List commands, each with its line."""
        for theme in themes:
            self.message(self.palette.heading(theme))
            for word in self.themes[theme]:
                front = f"  {word.notation:<22} "
                lines = textwrap.wrap(word.summary, self.width - len(front))
                self.message(front + f"\n{' ' * len(front)}".join(lines))

    def explain(self, word: Word) -> None:
        """Explain a command."""
        for line in self.broken(word.usage):
            self.message(self.palette.heading(line))
        for text in (word.summary, word.text):
            for line in refilled(text, self.width - 4).splitlines():
                self.message("\n".join(self.broken(f"    {line}".rstrip())))


def refilled(text: str, width: int) -> str:
    r"""Fill the paragraphs of a text anew that are too wide; tables stay as they are.

    Examples
    --------
    >>> print(refilled("a b c\nd e\n  an example\nf", 4))
    a b
    c d
    e
      an example
    f
    """
    lines: list[str] = []
    for is_prose, group in groupby(text.splitlines(), is_sentence):
        block = list(group)
        if is_prose and max(map(len, block)) > width:
            block = textwrap.wrap(" ".join(block), width, break_on_hyphens=False)
        lines += block
    return "\n".join(lines)


def is_sentence(line: str) -> bool:
    """Tell a line of a paragraph from an example and a row of a table."""
    return bool(line) and not line.startswith(" ") and "  " not in line


def short_notation(word: Word) -> str:
    """Name a command in a list: as pdb writes it, or by a short name of two words.

    Examples
    --------
    >>> words = [Word((), n, "", "", "", "", "") for n in ("n(ext)", "a-b | ab")]
    >>> list(map(short_notation, words))
    ['n(ext)', 'ab']
    """
    first, *others = word.notation.split(" | ")
    return others[0] if "-" in first and others else first
