"""The debugger in the terminal."""

from __future__ import annotations

from graphnn.debug.terminal.analysing import Analysing
from graphnn.debug.terminal.breaking import Breaking
from graphnn.debug.terminal.completing import Completing
from graphnn.debug.terminal.editing import Editing
from graphnn.debug.terminal.helping import Helping
from graphnn.debug.terminal.listing import Listing
from graphnn.debug.terminal.looking import Looking
from graphnn.debug.terminal.moving import Moving


class Debugger(
    Moving, Breaking, Listing, Looking, Analysing, Editing, Helping, Completing
):
    r"""Step through a pass at a prompt, with the words of pdb, forwards and back.

    The commands are in the classes that this one is made of, by theme.

    Parameters
    ----------
    stepper : Stepper
    stdin, stdout : text stream, optional
        By default the process's own. Lines that are not typed into a terminal are
        shown as they are read, so that what comes out reads like a session.
    namespace : mapping of str to object, optional
        The names of the program, for expressions.
    frame : frame, optional
        Where the program stands, for `where`, `up` and `down`.
    commands : sequence of str
        Run before any are read.
    in_program : bool
        Whether a program waits for the pass: it goes on where the pass ends.
    depth : int
        How many debuggers there are inside each other; the prompt shows it.

    Attributes
    ----------
    ending : str
        How :meth:`interact` ended: ``"continue"``, ``"next"`` or ``"quit"``.

    Examples
    --------
    >>> import io, numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, 4.0], name="w")
    >>> stepper = gn.Stepper(np.sum(w * w).graph)
    >>> script = io.StringIO("n\np output\nq\n")
    >>> Debugger(stepper, script, namespace={}).interact()  # doctest: +ELLIPSIS
    [0/4] before the first step
    next: forward  multiply  (Multiply)
    (gnn) n
    [1/4] forward  multiply  (Multiply, ...
      inputs[0]      float64 (2,)  min 3  mean 3.5  max 4  norm 5
      inputs[1]      float64 (2,)  min 3  mean 3.5  max 4  norm 5
      output         float64 (2,)  min 9  mean 12.5  max 16  norm 18.36
    next: forward  sum  (Sum)
    (gnn) p output
    float64 (2,)  min 9  mean 12.5  max 16  norm 18.36
    [ 9. 16.]
    (gnn) q
    'quit'
    """
