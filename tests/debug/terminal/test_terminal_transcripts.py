"""Recorded sessions: what is typed in a transcript gives what it shows.

``python test_terminal_transcripts.py`` writes them anew; read the difference.
"""

import io
import re
from pathlib import Path

import pytest

import graphnn as gn

FOLDER = Path(__file__).parent
MODEL = FOLDER / "model.py"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
TYPED = re.compile(r"^(?:\(+gnn\)+|\(Pdb\)|\(com\)|>>>) (.*)$", re.MULTILINE)


def record(name, lines):
    """Run a session over what a function of the model makes."""
    from graphnn.debug.terminal.debugger import Debugger
    from graphnn.debug.terminal.launching import names_in_file, stepper_over
    from graphnn.user_code import load

    shown, _ = load(f"{MODEL}:{name}")
    stepper, _ = stepper_over(shown, shown, None, False)
    source, target = io.StringIO("".join(f"{line}\n" for line in lines)), io.StringIO()
    names = names_in_file(MODEL.resolve())
    Debugger(stepper, source, target, namespace=names).interact()
    library = Path(gn.__file__).parent
    text = target.getvalue().replace(str(FOLDER.resolve()), "FOLDER")
    text = re.sub(r"^(> |  )…\S*/model\.py\(", r"\1FOLDER/model.py(", text, flags=re.M)
    return text.replace(str(library), "LIBRARY")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_session_is_as_it_was_recorded(path):
    expected = path.read_text(encoding="utf-8")
    assert record(path.stem, TYPED.findall(expected)) == expected


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 3


def test_transcripts_fit_80_columns():
    for path in TRANSCRIPTS:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert len(line) <= 80 or line.startswith(("> ", "***")), line


if __name__ == "__main__":
    for transcript in TRANSCRIPTS:
        typed = TYPED.findall(transcript.read_text(encoding="utf-8"))
        transcript.write_text(record(transcript.stem, typed), encoding="utf-8")
