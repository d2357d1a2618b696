"""All that a run of the benchmark has found, and the file that keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from side_by_side.comparing import REFERENCES, Ratio, find
from side_by_side.rounds import Result, Settings


@dataclass
class Outcome:
    """Results by workload, with where and how they were measured."""

    machine: dict[str, str]
    settings: Settings
    results: dict[str, list[Result]]

    def save(self, path: Path) -> None:
        """Write everything into a JSON file, and the ratios beside it."""
        results = {
            workload: [with_ratios(result, played) for result in played]
            for workload, played in self.results.items()
        }
        fields = {
            "machine": self.machine,
            "settings": asdict(self.settings),
            "results": results,
        }
        path.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Outcome:
        """Read what :meth:`save` has written."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        results = {
            workload: [
                Result(**{k: v for k, v in entry.items() if k != "ratios"})
                for entry in played
            ]
            for workload, played in fields["results"].items()
        }
        return cls(fields["machine"], Settings(**fields["settings"]), results)


def with_ratios(result: Result, results: Sequence[Result]) -> dict[str, object]:
    """Give the fields of a result and its ratio to each reference."""
    ratios = {}
    for reference in REFERENCES:
        ratio = Ratio.of(result, find(reference, results))
        ratios[reference] = None if ratio is None else asdict(ratio)
    return {**asdict(result), "ratios": ratios}
