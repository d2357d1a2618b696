"""The debugger in the terminal, on the standard library's ``cmd``.

``debugger.py`` puts it together. Its commands are methods, by theme: ``moving.py``,
``breaking.py``, ``listing.py`` and ``standing.py`` (where one is), ``looking.py``,
``analysing.py``, ``editing.py``, ``helping.py``; a new one is a method with the
decorator of ``words.py``, and its docstring is its help. Under them lie ``base.py``
(the session, the stops), ``naming.py`` (the names in view) and ``shell.py`` (lines in,
lines out, errors).

The rest are helpers: ``header.py`` and ``stack.py`` say where the debugger stands,
``values.py``, ``tensors.py``, ``heat_map.py`` and ``colour.py`` how values look,
``expressions.py`` evaluates what ``reading.py`` has read, ``scopes.py`` gives the nodes
of a layer, ``referring.py`` the node that a name of the step belongs to, and
``variables.py`` assigns in the program, ``ignoring.py`` counts the hits that a
breakpoint passes over; ``completing.py``, ``history.py``,
``streams.py``, ``turns.py`` (one thread at a time) and ``fresh.py`` (lines of our own
beside what the program prints) deal with the terminal, ``hooks.py`` steps into formulas
with pdb, ``memory.py`` keeps what was set up from pass to pass, ``launching.py`` begins
for the command line.
"""
