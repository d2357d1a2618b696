"""The oracles: other libraries' derivatives, compared with graphnn's.

They need the extra `oracle`, take minutes, and run where they are asked for by name:
``pytest tests/oracles``. What they leave out is counted and printed, with its reason.
"""

from functools import wraps
from pathlib import Path

import pytest
from tally import Tally

from graphnn.graph import dispatch

# Modules that need PyTorch, and the package that takes HIPS autograd's name.
collect_ignore = [
    "adapter",
    "moduledb/attention.py",
    "moduledb/comparison.py",
    "opinfo/comparison.py",
    "opinfo/pytorch.py",
]

TALLY = pytest.StashKey[Tally]()


def pytest_configure(config):
    config.stash[TALLY] = Tally()


@pytest.fixture(scope="session")
def tally(request):
    """The counts of this session."""
    tally = request.config.stash[TALLY]
    names = {key: dispatch.name_of(key) for key in dispatch.OPERATIONS}
    tally.untouched = {n for n in names.values() if not n.startswith("np.ops.")}

    def counted(handler, name):
        @wraps(handler)
        def called(*arguments, **settings):
            tally.untouched.discard(name)
            return handler(*arguments, **settings)

        return called

    originals = dict(dispatch.OPERATIONS)
    for key, handler in originals.items():
        dispatch.OPERATIONS[key] = counted(handler, names[key])
    yield tally
    dispatch.OPERATIONS.update(originals)


def pytest_terminal_summary(terminalreporter, config):
    tally = config.stash[TALLY]
    if tally.counts:
        terminalreporter.section("what the oracles compared and left out")
        for line in tally.lines():
            terminalreporter.write_line(line)
    part = config.option.keyword or config.option.markexpr
    whole = all(Path(argument).name == "oracles" for argument in config.args)
    if tally.untouched and whole and not part:
        names = ", ".join(sorted(tally.untouched))
        terminalreporter.write_line(f"NumPy functions on nodes that none used: {names}")
