"""What the benchmark prints and writes, and what it takes as arguments."""

import json
from dataclasses import asdict

import bench
import pytest
from made_up import result
from side_by_side.markdown import markdown
from side_by_side.outcome import Outcome
from side_by_side.peers import OURS, PEERS
from side_by_side.rounds import Settings
from side_by_side.tables import figure, table
from side_by_side.workloads import WORKLOADS

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
    assert "JAX" not in first  # it is not installed there
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
    assert Settings().rounds % 2  # a median that has been measured
