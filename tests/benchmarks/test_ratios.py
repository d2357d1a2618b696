"""graphnn keeps up with NumPy by hand: ratios only, for no machine has a set speed."""

import pytest
from side_by_side.comparing import Ratio
from side_by_side.rounds import Settings, play

pytestmark = pytest.mark.benchmark

# What is aimed at is 1.3 and 1.1; the rest is for machines that others use as well.
BOUNDS = {"w1": 1.9, "w2": 1.5, "w7": 1.5}
FIRST = Settings(rounds=7, seconds=0.05, threads=1, tries=3)
AGAIN = Settings(rounds=15, seconds=0.1, threads=1, tries=2)


@pytest.mark.parametrize(("workload", "bound"), BOUNDS.items())
def test_training_takes_little_longer_than_numpy_by_hand(workload, bound):
    for settings in (FIRST, AGAIN):  # a bad moment is no reason to fail
        ours, by_hand = play(workload, ["graphnn", "numpy_out"], settings)
        assert not ours.missing
        assert not by_hand.missing
        ratio = Ratio.of(ours, by_hand)
        assert ratio is not None, (ours.losses, by_hand.losses)
        if ratio.median <= bound:
            return
    pytest.fail(f"{ratio} is above {bound}, twice")
