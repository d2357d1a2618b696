"""graphnn beside other libraries: the same training steps, turn by turn.

    python tests/benchmarks/bench.py [--workloads w1,w2] [--peers graphnn,torch_eager]

Every library trains in a process of its own. The processes take turns, and each round
gives a ratio; what is printed is their median. A library that is not installed is left
out; the extra `bench` has all of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from side_by_side.machine import describe, sentence
from side_by_side.markdown import markdown
from side_by_side.outcome import Outcome
from side_by_side.peers import ALWAYS, PEERS
from side_by_side.picture import check_picture, draw
from side_by_side.rounds import Result, Settings, play
from side_by_side.tables import table
from side_by_side.workloads import WORKLOADS
from tqdm import tqdm


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for and print it."""
    options = parser().parse_args(arguments)
    if options.picture:
        check_picture(options.picture)
    settings = Settings(
        rounds=options.rounds or (3 if options.short else 9),
        seconds=options.seconds or (0.1 if options.short else 0.2),
        threads=options.threads,
        short=options.short,
        tries=options.tries,
    )
    peers = [peer for peer in PEERS if peer in options.peers or peer in ALWAYS]
    if options.kept:
        outcome = Outcome.load(options.kept)
    else:
        outcome = Outcome(describe(peers), settings, {})
    print(sentence(outcome.machine), end="\n\n")
    if outcome.settings.short:
        print("Short form: some workloads are smaller than described.", end="\n\n")
    for workload in options.workloads:
        if not options.kept:
            results = measure(workload, peers, settings)
            outcome.results[workload] = results
            if options.json:  # what has been measured is not lost if it is stopped
                outcome.save(options.json)
        if workload in outcome.results:
            print(table(outcome.results[workload]), end="\n\n", flush=True)
    if options.markdown:
        options.markdown.write_text(markdown(outcome), encoding="utf-8")
    if options.picture:
        draw(outcome, options.picture)
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the arguments."""
    options = argparse.ArgumentParser(
        prog="graphnn bench", description=(__doc__ or "").splitlines()[0]
    )
    options.add_argument(
        "--workloads",
        type=names_among(WORKLOADS),
        default=list(WORKLOADS),
        help=f"some of {', '.join(WORKLOADS)}; by default all",
    )
    options.add_argument(
        "--peers",
        type=names_among(PEERS),
        default=list(PEERS),
        help=f"some of {', '.join(PEERS)}; by default all that are installed. NumPy "
        "by hand always takes part",
    )
    options.add_argument("--rounds", type=positive(int), help="by default 9")
    options.add_argument(
        "--seconds", type=positive(float), help="how long a turn is; by default 0.2"
    )
    options.add_argument(
        "--threads",
        type=positive(int),
        default=2,
        help="for each library; by default 2",
    )
    options.add_argument(
        "--tries",
        type=positive(int),
        default=8,
        help="how often a turn is played while others disturb it; by default 8",
    )
    options.add_argument(
        "--short",
        action="store_true",
        help="a minute or two: few rounds, smaller workloads",
    )
    for name, what in (
        ("json", "all figures"),
        ("markdown", "two tables"),
        ("picture", "bars (.svg, .png, .pdf; needs matplotlib)"),
    ):
        options.add_argument(
            f"--{name}", type=writable, metavar="FILE", help=f"write {what} into a file"
        )
    options.add_argument(
        "--from",
        dest="kept",
        type=Path,
        metavar="FILE",
        help="measure nothing; show what --json has written",
    )
    return options


def positive(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make what takes a number and refuses 0 and less."""

    def number(text: str) -> Any:
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    number.__name__ = kind.__name__  # what argparse calls it
    return number


def writable(text: str) -> Path:
    """Take the path of a file to be written: better refused now than at the end."""
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def names_among(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Make what takes ``one,other`` apart and refuses names that nobody knows."""

    def names(text: str) -> list[str]:
        found = [name.strip() for name in text.split(",")]
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    f"there is no {name!r}; there are {', '.join(known)}"
                )
        return found

    return names


def measure(workload: str, peers: Sequence[str], settings: Settings) -> list[Result]:
    """Play the rounds of one workload; show progress on a terminal."""
    total = (settings.rounds + 1) * len(peers)
    with tqdm(total=total, disable=None, leave=False, unit="turn") as progress:

        def show(peer: str) -> None:
            progress.set_description(f"{workload} {PEERS[peer].title}")
            progress.update()

        return play(workload, peers, settings, show)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
