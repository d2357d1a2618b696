"""The benchmark itself: honest figures."""

import math

import pytest
from made_up import result
from side_by_side import contestant, load, worker
from side_by_side.comparing import Ratio, agree, disagreeing
from side_by_side.contestant import Contestant, Failed, Turn
from side_by_side.peers import (
    PEERS,
    Peer,
)
from side_by_side.rounds import Settings, play
from side_by_side.tables import table

QUICK = Settings(rounds=2, seconds=0.001, threads=1, short=True, tries=1)


# -- ratios ----------------------------------------------------------------------------
def test_a_ratio_is_taken_round_by_round():
    # The machine became slower from round to round; the ratio does not notice.
    ratio = Ratio.of(result(), result("torch_eager", seconds=(2.0, 4.0, 16.0)))
    assert ratio == Ratio(median=0.5, low=0.25, high=0.5)


@pytest.mark.parametrize("losses", [(1.0, 0.5, 0.2501), (1.0, 0.5, math.nan)])
def test_there_is_no_ratio_where_the_losses_disagree(losses):
    wrong = result("torch_eager", losses=losses)
    assert not agree(result(), wrong)
    assert Ratio.of(result(), wrong) is None
    played = [wrong, result(), result("numpy_plain")]
    assert disagreeing(played) == [wrong]
    text = table(played)
    assert "PyTorch, eager did other work: its first losses are 1, 0.5, " in text
    assert "0.50 [" not in text


def test_losses_may_differ_in_their_last_digits():
    assert agree(result(), result("torch_eager", losses=(1.00001, 0.5, 0.25)))


def test_the_matrix_products_have_no_losses_and_a_ratio():
    floor = result("blas_only", losses=())
    assert Ratio.of(floor, result("torch_eager")) == Ratio(1.0, 1.0, 1.0)


def test_there_is_no_ratio_to_what_has_not_run():
    assert Ratio.of(result(), None) is None
    assert Ratio.of(result(), result("torch_eager", missing="no torch")) is None


# -- rounds ----------------------------------------------------------------------------
def test_peers_take_turns_in_processes_of_their_own():
    turns = []
    found = play("w1", ["graphnn", "graphnn_replay", "numpy_out"], QUICK, turns.append)
    ours, by_hand = found  # the other one has nothing for W1
    assert turns[-4:] == ["graphnn", "numpy_out"] * 2
    assert len(ours.seconds) == len(by_hand.seconds) == 2
    assert ours.losses == pytest.approx(by_hand.losses)
    assert 0 < ours.import_memory <= ours.memory
    assert ours.import_seconds > 0
    assert ours.first_seconds > 0
    assert Ratio.of(ours, by_hand) is not None


def test_a_library_that_is_not_installed_is_left_out_with_a_word(monkeypatch):
    monkeypatch.setitem(PEERS, "mygrad", Peer("MyGrad", "no_such_library"))
    found = play("w1", ["mygrad", "numpy_out"], QUICK)
    assert found[0].missing == "no_such_library is not installed"
    assert "left out: no_such_library is not installed" in table(found)


def test_a_peer_that_fails_is_left_out_with_its_last_words(monkeypatch):
    monkeypatch.setitem(PEERS, "nobody", Peer("nobody"))
    found = play("w1", ["nobody", "numpy_out"], QUICK)
    assert found[0].missing == (
        "ModuleNotFoundError: No module named 'side_by_side.peers.nobody'"
    )
    assert len(found[1].seconds) == 2


def test_a_peer_that_dies_in_a_turn_says_so():
    one = Contestant("numpy_out", "w1")
    one.process.kill()
    one.process.wait()
    with pytest.raises(Failed, match="exit status"):
        one.turn(0.001, 1)
    one.stop()


def test_a_disturbed_turn_is_played_again_and_the_cleanest_counts(monkeypatch):
    loads = iter([0.9, 0.3, 0.5, 0.01, 0.9])

    class Busy(load.ForeignLoad):
        def __exit__(self, *error):
            self.cores = next(loads)

    monkeypatch.setattr(contestant, "ForeignLoad", Busy)
    monkeypatch.setattr(contestant.os, "cpu_count", lambda: 2)
    one = Contestant("numpy_out", "w1", threads=2)
    # Never quiet: the quietest. Then quiet at once.
    assert one.turn(0.001, tries=3)[2:] == (0.3, True)
    assert one.turn(0.001, tries=3)[2:] == (0.01, False)
    one.stop()
    one = Contestant("numpy_out", "w1", threads=1)
    assert one.turn(0.001, tries=3)[2:] == (0.9, False)  # there is a core to spare
    one.stop()


def test_what_could_not_be_played_quietly_is_marked(monkeypatch):
    class Busy(load.ForeignLoad):
        def __exit__(self, *error):
            self.cores = 99.0

    monkeypatch.setattr(contestant, "ForeignLoad", Busy)
    found = play("w1", ["numpy_out"], QUICK)
    assert found[0].disturbed
    assert found[0].foreign == [99.0] * QUICK.rounds


def test_waiting_in_vain_makes_impatient(monkeypatch):
    asked = []

    def turn(self, seconds, tries):
        asked.append(tries)
        return Turn(1.0, 1.0, 0.0, disturbed=len(asked) in (1, 2, 3, 5))

    monkeypatch.setattr(Contestant, "turn", turn)
    play("w1", ["numpy_out"], Settings(rounds=6, tries=4, threads=1))
    assert asked == [4, 2, 1, 1, 4, 2]


def test_own_work_is_not_foreign(monkeypatch, tmp_path):
    files = {
        # user, nice, system, idle, iowait, irq, softirq, steal, guest
        "/proc/stat": "cpu  500 10 90 7777 888 1 2 3 99\ncpu0 1 2 3",
        "/proc/7/stat": "7 (a (bad) name) S " + "0 " * 10 + "200 100 0 0",
    }
    for name, text in files.items():
        (tmp_path / name.replace("/", "-")).write_text(text)
    monkeypatch.setattr(load, "Path", lambda name: tmp_path / name.replace("/", "-"))
    monkeypatch.setattr(load.os, "sysconf", lambda name: 100)
    assert load.ForeignLoad(7)._used() == (606 - 300) / 100
    assert load.ForeignLoad(8)._used() == 0.0  # nothing is known of it


def test_foreign_load_is_in_cores(monkeypatch):
    seen = iter([10.0, 13.0])
    monkeypatch.setattr(load.ForeignLoad, "_used", lambda self: next(seen))
    monkeypatch.setattr(load.time, "perf_counter", iter([0.0, 2.0]).__next__)
    with load.ForeignLoad(1) as measured:
        pass
    assert measured.cores == 1.5


def test_a_turn_runs_one_step_at_least_and_gives_the_lower_quartile(monkeypatch):
    # Steps of 4, 1, 3 and 2 seconds.
    ticks = iter([0.0, 0.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 10.0])
    monkeypatch.setattr(worker.time, "perf_counter", lambda: next(ticks))
    assert worker.turn(lambda: 0.0, 9.0)["seconds"] == 2.0
    ticks = iter([0.0, 0.0, 4.0])
    assert worker.turn(lambda: 0.0, 1e-9)["seconds"] == 4.0
