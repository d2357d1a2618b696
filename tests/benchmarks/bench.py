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

from side_by_side.peers import PEERS
from side_by_side.rounds import Result, Settings, play
from side_by_side.tables import table
from side_by_side.workloads import WORKLOADS
from tqdm import tqdm


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for and print it."""
    options = parser().parse_args(arguments)
    settings = Settings(
        rounds=options.rounds or (3 if options.short else 9),
        seconds=options.seconds or (0.1 if options.short else 0.2),
        threads=options.threads,
        short=options.short,
    )
    for workload in options.workloads:
        print(table(measure(workload, options.peers, settings)), end="\n\n", flush=True)
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
        help=f"some of {','.join(WORKLOADS)}; by default all",
    )
    options.add_argument(
        "--peers",
        type=names_among(PEERS),
        default=list(PEERS),
        help=f"some of {','.join(PEERS)}; by default all that are installed",
    )
    options.add_argument("--rounds", type=int, help="by default 9")
    options.add_argument(
        "--seconds", type=float, help="how long a turn is; by default 0.2"
    )
    options.add_argument(
        "--threads", type=int, default=2, help="for each library; by default 2"
    )
    options.add_argument(
        "--short", action="store_true", help="a minute: few rounds, w3 and w8 smaller"
    )
    return options


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
    sys.exit(main())
