"""Texts of the errors that Rust source makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from python_texts import ErrorText

STRING_ERRORS = {"emos-media/src/video/geometry": "InvalidArgument"}
"""Files whose functions return texts as errors (``Result<_, String>``), and the error that their callers make of them."""

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<text>b?r(?P<hashes>\#*)".*?"(?P=hashes) | b?"(?:\\.|[^"\\])*")
      | (?P<letter>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^\\'\n])')""",
    re.DOTALL | re.VERBOSE,
)
_STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_ERROR = re.compile(r"(?<!fn )\b(?:Error::(?:new|build)\(\s*(?:ErrorKind::(\w+)|kind),|invalid\(\s*py,)")
_RETURNS_TEXT = re.compile(r"\bfn\s+\w+[^{;]*->\s*(?:\w+::)*Result<[^{;]*,\s*String>\s*\{")
_ARM = re.compile(r"(?:ErrorKind::(\w+)|_)\s*=>\s*[^,]*?\"((?:\\.|[^\"\\])*)\"")


def blanked(source: str, *, strings: bool) -> str:
    """Return Rust source with spaces for comments and character literals, and for strings if asked; lines stay."""

    def blank(found: re.Match[str]) -> str:
        keep = found["text"] is not None and not strings
        return found.group() if keep else re.sub(r"[^\n]", " ", found.group())

    return _TOKEN.sub(blank, source)


class RustFile:
    """The errors of one file of the core.

    Args:
        source: The code.
        where: Its path without the suffix.
        kinds: Kinds that callers pass on to `Error::ffmpeg`.
    """

    def __init__(self, source: str, where: str, kinds: list[str]) -> None:
        own = source.split("#[cfg(test)]")[0]
        self.where, self._kinds = where, kinds
        self._code, self._flat = blanked(own, strings=False), blanked(own, strings=True)

    def errors(self) -> Iterator[tuple[str, list[ErrorText] | None]]:
        """Yield each call that makes an error with its texts, or with None where they cannot be read."""
        for found in _ERROR.finditer(self._flat):
            start, end = found.end(), self._end(found.end(), ",;")
            argument = self._code[start:end].strip()
            text = self._code[found.start() : end].strip()
            # `Error::new` itself passes on the text and the kind of its caller.
            if found[1] is None and "Error::build" in found.group() and self._let("what", start) is None:
                continue
            if re.fullmatch(r"&?\w+", argument):
                argument = self._let(argument.lstrip("&"), found.start()) or ""
            if "kind" in found.group() and found[1] is None:
                yield text, list(self._by_kind(argument, self._let("kind", start) or ""))
            else:
                texts = [ErrorText(found[1] or "InvalidArgument", each, self.where) for each in _sentences(argument)]
                yield text, texts or None
        if self.where in STRING_ERRORS:
            for found in _RETURNS_TEXT.finditer(self._flat):
                body = self._code[found.end() : self._end(found.end(), "")]
                texts = [ErrorText(STRING_ERRORS[self.where], each, self.where) for each in _sentences(body)]
                yield found.group(), texts or None

    def returns_texts(self) -> bool:
        """Whether a function returns a text as its error."""
        return _RETURNS_TEXT.search(self._flat) is not None

    def _by_kind(self, what: str, kind: str) -> Iterator[ErrorText]:
        """Texts of an error whose kind a `match` chooses: each arm names its kind, or has the one that is left."""
        named = re.findall(r"ErrorKind::(\w+)\s*=>", what)
        left = [each for each in re.findall(r"=>\s*ErrorKind::(\w+)", kind) if each not in named]
        for arm in re.finditer(r'(?:ErrorKind::(\w+)|\w+(?:\(\w+\))?)\s*=>\s*(?:format!\()?"((?:\\.|[^"\\])*)"', what):
            called = re.match(r",\s*(\w+)\(kind\)", what[arm.end() :])
            if called is None:
                yield ErrorText(arm[1] or left[0], _plain(arm[2]), self.where)
                continue
            start = self._code.index("{", self._code.index(f"fn {called[1]}(")) + 1
            steps = _ARM.findall(self._code[start : self._end(start, "")])
            others = sorted(set(self._kinds) - {each for each, _ in steps})
            for own, step in steps:
                for each in [own] if own else others:
                    yield ErrorText(each, _plain(arm[2]).replace("{}", step), self.where)

    def _let(self, name: str, before: int) -> str | None:
        """The value of the nearest ``let`` of a name in the same function; None for a parameter."""
        starts = [found.end() for found in re.finditer(rf"\blet {name}\b[^=;]*=(?!=)", self._flat[:before])]
        last = max((found.start() for found in re.finditer(rf"\bfn \w+|\|{name}\|", self._flat[:before])), default=0)
        return self._code[starts[-1] : self._end(starts[-1], ";")] if starts and starts[-1] > last else None

    def _end(self, start: int, stops: str) -> int:
        """Where the expression that begins at a position ends."""
        depth = 0
        for position in range(start, len(self._flat)):
            letter = self._flat[position]
            if letter in "([{":
                depth += 1
            elif letter in ")]}":
                if depth == 0:
                    return position
                depth -= 1
            elif depth == 0 and letter in stops:
                return position
        return len(self._flat)


def passed_kinds(sources: list[str]) -> list[str]:
    """Return the kinds with which the core makes errors of FFmpeg's."""
    return sorted({kind for each in sources for kind in re.findall(r"Error::ffmpeg\(\w+, ErrorKind::(\w+)", each)})


def _sentences(code: str) -> list[str]:
    texts = [_plain(text) for text in _STRING.findall(code)]
    if _STRING.fullmatch(code.strip()):
        return texts
    return [text for text in texts if "; " in text or " must " in text or len(text.split()) > 4]


def _plain(text: str) -> str:
    return re.sub(r"\\\n\s*", "", text).replace('\\"', '"')
