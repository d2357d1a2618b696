"""What the oracles compared, and what they left out, counted by reason."""

from collections import Counter, defaultdict

import pytest


class Left(Exception):
    """A sample that is not compared, and why."""


class Tally:
    """Counts of one test session, printed at its end."""

    def __init__(self):
        self.counts = defaultdict(Counter)
        self.untouched = set()

    def add(self, oracle, reason, count=1):
        """Count something under an oracle's heading."""
        self.counts[oracle][reason] += count

    def compare(self, oracle, samples, compare, describe):
        """Compare samples; all of them are tried before the test fails.

        Parameters
        ----------
        compare : callable
            ``compare(sample)`` says what was compared; it raises :class:`Left`, or
            anything else where the two sides differ.
        describe : callable
            Names a sample that differs.
        """
        wrong, compared, left = [], 0, set()
        for index, sample in enumerate(samples):
            try:
                what = compare(sample)
            except Left as reason:
                self.add(oracle, f"samples left out: {reason}")
                left.add(str(reason))
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                wrong.append(f"sample {index}{describe(sample)}: {text}")
            else:
                self.add(oracle, f"samples equal: {what}")
                compared += 1
        assert not wrong, f"{len(wrong)} samples differ:\n" + "\n".join(wrong[:5])
        if not compared:
            pytest.skip("; ".join(sorted(left)) or "there are no samples")

    def of(self, oracle, start):
        """Add up what begins with a text."""
        counts = self.counts[oracle]
        return sum(n for reason, n in counts.items() if reason.startswith(start))

    def lines(self):
        """Write the table, an oracle after the other."""
        for oracle, counts in self.counts.items():
            yield f"{oracle}:"
            for reason, count in sorted(counts.items()):
                yield f"  {count:6,d}  {reason}"
