"""Asking why: contributions, the birth of a NaN, gradients that are wrong, pictures."""

from __future__ import annotations

import re
from typing import Any

from graphnn.debug.terminal.colour import printable
from graphnn.debug.terminal.fresh import progress_line
from graphnn.debug.terminal.referring import Referring
from graphnn.debug.terminal.shell import Refused
from graphnn.debug.terminal.words import command

ELEMENT = re.compile(r"\s*\[[^\[\]]*\]$")
"""The index behind what is no node, so that the error names the rest."""


GRADIENT_OF = {"input_": "input_grad", "inputs": "input_grads", "param": "param_grad"}
GRADIENT_OF |= {"output": "grad", "value": "grad"}


class Analysing(Referring):
    """The commands that ask why."""

    theme = "Asking why"

    @command("why", "[node[index] | number | ..]", completes="node")
    def do_why(self, argument: str) -> None:
        """Say what an element of a gradient is made of: ranked, with shares.

        why w[2, 3]     the contributions to this element of the gradient
        why w           to the largest element
        why             to the largest of this node's gradient
        why input_grad  to the gradient of the node's input; also param_grad
        why 2           follow contribution 2 one level further
        why ..          come back
        """
        text = argument.strip()
        if text == "..":
            if len(self.whys) < 2:
                raise Refused("there is nothing to come back to", "why w[2, 3]; why 1")
            self.whys.pop()
        elif text.isdecimal() and not self.names.is_node(text):
            self.follow(int(text))
        else:
            self.whys[:] = [self.asked(text)]
        table = self.whys[-1].table(width=self.width, spell=self.spelled)
        self.message(self.text(table))

    def follow(self, number: int) -> None:
        """Explain the gradient behind a contribution."""
        if not self.whys:
            raise Refused(
                "there are no contributions to follow yet", "Ask first: why w[2, 3]"
            )
        found = self.whys[-1]
        if not 1 <= number <= len(found):
            raise Refused(f"there is no contribution {number}", f"1 to {len(found)}")
        self.whys.append(found[number - 1].why())

    def asked(self, text: str) -> Any:
        """Find the contributions that are asked for."""
        of_step = self.referred(text)
        found = self.names.node_and_index(text)
        if of_step is not None:
            if of_step.what == "value":
                name = text.partition("[")[0].strip()
                raise Refused(
                    f"{name} is a value: why explains gradients",
                    f"Its gradient: why {GRADIENT_OF[name]}. What came in: a",
                )
            node, index = of_step.node, of_step.element
        elif found is not None:
            node, index = found
        else:
            node, index = self.node_of(ELEMENT.sub("", text)), ""
        element = self.names.evaluate(f"np.s_{index}") if index else None
        with self.told_at_the_prompt(gradient=True):
            return self.stepper.why(node, element)

    @command("origin", "[nan | inf | exploding | vanishing | dead | dtype] [limit]")
    def do_origin(self, argument: str) -> None:
        """Find where the first NaN was made (or another evil), as far as one has come.

        It names the births: nodes that were given what is fine and made what is not.
        """
        guard = self.guard_of(argument or "nan")
        found = self.stepper.origin(guard)
        if found:
            self.message(self.text(f"{found}"))
        elif self.stepper.index == 0:
            self.say("Nothing has run yet. On: n, c")
        else:
            self.say(f"{absence_of(guard)} so far.")

    @command("check", "[node | all]", completes="node")
    def do_check(self, argument: str) -> None:
        """Compare this node's gradient formula with finite differences.

        `check all`: those of all nodes that have run; the wrong ones are listed.
        """
        from graphnn.debug.local_check import check_all  # seldom asked

        if argument == "all" and not self.names.is_node("all"):
            with progress_line(self.stdout, self.width) as show:
                checks = check_all(
                    self.stepper.graph,
                    each=lambda number, count, node: show(
                        f"checking {number} of {count}: {node.name}"
                    ),
                )
            if not checks:
                raise Refused("nothing has run yet: nothing to compare", "Go on: n, c")
            text = checks.summary(self.width, spell=self.spelled)
        else:
            with self.told_at_the_prompt(gradient=False):
                found = self.checked(self.node_of(argument))
            text = found.text(self.width, self.spelled)
        self.message(self.text(text))

    def checked(self, node: Any) -> Any:
        """Check a node; say so first, if it may take a while."""
        from graphnn.debug.local_check import is_large

        with progress_line(self.stdout, self.width) as show:
            if is_large(getattr(node, "input_values", None) or ()):
                show("checking, on large arrays: it may take a while", at_once=True)
            return self.stepper.check(node)

    @command("draw", "[file]", completes="file")
    def do_draw(self, argument: str) -> None:
        """Draw the graph with the cursor in it: .svg, .png, .pdf or .dot."""
        path = argument or f"step-{self.stepper.index}.svg"
        self.stepper.draw(path)
        self.message(printable(path))

    @command("expand", "[node]", completes="node")
    def do_expand(self, argument: str) -> None:
        """Step through a node's own formula, one NumPy call at a time.

        It is a debugger inside of the debugger, as the prompt shows; q comes back.
        The lines shown there are those of your formula; of an operation of the library,
        that of its use. The backward pass there follows the parts of _output:
        _input_grad and _param_grad do not run in it. To try those: check, or s.
        """
        with self.told_at_the_prompt(gradient=False):
            inner = self.stepper.expand(self.node_of(argument))
        nested: Any = type(self)(
            inner,
            self.stdin if not self.typed else None,
            self.stdout if not self.typed else None,
            namespace=self.namespace,
            frame=self.chosen_frame(),
            depth=self.depth + 1,
        )
        nested.aliases = self.aliases
        nested.interact()
        self.stopped()


ABSENCES = {
    "nan": "No NaN",
    "inf": "No Inf",
    "exploding": "No norm above {0.limit:g}",
    "vanishing": "No gradient with a norm below {0.limit:g}",
    "dead": "No dead units",
    "dtype": "No other dtype",
}
"""What is said of a kind of guard that finds nothing."""


def absence_of(guard: Any) -> str:
    """Say in words that a guard finds nothing.

    Examples
    --------
    >>> import graphnn as gn
    >>> absence_of(gn.NaNGuard()), absence_of(gn.ExplodingGuard(1e3))
    ('No NaN', 'No norm above 1000')
    """
    return ABSENCES[guard.kind].format(guard)
