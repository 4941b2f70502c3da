"""A sender's name is shown, never trusted."""

from __future__ import annotations

import pytest

from office.files.names import clean_name, readable_size


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("海报 终稿.JPG", "海报 终稿.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\a.exe", "a.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ('x"; rm -rf $HOME\r\n.png', "x_; rm -rf $HOME.jpg"),
        ("", "file.jpg"),
        ("....", "file.jpg"),
        ("\x00\x1f\u200b", "file.jpg"),
        ("CON.txt", "_CON.jpg"),
        ("\udc80bad.gif", "bad.jpg"),
        ("a" * 400 + ".png", "a" * 116 + ".jpg"),
    ],
)
def test_it_becomes_harmless_and_fits_the_content(given: str, kept: str) -> None:
    assert clean_name(given, "jpg") == kept


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (512_000, "500 KB"), (31_457_280, "30 MB"), (1_600_000, "1.5 MB")],
)
def test_sizes_are_said_as_people_say_them(size: int, text: str) -> None:
    assert readable_size(size) == text
