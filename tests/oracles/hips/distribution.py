"""Getting HIPS autograd's tests: from its source distribution, at run time."""

import subprocess
import sys
import tarfile
from pathlib import Path

REQUIREMENT = "autograd==1.9.1"


def source_distribution(folder):
    """Download the source distribution into a folder, once.

    Parameters
    ----------
    folder : Path
        Kept from run to run.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        Where the package index cannot be reached.
    """
    found = sorted(folder.glob("autograd-*.tar.gz"))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(folder), REQUIREMENT]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"pip cannot download {REQUIREMENT}: {done.stderr.strip()}")
        found = sorted(folder.glob("autograd-*.tar.gz"))
    return found[0]


def unpack_tests(archive, folder):
    """Unpack the folder `tests` and nothing else: not the real autograd."""
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            path = Path(member.name)
            if path.parent.name == "tests" and path.suffix == ".py":
                member.name = path.name
                files.extract(member, folder, filter="data")
