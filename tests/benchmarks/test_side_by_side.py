"""The benchmark itself: the same work for everybody, and honest figures."""

import json
import math
from dataclasses import asdict

import bench
import numpy as np
import pytest
from side_by_side import contestant, load, rounds, worker
from side_by_side.comparing import Ratio, agree, disagreeing
from side_by_side.contestant import Contestant, Failed
from side_by_side.markdown import markdown
from side_by_side.outcome import Outcome
from side_by_side.peers import (
    OURS,
    PEERS,
    Peer,
    graphnn,
    graphnn_replay,
    numpy_out,
    numpy_plain,
)
from side_by_side.rounds import Result, Settings, play
from side_by_side.tables import figure, table
from side_by_side.workloads import WORKLOADS
from side_by_side.workloads.random_graph import SHORT_NODES, random_graph

QUICK = Settings(rounds=2, seconds=0.001, threads=1, short=True, tries=1)


# -- the same work ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "peer"),
    [
        (name, peer)
        for peer in (numpy_out, graphnn, graphnn_replay)
        for name in peer.STEPS
    ],
)
def test_ten_steps_have_the_losses_of_numpy_by_hand(name, peer):
    task = WORKLOADS[name].make(True)
    expected, step = numpy_plain.STEPS[name](task), peer.STEPS[name](task)
    for _ in range(2 if name == "w8" else 10):
        assert step() == pytest.approx(expected(), rel=1e-5)


def test_the_gradients_of_the_random_graph_are_those_of_numpy_by_hand():
    task = random_graph(short=True)
    loss, expected = numpy_plain.passes(task)()
    assert sum(grad is not None for grad in expected) > 50
    again, by_hand = numpy_out.passes(task)()
    assert again == loss
    for grad, known in zip(by_hand, expected, strict=True):
        np.testing.assert_allclose(grad, 0.0 if known is None else known, rtol=1e-5)
    node = graphnn.built(task)
    node.backward()
    assert float(node.output) == loss
    leaves = [leaf.tobytes() for leaf in task.leaves]
    for parameter in node.graph.parameters:  # without those that nothing uses
        known = expected[leaves.index(parameter.value.tobytes())]
        if known is None:
            assert parameter.grad is None or not parameter.grad.any()
        else:
            np.testing.assert_allclose(parameter.grad, known, rtol=1e-4, atol=1e-9)


def test_a_step_leaves_the_task_as_it_is():
    task = WORKLOADS["w1"].make(True)
    before = [array.copy() for array in task.parameters]
    for peer in (graphnn, numpy_out, numpy_plain):
        peer.STEPS["w1"](task)()
    for array, known in zip(task.parameters, before, strict=True):
        np.testing.assert_array_equal(array, known)


def test_the_random_graph_is_the_same_in_every_run():
    one, other = random_graph(short=True), random_graph(short=True)
    assert one.pairs == other.pairs
    assert len(one.pairs) * 2 == SHORT_NODES
    assert one.leaves[0].dtype == np.float32


# -- ratios ----------------------------------------------------------------------------
def result(peer="graphnn", seconds=(1.0, 2.0, 4.0), losses=(1.0, 0.5, 0.25), **fields):
    return Result(
        peer,
        fields.pop("workload", "w1"),
        seconds=list(seconds),
        foreign=[0.0] * len(seconds),
        losses=list(losses),
        memory=50.0,
        import_memory=30.0,
        import_seconds=0.1,
        first_seconds=0.02,
        **fields,
    )


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
    assert "MyGrad" not in markdown(Outcome(FACTS, QUICK, {"w1": found}))


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


# -- what is written -------------------------------------------------------------------
FACTS = {
    "processor": "A processor",
    "cores": "2",
    "system": "A system 1.0",
    "Python": "3.11.0",
    "date": "2020-01-01",
}


@pytest.fixture
def outcome():
    """Everybody, with figures as wide as they come; every third was disturbed."""
    results = {
        name: [
            result(
                peer,
                seconds=(0.0123456 * 2**place, 0.02 * 2**place, 0.0111 * 2**place),
                losses=(1.0,) if WORKLOADS[name].checked == 1 else (1.0, 0.5, 0.25),
                workload=name,
            )
            for place, peer in enumerate(PEERS)
        ]
        for name in WORKLOADS
    }
    for played in results.values():
        played[0].disturbed = True
        played[3].seconds, played[3].missing = [], "jax is not installed"
    return Outcome(FACTS, Settings(), results)


def test_a_table_fits_into_a_hundred_columns(outcome):
    for played in outcome.results.values():
        text = table(played)
        assert max(map(len, text.splitlines())) <= 100
        assert "* disturbed" in text
        assert all(PEERS[one.peer].title in text for one in played)


def test_markdown_has_everybody_and_the_machine(outcome):
    text = markdown(outcome)
    first, second = (block for block in text.split("\n\n") if block.startswith("|"))
    heads = [f"{name.upper()} {known.title}" for name, known in WORKLOADS.items()]
    assert all(head in first.splitlines()[0] for head in heads)
    assert len({line.count("|") for line in text.splitlines() if "|" in line}) == 1
    assert "| **graphnn** | **" in first
    assert "JAX" not in first
    assert "| PyTorch, eager | 1.00 |" in first
    assert "peak memory, MB" in second
    assert "A processor, 2 cores, A system 1.0, Python 3.11.0, 2020-01-01." in text
    assert r"\* Other processes" in text


def test_json_keeps_everything(outcome, tmp_path):
    outcome.save(tmp_path / "kept.json")
    again = Outcome.load(tmp_path / "kept.json")
    assert asdict(again) == asdict(outcome)
    first = json.loads((tmp_path / "kept.json").read_text())["results"]["w1"][0]
    assert set(first["ratios"]) == {"torch_eager", "numpy_out"}


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_picture_shows_what_was_kept(outcome, tmp_path, suffix, capsys):
    pytest.importorskip("matplotlib")
    outcome.save(tmp_path / "kept.json")
    picture = tmp_path / f"bars{suffix}"
    arguments = ["--from", str(tmp_path / "kept.json"), "--picture", str(picture)]
    assert bench.main(arguments) == 0
    assert picture.stat().st_size > 5000
    assert "W1  tiny network" in capsys.readouterr().out


def test_what_cannot_be_drawn_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(SystemExit, match=r"a picture ends in \.svg"):
        bench.main(["--picture", str(tmp_path / "bars.bmp")])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--workloads", "w1,w99"], "there is no 'w99'"),
        (["--peers", "theano"], "there is no 'theano'"),
        (["--rounds", "0"], "0 is not above 0"),
        (["--rounds", "many"], "invalid int value: 'many'"),
        (["--json", "missing/kept.json"], "there is no folder missing"),
    ],
)
def test_wrong_arguments_are_refused(arguments, says, capsys):
    with pytest.raises(SystemExit):
        bench.main(arguments)
    assert says in capsys.readouterr().err


def test_numpy_by_hand_always_takes_part(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(bench, "play", lambda name, peers, *rest: asked.append(peers))
    monkeypatch.setattr(bench, "table", lambda results: "")
    bench.main(["--workloads", "w1", "--peers", "graphnn"])
    assert asked == [["graphnn", "numpy_plain", "numpy_out", "blas_only"]]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.01234, "0.012"), (0.5, "0.500"), (1.234, "1.23"), (2064.3, "2,064")],
)
def test_a_figure_has_the_digits_that_count(number, text):
    assert figure(number) == text


def test_ours_are_peers():
    assert set(OURS) < set(PEERS)
    assert rounds.Settings().rounds % 2  # a median that has been measured
