"""HIPS autograd's own test files, run on graphnn."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hips.distribution import REQUIREMENT, source_distribution, unpack_tests
from hips.reasons import FILES_LEFT_OUT, FURTHER, REQUIRED

import graphnn

pytestmark = pytest.mark.oracle

ORACLE = f"HIPS {REQUIREMENT.replace('==', ' ')}, its own tests"
ADAPTER = Path(__file__).parents[1] / "adapter"
REQUIRED_FILES = ("graphs", "numpy", "scalar_ops", "systematic", "wrappers")
FURTHER_FILES = (
    *("binary_ops", "builtins", "complex", "core", "dict", "direct", "fft"),
    *("jacobian", "linalg", "list", "logic", "tests", "truediv", "tuple"),
)


@pytest.fixture(scope="module")
def folder(request, tmp_path_factory):
    """A folder with HIPS's tests and a configuration of their own."""
    cache = getattr(request.config, "cache", None)
    kept = cache.mkdir("hips-autograd") if cache else tmp_path_factory.mktemp("hips")
    try:
        archive = source_distribution(kept)
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("hips-tests")
    unpack_tests(archive, folder)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


def run(folder, names):
    """Run some of the files; give what failed (with the message) and what passed."""
    report = folder / f"{'-'.join(names)}.xml"
    library = Path(graphnn.__file__).parents[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ADAPTER), str(library)])
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-p", "adapter_is_used", "-q"]
    command += ["-p", "no:cacheprovider", f"--junitxml={report}"]
    command += [f"test_{name}.py" for name in names]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    failed, passed = {}, set()
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        wrong = [part for part in case if part.tag in ("failure", "error")]
        if wrong:
            failed[name] = wrong[0].get("message", "").partition("\n")[0]
        elif any(part.tag == "skipped" for part in case):
            failed[name] = "skipped"
        else:
            passed.add(name)
    return failed, passed


def check(failed, passed, reasons, heading, tally):
    """Check that what fails is what has a reason, and count both."""
    tally.add(ORACLE, f"{heading}: passed", len(passed))
    for name in failed:
        tally.add(ORACLE, f"{heading}: not passed: {name}: {reasons.get(name, '?')}")
    unexplained = {n: text for n, text in failed.items() if n not in reasons}
    assert unexplained == {}
    assert sorted(passed & reasons.keys()) == [], "these pass: take them off the list"
    assert sorted(reasons.keys() - failed.keys()) == [], "there are no such tests"


def test_its_main_tests_pass(folder, tally):
    failed, passed = run(folder, REQUIRED_FILES)
    check(failed, passed, REQUIRED, "main test files", tally)
    assert len(passed) >= 0.95 * (len(passed) + len(failed))


def test_its_further_tests_pass(folder, tally):
    failed, passed = run(folder, FURTHER_FILES)
    check(failed, passed, FURTHER, "further test files", tally)


def test_every_file_is_run_or_has_a_reason(folder, tally):
    files = {path.stem.removeprefix("test_") for path in folder.glob("test_*.py")}
    assert files == {*REQUIRED_FILES, *FURTHER_FILES, *FILES_LEFT_OUT}
    for name, reason in FILES_LEFT_OUT.items():
        tally.add(ORACLE, f"files left out: test_{name}.py: {reason}")
