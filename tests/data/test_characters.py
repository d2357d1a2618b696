"""A vocabulary of characters: the same in each run, and it says what it lacks."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn
from graphnn.data import CharacterVocabulary, sonnets


def test_characters_are_numbered_by_their_code_points():
    vocabulary = CharacterVocabulary("banana\n")
    assert vocabulary.characters == "\nabn"
    assert len(vocabulary) == 4
    codes = vocabulary.encode("nab\n")
    np.testing.assert_array_equal(codes, np.array([3, 1, 2, 0]), strict=True)
    assert codes.dtype == np.int64
    assert vocabulary.decode(codes) == "nab\n"
    assert repr(vocabulary) == "CharacterVocabulary('\\nabn')"


@given(st.text(min_size=1))
def test_every_text_comes_back(text):
    vocabulary = CharacterVocabulary(text)
    codes = vocabulary.encode(text)
    assert codes.shape == (len(text),)
    assert set(codes.tolist()) == set(range(len(vocabulary)))
    assert vocabulary.decode(codes) == text
    shuffled = CharacterVocabulary(text[::-1] + text)
    assert shuffled.characters == vocabulary.characters


def test_the_sonnets_come_back():
    vocabulary = CharacterVocabulary(sonnets())
    codes = vocabulary.encode(sonnets())
    assert vocabulary.decode(codes) == sonnets()
    assert codes.max() == len(vocabulary) - 1 == 58


def test_the_numbers_do_not_depend_on_the_run():
    program = (
        "from graphnn.data import CharacterVocabulary as V, sonnets; "
        "print(V(sonnets()).encode('Shall I compare thee').tolist())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(printed) == 1


def test_nothing_is_a_text_too():
    vocabulary = CharacterVocabulary("ab")
    assert vocabulary.encode("").shape == (0,)
    assert vocabulary.decode([]) == vocabulary.decode(vocabulary.encode("")) == ""


def test_membership():
    vocabulary = CharacterVocabulary("ab")
    assert "a" in vocabulary
    assert "c" not in vocabulary
    assert "ab" not in vocabulary  # one character at a time
    assert "" not in vocabulary
    assert 0 not in vocabulary


def test_copies():
    vocabulary = CharacterVocabulary("hello")
    for twin in (copy.deepcopy(vocabulary), pickle.loads(pickle.dumps(vocabulary))):
        np.testing.assert_array_equal(twin.encode("hole"), vocabulary.encode("hole"))


# -- what is refused -------------------------------------------------------------------
def test_an_unknown_character_is_named_with_its_place():
    vocabulary = CharacterVocabulary("abc")
    with pytest.raises(gn.ArgumentError, match=r"^'z', at place 2 of the text, is not"):
        vocabulary.encode("abz")
    with pytest.raises(gn.ArgumentError, match=r"^'€', at place 1") as caught:
        vocabulary.encode("a€zA€")
    assert "nor are others: 'Az€'" in str(caught.value)
    assert "train + test" in str(caught.value)


@pytest.mark.parametrize("text", [b"abc", None, 3, ["a", "b"]])
def test_what_is_no_text(text):
    with pytest.raises(gn.ArgumentError, match="a text is a str, not"):
        CharacterVocabulary(text)
    with pytest.raises(gn.ArgumentError, match="a text is a str, not"):
        CharacterVocabulary("abc").encode(text)


def test_a_vocabulary_of_nothing():
    with pytest.raises(gn.ArgumentError, match="at least one character"):
        CharacterVocabulary("")


@pytest.mark.parametrize("number", [-1, 3, 99])
def test_numbers_without_a_character(number):
    with pytest.raises(
        gn.ArgumentError, match=rf"{number} stands .* the numbers 0 … 2"
    ):
        CharacterVocabulary("abc").decode([0, number])


@pytest.mark.parametrize(
    "numbers", [[0.5], [[0, 1]], 1, ["a"], [True], np.zeros((2, 3))]
)
def test_what_is_no_row_of_whole_numbers(numbers):
    with pytest.raises(gn.ArgumentError, match="a row of whole numbers is decoded"):
        CharacterVocabulary("abc").decode(numbers)


def test_a_misspelt_name_of_the_data():
    with pytest.raises(
        AttributeError, match=r"'graphnn\.data' has no attribute 'sonets"
    ):
        gn.data.sonets  # noqa: B018
    assert {"digits", "sonnets", "CharacterVocabulary"} <= set(dir(gn.data))
