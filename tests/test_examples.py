"""The examples that look into a pass say what they should; pictures are kept true.

CI runs all examples; here are those that are quick and make a point of certain nodes.
"""

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def said(tmp_path, capsys):
    """Run an example, and give what it prints."""

    def run(name):
        runpy.run_path(str(EXAMPLES / name))["main"](tmp_path)
        return capsys.readouterr().out

    return run


def words_of(file):
    """Give what a picture says, tooltips included; where things stand may differ."""
    words = []
    for element in ET.parse(file).getroot().iter():
        titles = [v for k, v in element.attrib.items() if k.endswith("}title")]
        words += [element.text or "", *titles]
    return sorted(filter(str.strip, words))


def test_the_readme_names_every_example():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = "\n".join(re.findall(r"^\| `\d\d_.*$", readme, re.MULTILINE))
    named = re.findall(r"`(\d\d_\w+\.py)`", table)
    assert named == sorted(file.name for file in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize(
    ("example", "picture"),
    [
        ("02_dense.py", "dense.svg"),
        ("13_step_through_backprop.py", "step.svg"),
        ("15_plan.py", "plan.svg"),
    ],
)
def test_the_pictures_of_the_readme_are_those_that_the_examples_draw(
    said, tmp_path, example, picture
):
    pytest.importorskip("pygraphviz")
    said(example)
    assert words_of(tmp_path / picture) == words_of(EXAMPLES / picture), (
        f"draw it anew: python examples/{example} examples"
    )


def test_the_gallery_is_what_its_example_draws(said, tmp_path):
    pytest.importorskip("pygraphviz")
    said("16_gallery.py")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"examples/gallery/(\w+\.svg)", readme)
    drawn = {file.name: words_of(file) for file in tmp_path.glob("*.svg")}
    assert sorted(shown) == sorted(drawn), "each is shown, once"
    kept = {file.name: words_of(file) for file in (EXAMPLES / "gallery").glob("*")}
    assert kept == drawn, "draw it anew: python examples/16_gallery.py examples/gallery"


def test_stepping_through_backprop(said, tmp_path):
    pytest.importorskip("pygraphviz")
    text = said("13_step_through_backprop.py")
    assert "the gradient of the first weight is None." in text
    assert "it is the same to the last bit: True." in text
    # the gradient of one weight, down to the 1 that the pass begins with
    parts = re.findall(r"^(\w+(?:/\w+)?)\S*(?:, \d+\])? .*%$", text, re.MULTILINE)
    assert parts == [
        "dense_1/weight_multiply",
        "dense_1/bias_add",
        "dense_1/tanh",
        "dense_2/weight_multiply",
        "dense_2/bias_add",
        "softmax_cross_entropy",
    ]
    assert re.search(r"^the loss, by itself +1\.0000$", text, re.MULTILINE)
    # a value reaches further than a gradient
    assert re.findall(r"(\d+) of 12 steps ran again", text) == ["9", "3"]
    assert "dense_1/weight          grad   0.1002 -> 0.0000" in text
    # the mistake is at one node alone
    assert "Cosine: <Checks of 6 operations, 1 wrong: dense_1/cosine>" in text
    assert (
        "everywhere analytic = -1 × numeric. The formula is Cosine._input_grad" in text
    )
    assert "RightCosine: <Checks of 6 operations, all right>" in text
    assert "step 10 of 12: backward, dense_1/tanh" in words_of(tmp_path / "step.svg")


def test_finding_the_nan(said, tmp_path):
    pytest.importorskip("pygraphviz")
    text = said("14_find_the_nan.py")
    blind, guarded, into, back, mended = text.split("\n--- ")
    assert "loss nan" in blind
    assert "4 of 4 parameters hold NaN by now." in blind
    assert re.match(r"With a guard:\n\nepoch \d+, batch \d+ of 12: multiply", guarded)
    assert "(Multiply, 14_find_the_nan.py:" in guarded
    assert "Likely reason: 0.0 times -inf." in guarded
    assert re.search(r"^log\w* \(Log, 14_find_the_nan\.py:\d+\)", into, re.MULTILINE)
    assert "Likely reason: the logarithm of 0." in into
    losses = re.findall(r"^ +\d+  (\S+)", back, re.MULTILINE)
    assert len(losses) == 10
    assert [loss for loss in losses if loss == "NaN"] == losses[-1:]
    assert "InfGuard() finds nothing." in back
    assert "loss nan" not in mended
    # until it fails, the training is the one that does not
    early = [re.search(r"epoch  5  loss (\S+)", part)[1] for part in (blind, mended)]
    assert float(early[0]) == pytest.approx(float(early[1]), rel=0.01)
    words = words_of(tmp_path / "find_the_nan.svg")
    assert words.count("culprit") == 2, "the infinity, and the NaN made of it"
    assert words.count("victim") >= 2


def test_a_plan_is_the_same_step(said, tmp_path):
    pytest.importorskip("pygraphviz")
    text = said("15_plan.py")
    assert text.count("all parameters are the same bits: True") == 2
    assert "np.absolute(b0, out=b1)" in text  # one's own formula, call by call
    sizes = re.findall(r"Memory\((\S+) kB, (\S+) kB without reuse\)", text)
    assert all(float(own) < float(without) for own, without in sizes)
    assert len(sizes) == 2
