"""Pictures: with a layout in process, with the program, with neither."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import graphnn as gn
from graphnn.draw import Picture, draw, mimebundle, render, to_dot
from graphnn.draw import render as render_function
from graphnn.draw.layered import to_svg
from graphnn.draw.output import programs
from graphnn.errors import ArgumentError, DrawError, MissingFolder

MAGIC = {"svg": b"<?xml", "png": b"\x89PNG\r\n", "pdf": b"%PDF-"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def in_process():
    return pytest.importorskip("pygraphviz")


@pytest.fixture
def no_layout(monkeypatch):
    """Leave this process with no pygraphviz and no program `dot`."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def tangle():
    """Make a graph whose layout takes long."""

    def build(count):
        rng = np.random.default_rng(0)
        nodes = [gn.Input(f"x{i}", value=0.5) for i in range(5)]
        for _ in range(count):
            first, second = rng.integers(max(0, len(nodes) - 20), len(nodes), 2)
            nodes.append(np.minimum(nodes[first], nodes[second]))
        return nodes[-1].graph

    return build


@pytest.mark.parametrize("form", MAGIC)
def test_in_process_without_any_program(in_process, monkeypatch, two_layers, form):
    monkeypatch.setenv("PATH", "")
    assert render(to_dot(two_layers), form).startswith(MAGIC[form])


def test_one_group_for_each_node(in_process, two_layers):
    root = ET.fromstring(render(to_dot(two_layers), "svg"))
    classes = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert classes.count("node") == len(two_layers.nodes) == 9
    assert classes.count("edge") == 8
    assert classes.count("cluster") == 2


def test_the_same_picture_again(in_process, two_layers):
    dot = to_dot(two_layers)
    assert render(dot, "svg") == render(dot, "svg")


def test_threads_take_turns(in_process, two_layers):
    dot = to_dot(two_layers)
    pictures: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: pictures.append(render(dot, "svg")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pictures) == 8
    assert len(set(pictures)) == 1


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program `dot` in place, which is a shell script; and no pygraphviz."""
    if os.name == "nt":
        pytest.skip("writes a shell script")

    def write(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "dot").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    return write


def test_program_is_asked_where_pygraphviz_is_not(program, two_layers):
    program('echo "$@"; cat')
    dot = to_dot(two_layers)
    assert render(dot, "svg") == f"-Tsvg\n{dot}".encode()


def test_program_that_fails(program, two_layers):
    program("echo 'syntax error in line 1' >&2; exit 1")
    with pytest.raises(DrawError, match="syntax error in line 1"):
        render("digraph {", "svg")
    with pytest.raises(DrawError, match="syntax error in line 1"):
        two_layers.draw(layout="dot").save("picture.svg")


@pytest.fixture
def impatient(monkeypatch):
    """Give layouts next to no time, and let each have a process that can be stopped."""
    monkeypatch.setattr(programs, "TIME_LIMIT", 0.2)
    monkeypatch.setattr(programs, "LARGEST_IN_PROCESS", 0)


def test_a_program_that_hangs_is_cut_off(program, impatient, two_layers, tmp_path):
    program("exec sleep 20")
    start = time.perf_counter()
    for form in ("png", "pdf"):
        with pytest.raises(DrawError, match=r"within 0\.2 seconds\nFold some of it"):
            two_layers.draw(tmp_path / f"graph.{form}")
    with pytest.raises(DrawError, match="Fold some of it"):
        two_layers.draw(tmp_path / "graph.svg", layout="dot")
    assert not (tmp_path / "graph.svg").exists()
    assert time.perf_counter() - start < 15


def test_the_built_in_layout_stands_in_for_one_that_hangs(
    program, impatient, two_layers, tmp_path
):
    program("exec sleep 20")
    with pytest.warns(UserWarning, match="This one is by the built-in layout") as told:
        path = two_layers.draw(tmp_path / "graph.svg")
    assert path.read_text(encoding="utf-8") == to_svg(two_layers.draw().scene)
    assert told[0].filename == __file__, "it is the user's line that is named"


def test_a_tangle_is_laid_out_in_a_process_of_its_own(in_process, impatient, tangle):
    picture = tangle(1500).draw(max_nodes=None)
    with pytest.raises(DrawError, match=r"within 0\.2 seconds"):
        render(picture.scene, "svg", "pygraphviz")


def test_the_process_gives_the_same_picture(in_process, monkeypatch, two_layers):
    dot = to_dot(two_layers)
    here = render(dot, "svg", "pygraphviz")
    monkeypatch.setattr(programs, "LARGEST_IN_PROCESS", 0)
    assert render(dot, "svg", "pygraphviz") == here
    with pytest.raises(DrawError, match="cannot lay this out"):
        render("digraph { a -> ", "svg", "pygraphviz")


def test_text_that_is_no_dot(in_process):
    with pytest.raises(DrawError, match="cannot lay this out"):
        render("digraph {", "svg")


def test_without_a_layout_the_error_names_both_ways(no_layout, two_layers, tmp_path):
    with pytest.raises(DrawError) as caught:
        draw(two_layers, tmp_path / "graph.png")
    message = str(caught.value)
    assert 'pip install "graphnn[draw]"' in message
    assert "dot is on PATH" in message
    assert ".svg, .dot, .mmd, .json and .graphml" in message
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize("suffix", [".dot", ".gv", ".DOT"])
def test_without_a_layout_dot_is_written(no_layout, two_layers, tmp_path, suffix):
    path = draw(two_layers, tmp_path / f"graph{suffix}")
    assert path.read_text(encoding="utf-8") == to_dot(two_layers)


def test_without_a_program_a_notebook_gets_the_built_in_layout(no_layout, two_layers):
    bundle = mimebundle(two_layers)
    assert "weight_multiply" in bundle["text/plain"]
    assert bundle["image/svg+xml"].startswith("<svg")
    assert draw(two_layers)._repr_svg_() == bundle["image/svg+xml"]


def test_without_a_program_every_node_is_in_the_svg(no_layout, two_layers, tmp_path):
    for layout in (None, "built-in"):
        path = two_layers.draw(tmp_path / "graph.svg", layout=layout)
        root = ET.parse(path).getroot()
        classes = [group.get("class") for group in root.iter(f"{SVG}g")]
        assert classes.count("node") == len(two_layers)
        assert classes.count("edge") == 8
        assert classes.count("cluster") == 2


@pytest.mark.parametrize("layout", ["pygraphviz", "dot"])
def test_a_layout_that_is_asked_for_and_not_here(
    no_layout, two_layers, tmp_path, layout
):
    with pytest.raises(DrawError, match="Install a layout program"):
        two_layers.draw(tmp_path / "graph.svg", layout=layout)


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_the_built_in_layout_is_asked_for_what_it_does_not_make(
    two_layers, tmp_path, form
):
    with pytest.raises(DrawError, match=r"makes SVG .*\nLeave layout= out"):
        two_layers.draw(tmp_path / f"graph.{form}", layout="built-in")
    with pytest.raises(DrawError, match="no SVG of DOT"):
        render("digraph {}", "svg", "built-in")


def test_unknown_layout(two_layers, tmp_path):
    with pytest.raises(ArgumentError, match="Did you mean 'built-in'"):
        two_layers.draw(tmp_path / "graph.svg", layout="builtin")


@pytest.mark.parametrize("form", MAGIC)
def test_files(in_process, two_layers, tmp_path, form):
    path = draw(two_layers, str(tmp_path / f"graph.{form}"))
    assert path == tmp_path / f"graph.{form}"
    assert path.read_bytes().startswith(MAGIC[form])
    assert list(tmp_path.iterdir()) == [path]


def test_in_the_current_folder(two_layers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(draw(two_layers, "graph.dot")) == "graph.dot"
    assert (tmp_path / "graph.dot").is_file()


def test_target_and_direction(two_layers, tmp_path):
    path = draw(two_layers, tmp_path / "g.dot", target="dense_1/double", direction="LR")
    text = path.read_text(encoding="utf-8")
    assert "rankdir=LR" in text
    assert "dense_2" not in text


def test_notebook(in_process, two_layers):
    bundle = mimebundle(two_layers)
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "DOCTYPE" not in bundle["image/svg+xml"]
    assert bundle["text/plain"].startswith("name")
    assert list(mimebundle(two_layers, include={"text/plain"})) == ["text/plain"]
    assert list(mimebundle(two_layers, exclude={"text/plain"})) == ["image/svg+xml"]


def test_notebook_shows_a_huge_graph_as_a_table(chain):
    assert list(mimebundle(chain(1500))) == ["text/plain"]


def test_picture(in_process, two_layers, tmp_path):
    picture = draw(two_layers)
    assert isinstance(picture, Picture)
    assert repr(picture).startswith("<Picture of a graph of 9 nodes")
    assert picture._repr_svg_().startswith("<svg")
    assert picture.save(tmp_path / "graph.dot").read_text() == picture.dot


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("graph.jpg", "suffix '.jpg'"),
        ("graph.pngg", "Did you mean '.png'"),
        ("graph", "no suffix"),
        (".svg", "no suffix"),
    ],
)
def test_unknown_format(two_layers, tmp_path, name, says):
    with pytest.raises(ArgumentError, match=says) as caught:
        draw(two_layers, tmp_path / name)
    assert ".svg, .png, .pdf, .dot, .gv, .mmd" in str(caught.value)


def test_unknown_format_of_render():
    with pytest.raises(ArgumentError, match="Did you mean 'png'"):
        render_function("digraph {}", "pngs")


def test_missing_folder(two_layers, tmp_path):
    with pytest.raises(MissingFolder, match="there is no folder"):
        draw(two_layers, tmp_path / "missing" / "graph.dot")
    with pytest.raises(FileNotFoundError):
        draw(two_layers, tmp_path / "missing" / "graph.dot")


def test_folder_in_place_of_a_file(two_layers, tmp_path):
    (tmp_path / "pictures.svg").mkdir()
    for folder in (tmp_path, tmp_path / "pictures.svg"):
        with pytest.raises(ArgumentError, match="is a folder"):
            draw(two_layers, folder)


def test_a_file_is_replaced_whole_or_not_at_all(two_layers, tmp_path, monkeypatch):
    path = tmp_path / "graph.dot"
    path.write_text("old")

    def fail(descriptor):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            draw(two_layers, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    draw(two_layers, path)
    assert path.read_text().startswith("digraph")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_permissions_and_links(two_layers, tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    path = draw(two_layers, tmp_path / "graph.dot")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    link = tmp_path / "link.dot"
    link.symlink_to(path)
    path.write_text("old")
    draw(two_layers, link)
    assert link.is_symlink()
    assert path.read_text().startswith("digraph")


@pytest.mark.parametrize("drawing", ["draw", "to_dot"])
def test_unknown_settings(two_layers, drawing):
    with pytest.raises(TypeError, match=r"no setting 'pases'\nDid you mean 'passes'"):
        getattr(two_layers, drawing)(pases="both")


def test_words_to_show_with_commas(two_layers):
    both = two_layers.to_dot(show="shape, dtype")
    assert both == two_layers.to_dot(show=("shape", "dtype")) != two_layers.to_dot()


def test_of_numbers_alone_no_shape_is_told():
    x = gn.Input("x", value=3.0)
    numbers, array = np.sin(x * x).graph, np.sum(gn.Input("x", value=[3.0])).graph
    assert {arrow.label for arrow in numbers.draw().scene.arrows} == {""}
    assert [box.lines for box in numbers.draw().scene.boxes] == [("Input",), (), ()]
    assert [box.lines for box in array.draw().scene.boxes][-1] == ("→ ()",)


def test_what_cannot_be_folded_says_so(chain):
    assert "nothing folds" in chain(250).to_dot()
    assert "nothing folds" not in chain(250).to_dot(max_nodes=None)


def test_the_middle_of_a_part_is_marked(chain):
    graph = chain(30)
    scene = graph.draw(around=graph.nodes[15]).scene
    (here,) = [box for box in scene.boxes if box.signs]
    assert here.facts["name"] == graph.nodes[15].name
    assert [swatch.meaning for swatch in scene.swatches] == ["here"]
