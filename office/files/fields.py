"""What the text of an Office document would start or fetch: fields (DDE, INCLUDETEXT …), links of a workbook, actions
of a slide.

Any part may carry them, whatever its name, so every part that is XML and speaks of them is read, in the encodings that
Office writes. Pure.
"""

from __future__ import annotations

from xml.parsers import expat

from office.files.refusing import NotAccepted

#: The first word of a field that starts a program, or takes in something from elsewhere.
_STARTS, _FETCHES = (
    {"DDE", "DDEAUTO"},
    {"INCLUDE", "INCLUDETEXT", "INCLUDEPICTURE", "LINK", "IMPORT", "DATABASE", "RD"},
)
#: Elements of a workbook that do.
_ELEMENTS = {"ddelink": "embedded", "olelink": "embedded", "webpr": "remote", "dbpr": "remote"}
_SPEAKS = (b"instr", *(name.encode() for name in _ELEMENTS), b"ppaction:")


def judge(text: bytes, *, strict: bool) -> None:
    """Raises NotAccepted (`embedded`, `remote`, `macros`, `damaged`). `strict`: what is no XML is refused too; old
    drawings (VML) often are none."""
    said = text.replace(b"\x00", b"").lower()
    if not any(word in said for word in _SPEAKS):
        return
    try:
        _Fields().read(text)
    except expat.ExpatError as error:
        if strict:
            raise NotAccepted("damaged") from error


class _Fields:
    """One part. Fields lie in one another; each is the code written so far, None once its code is over."""

    def __init__(self) -> None:
        self._open: list[str | None] = []
        self._loose = ""
        self._in_code = False

    def read(self, text: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(text, True)
        for code in (self._loose, *self._open):
            self._judge(code)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = _local(name)
        if element in _ELEMENTS:
            raise NotAccepted(_ELEMENTS[element])
        for key, value in attributes.items():
            said, word = _local(key), value.strip().lower()
            if said == "instr":
                self._judge(value)
            elif said == "action" and word.startswith("ppaction://program"):
                raise NotAccepted("embedded")
            elif said == "action" and word.startswith("ppaction://macro"):
                raise NotAccepted("macros")
            elif said == "fldchartype" and element == "fldchar":
                self._turn(word)
        self._in_code = element in ("instrtext", "delinstrtext")

    def _turn(self, word: str) -> None:
        if word == "begin":
            if self._open and self._open[-1] is not None and not self._open[-1].strip():
                raise NotAccepted(
                    "embedded"
                )  # the first word itself is worked out: nobody writes that in earnest
            self._open.append("")
        elif self._open and word == "separate":
            self._judge(self._open[-1])
            self._open[-1] = None
        elif self._open and word == "end":
            self._judge(self._open.pop())

    def _end(self, _name: str) -> None:
        self._in_code = False

    def _text(self, text: str) -> None:
        if not self._in_code:
            return
        if not self._open:
            self._loose += text
        elif self._open[-1] is not None:
            self._open[-1] += text

    @staticmethod
    def _judge(code: str | None) -> None:
        first = (code or "").split(maxsplit=1)[:1]
        word = first[0].strip("\"'“”").upper() if first else ""
        if word in _STARTS:
            raise NotAccepted("embedded")
        if word in _FETCHES:
            raise NotAccepted("remote")

    @staticmethod
    def _refuse(*_declaration: object) -> None:
        raise NotAccepted("damaged")  # no office program writes a document type; bombs do


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
