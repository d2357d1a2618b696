"""Where and with what was measured."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from side_by_side.peers import PEERS


def describe(peers: Iterable[str]) -> dict[str, str]:
    """Name the machine, the system, Python, and the versions of what is installed."""
    facts = {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": system(),
        "Python": platform.python_version(),
        "NumPy": f"{np.__version__} ({blas()})",
    }
    sources = importlib.metadata.packages_distributions()
    for peer in peers:
        needs = PEERS[peer].needs
        if needs in sources and needs != "numpy":
            name = PEERS[peer].title.partition(",")[0]
            facts[name] = importlib.metadata.version(sources[needs][0])
    facts["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    return facts


def system() -> str:
    """Name the operating system as well as it knows itself."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def processor() -> str:
    """Name the processor as well as the system knows it."""
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def blas() -> str:
    """Name what computes NumPy's matrix products."""
    try:
        build = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (KeyError, TypeError):
        return "BLAS unknown"
    name = str(build.get("name", "")).replace("scipy-openblas", "OpenBLAS")
    return f"{name} {build.get('version', '')}".strip() or "BLAS unknown"


def sentence(facts: dict[str, str]) -> str:
    """Write all on one line."""
    facts = dict(facts)
    first = f"{facts.pop('processor')}, {facts.pop('cores')} cores"
    system, date = facts.pop("system"), facts.pop("date")
    versions = [f"{name} {version}" for name, version in facts.items()]
    return ", ".join([first, system, *versions, date])
