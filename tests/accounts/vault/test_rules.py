"""Codes, passwords, other managers' files: calculation on values."""

from __future__ import annotations

import pytest

from accounts.rules import managers, passwords, totp

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "algorithm", "wanted"),
    [
        (59, "SHA1", "94287082"), (1111111109, "SHA1", "07081804"), (20000000000, "SHA1", "65353130"),
        (59, "SHA256", "46119246"), (2000000000, "SHA256", "90698825"), (59, "SHA512", "90693936"),
    ],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(at: int, algorithm: str, wanted: str) -> None:
    long = {"SHA1": 20, "SHA256": 32, "SHA512": 64}[algorithm]
    secret = (RFC * 4)[:long]
    assert totp.code(totp.Seed(secret, 8, 30, algorithm), at)[0] == wanted


def test_seeds_as_sites_give_them() -> None:
    plain = totp.seed_of("gezd gnbv-gy3t qojq")
    assert plain.secret == RFC[:10]
    whole = totp.seed_of("otpauth://totp/ec:x?secret=GEZDGNBVGY3TQOJQ&digits=8&period=60&algorithm=SHA256")
    assert (whole.digits, whole.period, whole.algorithm) == (8, 60, "SHA256")
    assert totp.code(plain, 0)[1] == 30


@pytest.mark.parametrize(
    "text",
    [
        "", "!", "GE", "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=x",
        "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=1", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5",
        "１２３", "\x00" * 9,
    ],
)  # fmt: skip
def test_what_is_no_seed(text: str) -> None:
    with pytest.raises(ValueError):
        totp.seed_of(text)


def test_made_passwords_are_long_mixed_and_strong() -> None:
    made = {passwords.generate() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        assert len(each) == 20
        assert each[0] in passwords.LETTERS
        assert all(set(each) & set(sort) for sort in (passwords.CAPITALS, passwords.DIGITS, passwords.SIGNS))
    assert passwords.score(made.pop()) == 4
    assert (len(passwords.generate(3)), len(passwords.generate(900))) == (12, 64)
    assert (passwords.score(""), passwords.score("123456")) == (0, 0)
    assert passwords.score("netbank2", ["netbank2"]) == 0


FILES = {
    "bitwarden": "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n"
    ",,login,A,n,,0,https://a.example,u,p,GEZDGNBV\n",
    "keepassxc": '"Group","Title","Username","Password","URL","Notes","TOTP"\n"R","A","u","p","a.example","n",""\n',
    "keepass": '"Account","Login Name","Password","Web Site","Comments"\n"A","u","p","https://a.example","n"\n',
    "chrome": "name,url,username,password,note\nA,https://a.example,u,p,n\n",
}


@pytest.mark.parametrize("source", list(FILES))
def test_each_managers_file_is_known_by_its_columns(source: str) -> None:
    found, (entry,) = managers.read(b"\xef\xbb\xbf" + FILES[source].encode())
    assert found == source
    assert (entry.name, entry.url, entry.login) == ("A", "https://a.example", "u")
    assert (entry.password, entry.notes) == ("p", "n")
    assert "password" not in repr(entry)


def test_lines_without_a_password_or_of_no_site() -> None:
    _source, entries = managers.read(b"name,url,username,password\n,android://x,u,p\n\nB,,u,\nC,c.example\n")
    assert [(each.line, each.name, each.url) for each in entries] == [(2, "android://x", "")]


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"\xff\xfe", b'name,url,username,password\n"a'])
def test_what_is_no_file_of_a_manager(data: bytes) -> None:
    with pytest.raises(managers.Unknown):
        managers.read(data)
