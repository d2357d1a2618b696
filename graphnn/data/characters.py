"""Text as numbers, character by character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import ArgumentError

if TYPE_CHECKING:
    import numpy.typing as npt


class CharacterVocabulary:
    """The characters of a text, numbered from 0 in the order of their code points.

    The numbers depend on nothing but which characters there are: not on their order in
    the text, nor on the run of the program.

    Parameters
    ----------
    text : str
        At least one character; each is in the vocabulary once.

    Attributes
    ----------
    characters : str
        Number i stands for ``characters[i]``.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> from graphnn.data import CharacterVocabulary
    >>> vocabulary = CharacterVocabulary("hello")
    >>> vocabulary.characters, len(vocabulary)
    ('ehlo', 4)
    >>> vocabulary.encode("hole")
    array([1, 3, 2, 0])
    >>> vocabulary.decode([1, 0, 2, 2, 3])
    'hello'
    """

    def __init__(self, text: str) -> None:
        if not as_text(text):
            raise ArgumentError("a vocabulary needs at least one character")
        self.characters = "".join(sorted(set(text)))
        self._code_points = code_points(self.characters)

    def encode(self, text: str) -> npt.NDArray[np.int64]:
        """Turn a text into numbers.

        Parameters
        ----------
        text : str

        Returns
        -------
        ndarray of int64, shape (characters,)

        Raises
        ------
        ArgumentError
            For characters that are not in the vocabulary.
        """
        points = code_points(as_text(text))
        numbers = np.searchsorted(self._code_points, points)
        nearest = np.minimum(numbers, len(self) - 1)
        unknown = np.flatnonzero(self._code_points[nearest] != points)
        if unknown.size:
            first = int(unknown[0])
            different = "".join(sorted({text[place] for place in unknown}))
            raise ArgumentError(
                f"{text[first]!r}, at place {first} of the text, is not in the "
                f"vocabulary of {len(self)} characters"
                + (f"; nor are others: {different!r:.60}" if different[1:] else ""),
                "A vocabulary is made from all the text that it is to encode: "
                "CharacterVocabulary(train + test).",
            )
        return numbers

    def decode(self, numbers: Any) -> str:
        """Turn numbers back into a text.

        Parameters
        ----------
        numbers : array_like of int, shape (characters,)

        Returns
        -------
        str

        Raises
        ------
        ArgumentError
            For anything but whole numbers from 0 to ``len(vocabulary) - 1``.
        """
        array = np.asarray(numbers)
        if array.size == 0:
            array = array.astype(np.int64)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise ArgumentError(
                f"a row of whole numbers is decoded, not {array.dtype} of shape "
                f"{array.shape}",
                "One text at a time; for the likeliest characters, "
                "scores.argmax(axis=-1).",
            )
        wrong = array[(array < 0) | (array >= len(self))]
        if wrong.size:
            raise ArgumentError(
                f"{wrong[0]} stands for no character: the vocabulary has the numbers "
                f"0 … {len(self) - 1}"
            )
        return "".join([self.characters[number] for number in array])

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return (
            isinstance(character, str)
            and len(character) == 1
            and character in self.characters
        )

    def __repr__(self) -> str:
        return f"CharacterVocabulary({self.characters!r})"


def as_text(text: Any) -> str:
    """Take a text, and nothing else."""
    if not isinstance(text, str):
        raise ArgumentError(
            f"a text is a str, not {type(text).__name__}",
            "Bytes are decoded first: data.decode('utf-8').",
        )
    return text


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Give the number that Unicode has for each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
