"""A plugin of pytest: the tests are graphnn's through the adapter, not HIPS's own."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def pytest_sessionfinish():
    modules = [name for name in sys.modules if name.split(".")[0] == "autograd"]
    assert "autograd.numpy" in modules
    for name in modules:
        file = Path(sys.modules[name].__file__)
        assert file.is_relative_to(FOLDER), f"{name} is {file}"
