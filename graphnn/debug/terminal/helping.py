"""Help: the commands by theme, and one command in full."""

from __future__ import annotations

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.words import Word, command, fitting
from graphnn.errors import did_you_mean

ABOUT = """\
The pass is a row of steps: the forward operations, then the backward ones. You stand
behind the step that is shown, and everything holds what it held then; what has not
run yet is None. n and c go on, rn and rc go back. The words are pdb's; the beginning
of a word will do where it is clear; an empty line repeats the last command; `a ;; b`
is two commands. Anything else is Python: output_grad.max() prints, !k = 3 assigns."""


class Helping(Base):
    """The commands about commands."""

    theme = "Help"

    @command("h(elp) ?", "[command]", completes="command")
    def do_help(self, argument: str) -> None:
        """List the commands, or explain one."""
        if not argument:
            self.list_commands()
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
        """List the commands by theme, each with its line."""
        for theme, words in self.themes.items():
            self.message(self.palette.heading(theme))
            for word in words:
                self.message(f"  {word.notation:<22} {word.summary}"[: self.width])
        self.message(f"\n{ABOUT}\nMore on a command: h command")

    def explain(self, word: Word) -> None:
        """Explain a command."""
        self.message(self.palette.heading(word.usage))
        self.message(f"    {word.summary}")
        for line in word.text.splitlines():
            self.message(f"    {line}".rstrip())
