import string

from graphnn.data import sonnets


def test_the_sonnets_are_there_as_a_whole():
    text = sonnets()
    assert type(text) is str
    assert (len(text), len(set(text))) == (93_738, 59)
    assert text.isascii()
    assert set(text) <= set(string.ascii_letters + " \n!',-.:;?")
    poems = text.rstrip("\n").split("\n\n")
    lines = [len(poem.splitlines()) for poem in poems]
    assert len(lines) == 154
    odd = {number: n for number, n in enumerate(lines, start=1) if n != 14}
    assert odd == {99: 15, 126: 12}  # as they were printed
    assert poems[17].startswith("Shall I compare thee to a summer's day?\n")
    assert poems[153].endswith("Love's fire heats water, water cools not love.")


def test_no_line_is_ragged():
    for line in sonnets().splitlines():
        assert line == line.strip()
        assert "  " not in line
        assert len(line) < 70
