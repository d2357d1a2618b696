"""The names of `import graphnn as gn`, those included that are imported when used."""

import subprocess
import sys

import pytest

import graphnn as gn


@pytest.mark.parametrize("name", gn.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(gn, name).__doc__
    assert name in dir(gn)


def test_lazy_names_are_public():
    assert set(gn.LAZY) <= set(gn.__all__)


def test_the_import_leaves_out_what_is_lazy():
    code = (
        "import sys, graphnn as gn; eager = set(gn.LAZY) & set(vars(gn)); "
        "heavy = {'networkx', 'graphviz', 'numpy.random', 'tqdm'} & set(sys.modules); "
        "assert not eager | heavy, eager | heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
