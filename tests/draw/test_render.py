"""Pictures: with a layout in process, with the program, with neither."""

from __future__ import annotations

import os
import stat
import sys
import threading
import xml.etree.ElementTree as ET

import graphviz
import pytest

from graphnn.draw import Picture, draw, mimebundle, render, to_dot
from graphnn.draw import render as render_function
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


def test_program_is_asked_where_pygraphviz_is_not(monkeypatch, two_layers):
    asked = []

    def pipe(engine, form, data, *, quiet):
        asked.append((engine, form, data, quiet))
        return b"<svg/>"

    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setattr(graphviz, "pipe", pipe)
    dot = to_dot(two_layers)
    assert render(dot, "svg") == b"<svg/>"
    assert asked == [("dot", "svg", dot.encode(), True)]


def test_program_that_fails(monkeypatch, tmp_path):
    if os.name == "nt":
        pytest.skip("writes a shell script")
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho 'syntax error in line 1' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DrawError, match="syntax error in line 1"):
        render("digraph {", "svg")


def test_text_that_is_no_dot(in_process):
    with pytest.raises(DrawError, match="cannot lay this out"):
        render("digraph {", "svg")


def test_without_a_layout_the_error_names_both_ways(no_layout, two_layers, tmp_path):
    with pytest.raises(DrawError) as caught:
        draw(two_layers, tmp_path / "graph.png")
    message = str(caught.value)
    assert 'pip install "graphnn[draw]"' in message
    assert "dot is on PATH" in message
    assert ".dot, .mmd, .json and .graphml" in message
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize("suffix", [".dot", ".gv", ".DOT"])
def test_without_a_layout_dot_is_written(no_layout, two_layers, tmp_path, suffix):
    path = draw(two_layers, tmp_path / f"graph{suffix}")
    assert path.read_text(encoding="utf-8") == to_dot(two_layers)


def test_without_a_layout_a_notebook_gets_the_table(no_layout, two_layers):
    bundle = mimebundle(two_layers)
    assert list(bundle) == ["text/plain"]
    assert "weight_multiply" in bundle["text/plain"]
    assert draw(two_layers)._repr_svg_() is None


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
