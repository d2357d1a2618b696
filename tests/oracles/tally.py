"""What the oracles compared, and what they left out, counted by reason."""

from collections import Counter, defaultdict


class Tally:
    """Counts of one test session, printed at its end."""

    def __init__(self):
        self.counts = defaultdict(Counter)
        self.untouched = set()

    def add(self, oracle, reason, count=1):
        """Count something under an oracle's heading."""
        self.counts[oracle][reason] += count

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
