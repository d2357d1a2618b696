"""Looking at values, nodes, source text."""

from __future__ import annotations

import code
import inspect
import keyword
from contextlib import redirect_stdout
from typing import Any

from graphnn.debug.terminal.base import Base
from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.expressions import looking
from graphnn.debug.terminal.header import input_labels
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.streams import write
from graphnn.debug.terminal.values import in_full, in_one_line, short
from graphnn.debug.terminal.words import command
from graphnn.graph.node import Node


class Looking(Base):
    """The commands that show."""

    theme = "Looking"

    @command("p", "expression", completes="expression")
    def do_p(self, argument: str) -> None:
        """Print an expression; arrays as statistics with their numbers or a map.

        In view are the names of the step (node, output, output_grad, input_grads,
        param, norm, …; see `a`), the names of your program, and the nodes:
            p output_grad.max()      p dense_1/sigmoid      p w.grad[2, 3]
        """
        value = self.names.evaluate(self.needed("p", argument))
        if value is None and self.stepper.current is None:
            self.message("None  (no step has been taken yet: n)")
        else:
            self.show(value)

    @command("pp", "expression", completes="expression")
    def do_pp(self, argument: str) -> None:
        """Pretty-print an expression: an array with its numbers."""
        value = self.names.evaluate(self.needed("pp", argument))
        self.message(in_full(value, self.width))

    @command("whatis", "expression", completes="expression")
    def do_whatis(self, argument: str) -> None:
        """Print the type of an expression; of arrays and nodes the shape and dtype."""
        value = self.names.evaluate(self.needed("whatis", argument))
        kind = type(value)
        text = f"{kind}"
        if isinstance(value, type):
            text = f"Class {value.__module__}.{value.__qualname__}"
        elif inspect.isroutine(value):
            text = f"Function {getattr(value, '__name__', value)}"
        elif getattr(value, "dtype", None) is not None:
            text += f"  {value.dtype} {value.shape}"
        self.say(printable(text, 500))

    @command("a(rgs)", "[node]", completes="node")
    def do_args(self, argument: str) -> None:
        """Show a node's inputs, settings, residuals and consumers."""
        node = self.node_of(argument)
        step = self.stepper.current
        is_current = step is not None and step.node is node
        labels = input_labels(step) if is_current and step else []
        for position, giver in enumerate(node.inputs):
            label = labels[position] if labels else f"inputs[{position}]"
            name = short(giver.name, max(min(24, self.width - 40), 8))
            text = f"  {self.line(giver.output, 20 + len(name))}"
            if self.width < 50:  # no room for both
                name, text = short(giver.name, self.width - 17), ""
            self.message(f"  {label:<14} {name}{text}")
        settings = node._settings if node.kind == "operation" else ()
        for name, value in vars(node).items():
            if name in OWN_BUSINESS or name.startswith("_"):
                continue
            what = "" if name in settings else "  (left by the formula)"
            what = what if self.width >= 60 else ""
            self.message(f"  {name:<14} {self.line(value, 17 + len(what))}{what}")
        for consumer in node.consumers:
            self.message(f"  {'goes to':<14} {short(consumer.name, self.width - 17)}")

    @command("retval rv")
    def do_retval(self, argument: str) -> None:
        """Show what the formula of the last step returned."""
        step = self.current_step()
        returned = step.output if step.phase == "forward" else step.input_grads
        is_one = type(returned) is tuple and len(returned) == 1
        self.show(returned[0] if is_one else returned)

    @command("source", "[node or expression]", completes="expression")
    def do_source(self, argument: str) -> None:
        """Show the source text: of the node's operation, with its formulas."""
        thing = self.current_step().node if not argument else None
        if thing is None:
            try:
                thing = self.names.evaluate(argument)
            except (NameError, SyntaxError):
                thing = self.node_of(argument)
        if isinstance(thing, Node):
            thing = type(thing)
        try:
            lines, first = inspect.getsourcelines(thing)
            file = inspect.getsourcefile(thing)
        except (OSError, TypeError) as error:
            raise Refused(f"no source text: {error}") from None
        self.message(self.palette.faint(f"{file}:{max(first, 1)}"))
        for number, line in enumerate(lines, start=max(first, 1)):
            self.message(f"{number:4} {line.rstrip()}")

    @command("display", "[expression]", completes="expression")
    def do_display(self, argument: str) -> None:
        """Show an expression at each stop where it has changed; without one, list."""
        if not argument:
            self.message("Currently displaying:" if self.displayed else "Nothing.")
            for text, value in self.displayed.items():
                self.message(f"{printable(text)}: {self.line(value, len(text) + 2)}")
            return
        value = self.displayed[argument] = self.value_or_error(argument)
        text = printable(argument)
        self.message(f"display {text}: {self.line(value, len(text) + 10)}")

    @command("undisplay", "[expression]", completes="display")
    def do_undisplay(self, argument: str) -> None:
        """Do not show an expression any more; without argument, none."""
        if not argument:
            self.displayed.clear()
        elif argument in self.displayed:
            del self.displayed[argument]
        else:
            raise Refused(f"not displaying {argument}", "The list: display")

    @command("interact")
    def do_interact(self, argument: str) -> None:
        """Start Python's own prompt over the names in view; Ctrl-D comes back.

        So do exit() and quit(). What is assigned there stays there, as in pdb.
        """
        names = {"exit": Leave("exit"), "quit": Leave("quit"), **self.names.all()}
        nodes = {n.name: n for n in self.stepper.graph.nodes if n.name.isidentifier()}
        console = code.InteractiveConsole({**nodes, **names})
        if not self.typed:
            vars(console).update(raw_input=self.raw_input, write=self.message_part)
        with looking(), redirect_stdout(self.stdout):
            try:
                console.interact(banner="*interactive*", exitmsg="*back*")
            except SystemExit:  # sys.exit() leaves Python's prompt, not the program
                console.write("*back*\n")

    def message_part(self, text: str) -> None:
        """Write a piece of a line."""
        write(self.stdout, text)

    def raw_input(self, prompt: str = "") -> str:
        """Read a line for Python's own prompt where nobody types."""
        self.message_part(prompt)
        line = self.stdin.readline()
        if not line:
            raise EOFError
        return str(line).rstrip("\n")

    def default(self, line: str) -> None:
        """Run Python: an expression is printed, as `p` does."""
        text = line.removeprefix("!").strip()
        if not text:
            return
        if not line.startswith("!") and self.names.is_node(text):
            self.show(self.stepper.graph[text])
            return
        try:
            with redirect_stdout(self.stdout):
                remarks = self.names.execute(text, self.show)
        except (NameError, SyntaxError):
            word = text.split()[0]
            is_word = word.replace("-", "").isidentifier()
            known = keyword.iskeyword(word) or self.names.knows(word)
            if line.startswith("!") or known or not is_word:
                raise
            raise self.unknown(word) from None
        for remark in remarks:
            self.message(self.palette.faint(remark))

    # -- how ---------------------------------------------------------------------------
    def needed(self, name: str, argument: str) -> str:
        """Refuse an empty expression."""
        if not argument:
            raise Refused(f"{name} takes an expression", f"Such as {name} output")
        return argument

    def line(self, value: Any, used: int) -> str:
        """Show a value in what is left of a line."""
        return in_one_line(value, max(self.width - used, 20), self.palette)


class Leave:
    """``exit`` at Python's own prompt; that of Python closes the standard input."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, code: object = None) -> None:
        """Leave."""
        raise SystemExit(code)

    def __repr__(self) -> str:
        return f"Use {self.name}() or Ctrl-D to come back to the debugger"


OWN_BUSINESS = frozenset(
    {"id", "input_ids", "input_values", "output", "scope", "needs_input_grad"}
    | {"parameter", "states"}
)
"""Attributes of a node that are no settings, or are shown among the inputs."""
