"""Every error text and every finding code stands in docs/, and error texts keep to one grammar."""

from __future__ import annotations

import ast
import builtins
import functools
import io
import re
import sys
import tokenize
from collections import Counter
from pathlib import Path

import pytest

from emos_io import errors, synthesize

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import catalogue  # noqa: E402 - a script, not a package
from catalogue import collect, core  # noqa: E402
from python_texts import MAKERS, USAGE, ErrorText, Module  # noqa: E402
from rust_texts import STRING_ERRORS, RustFile, blanked, passed_kinds  # noqa: E402

FALSEHOODS = re.compile(r"\b(was|were) (given|asked for)\b|; it is\b")
"""``fps 0 was given; it is above zero`` states what is not so."""
ARGUMENT = re.compile(r"\bmust\b.*, got .*; ")
"""A wrong argument: what is allowed, what came, and what to do."""
NEXT_STEP = re.compile(r"; |\{error\}")
"""A text says what to do, or wraps another that does."""
PYTHON_TEXTS, RUST_TEXTS = pytest.approx(1200, abs=50), pytest.approx(61, abs=6)
"""How many there are: a few come and go with a change; a reader that stops in the middle of a text loses more at once."""

UNREAD = {
    "emos_io.cli.baseline: click.UsageError(str(error))": "the text about an extra that is not installed",
    "emos_io.cli.show_model: click.UsageError(str(error))": "the text about an extra that is not installed",
    "emos_io.cli.eval: click.UsageError(str(error))": "the text about an extra that is not installed",
    "emos_io.cli.train: click.UsageError(str(error))": "the text about an extra that is not installed",
    "emos_io.cli.predict: click.UsageError(str(error))": "the text about an extra that is not installed",
    "emos_io.train.damage: SourceUnreadable(text.replace(_OF_FILES, advice), path=error.path, span=error.span, "
    "index=error.index, key=error.key)": "the text about damage, with advice for who has a recipe",
    "emos_io.train.recipe: InvalidArgument(': '.join((str(error), quoted(file))), path=str(file))": (
        "a text about a recipe, with its file"
    ),
    "emos_io.train.recipe_sections: InvalidArgument('.'.join(('model', str(error))))": (
        "a text about an option of the model, with its section"
    ),
    "emos_io.evaluation.trackers.tensorboard: SourceUnreadable(text, path=str(self._folder))": (
        "the text of a folder that cannot be written"
    ),
    "emos_io.inference.layers: InvalidArgument(str(error).replace('taxonomy must', 'layers must', 1))": (
        "the text about a taxonomy that is not there, with the name of the argument"
    ),
    "emos_io.cli.corpora: CorpusError(str(finding))": "the text of a finding of a saved corpus",
    "emos_io.cli.own_data: click.UsageError(_with_flag(str(error)))": "the text of an argument, with the name of its option",
    "emos_io.corpus.findings: CorpusError(str(finding))": "the text of a finding; docs/findings.md lists them",
    "emos_io.corpus.taxonomy_files: InvalidArgument(': '.join((str(error), quoted(path))), path=str(path))": (
        "a text about a taxonomy, with its file"
    ),
    "emos_io.evaluation.prediction_files: CorpusError(str(finding))": "the text of a finding",
    "emos_io.evaluation.score: CorpusError(str(finding))": "the text of a finding",
    "emos_io.corpus.workbooks: CorpusError(str(error))": "the text of python-calamine; it becomes a finding",
    "emos-media/src/video/mod: Error::new(ErrorKind::InvalidArgument, what": "passes on a text of video/geometry.rs",
    "emos-py/src/convert: invalid(py, &what": "passes on a text of video/geometry.rs",
}
"""Calls that make an error whose text is not in the code, each with the reason."""

_NO_VALUE = "there is no value to name"
_CORE = "Python checks it first, so that no caller sees it"
OTHER_GRAMMAR = {
    "a file object must be read in the process that opened it, since": _NO_VALUE,
    "out must be writable and C-contiguous; make": _NO_VALUE,
    "source must be contiguous memory; pass": _NO_VALUE,
    "the reader must be open; open": _NO_VALUE,
    "times must fit in 64-bit fractions; round": "the value has more digits than a line",
    "{reason}; correct the prediction of": "the reason is the rule of files of predictions too",
    "{where}: {what}; {fix}; reporter must": "the finding comes first, since it is what is wrong",
    "denominator must be above 0, got": _CORE,
    "end must be above start, got": _CORE,
    "source kind must be path, bytes or file, got": _CORE,
}
"""Beginnings of texts of wrong arguments that leave out a part of the grammar, each with the reason."""


@functools.cache
def arguments() -> set[str]:
    """The classes of errors that say that an argument is wrong."""
    return {
        name
        for name in catalogue.error_classes()
        if issubclass(getattr(errors, name, None) or getattr(synthesize, name), errors.InvalidArgument)
    }


def test_the_texts_of_both_languages_are_found() -> None:
    texts = collect()
    python = [text for text in texts if text.where.startswith("emos_io.")]
    assert len(python) == PYTHON_TEXTS
    assert len(texts) - len(python) == RUST_TEXTS
    assert {text.where.split("/")[0] for text in texts if text not in python} == {"emos-media", "emos-py"}


def test_the_text_of_every_error_is_read() -> None:
    assert {code for code, texts in catalogue.errors() if texts is None} == set(UNREAD)


def python_calls(source: str) -> int:
    """How many calls of an error class or of a maker the words of Python source hold."""
    names = set(catalogue.error_classes()) | USAGE
    words = [each.string for each in tokenize.generate_tokens(io.StringIO(source).readline)]
    return sum(
        after == "(" and ((name in names and before != "class") or (name in MAKERS and before == "."))
        for before, name, after in zip(words, words[1:], words[2:], strict=False)
    )


def rust_calls(source: str) -> int:
    """How many calls that make an error the words of Rust source hold."""
    code = blanked(source.split("#[cfg(test)]")[0], strings=True)
    return len(re.findall(r"(?<!fn )\b(?:Error::(?:new|build)|invalid)\((?!\))", code))


def test_no_call_that_makes_an_error_is_passed_over() -> None:
    found = Counter(code.split(":")[0] for code, _ in catalogue.errors())
    counted = Counter({module.where: python_calls(ast.unparse(module.tree)) for module in catalogue.modules()})
    for path in (path for folder in catalogue.CORE for path in folder.rglob("*.rs")):
        counted[str(path.relative_to(ROOT / "rust").with_suffix(""))] = rust_calls(path.read_text())
    # Two calls pass on the text of their callers, and two functions return a text as their error.
    counted.subtract(["emos_io.formats.source", "emos-media/src/error"])
    counted.update(dict.fromkeys(STRING_ERRORS, 2))
    assert found == +counted


def test_texts_that_rust_returns_as_errors_are_known() -> None:
    # Those of an index become a warning of the file.
    assert {file.where for file in core() if file.returns_texts()} == {*STRING_ERRORS, "emos-media/src/index/tables"}


@pytest.mark.parametrize("page", ["errors", "findings"])
def test_the_pages_say_what_the_code_says(
    page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["catalogue.py", "--check"])
    catalogue.main()
    printed = capsys.readouterr()
    assert not printed.err
    assert f"docs/{page}.md" not in printed.out, f"run make docs: {printed.out}"


def test_the_page_names_the_builtin_exceptions_that_are_raised() -> None:
    named = set(re.findall(r"^- `(\w+)`", catalogue.ERRORS_HEAD, re.MULTILINE)) | {"KeyboardInterrupt"}
    raised = set()
    for module in catalogue.modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                raised |= {node.exc.func.id} & vars(builtins).keys()
    # An assertion is no error of a caller.
    assert raised - named <= {"AssertionError"}


def breach_of(text: ErrorText) -> str | None:
    """What a text does against the grammar; None where it keeps to it."""
    found = [
        ("it has lines", "\n" in text.text),
        ("it states what is not so", FALSEHOODS.search(text.text)),
        ("it ends with a full stop", text.text.endswith(".")),
        (
            "it begins with a capital letter",
            re.match(r"[A-Z][a-z]+ (?!must)", text.text) and not text.text.startswith(("FFmpeg ", "Media")),
        ),
    ]
    if text.error in arguments():
        says_must = re.search(r"\bmust\b", text.text) or text.text.startswith("{reason}; ")
        in_order = ARGUMENT.search(text.text) or text.text.startswith(tuple(OTHER_GRAMMAR))
        found += [("it does not say must", not says_must), ("parts of a wrong argument are absent", not in_order)]
    elif text.error not in USAGE:
        found.append(("it has no next step", not NEXT_STEP.search(text.text)))
    return next((what for what, is_so in found if is_so), None)


def test_every_text_keeps_to_the_grammar() -> None:
    """All in one test: they are read once, in one process of those that share the tests."""
    assert [(breach, text) for text in collect() if (breach := breach_of(text))] == []


@pytest.mark.parametrize(
    ("error", "text", "breach"),
    [
        ("InvalidArgument", "fps must be above 0, got 0; give 25", None),
        ("InvalidArgument", "fps above 0, got 0; give 25", "it does not say must"),
        ("InvalidArgument", "fps must be above 0", "parts of a wrong argument are absent"),
        ("CorpusError", "there is no corpus; make one", None),
        ("CorpusError", "there is no corpus", "it has no next step"),
        ("CorpusError", "there is no corpus;\nmake one", "it has lines"),
        ("CorpusError", "there is no corpus; make one.", "it ends with a full stop"),
        ("CorpusError", "There is no corpus; make one", "it begins with a capital letter"),
        ("CorpusError", "fps 0 was given; it is above zero", "it states what is not so"),
    ],
)
def test_breaches_of_the_grammar_are_seen(error: str, text: str, breach: str | None) -> None:
    assert breach_of(ErrorText(error=error, text=text, where="x")) == breach


def test_every_exception_from_the_grammar_is_needed() -> None:
    own = [text.text for text in collect() if text.error in arguments() and not ARGUMENT.search(text.text)]
    assert [start for start in OTHER_GRAMMAR if not any(text.startswith(start) for text in own)] == []


def texts_of(source: str, makers: str = "") -> list[str] | None:
    """The texts of the errors in the body of a function; None where one is not read."""
    body = "".join(f"    {line}\n" for line in source.strip("\n").splitlines())
    module = Module(f"{makers}\nWHOLE = 'of the module'\ndef f(self, given, kind='k'):\n{body}", "here")
    made = module.makers({"E"})
    found = [texts for _, texts in module.errors({"E"}, made)]
    return None if None in found else [text.text for texts in found for text in texts or []]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("what = 'a'\nif given:\n    raise E(f'{what}; x')\nwhat = 'b'\nraise E(f'{what}; x')", ["a; x", "b; x"]),
        ("what: str = 'a'\nraise E(what)", ["a"]),
        ("what, fix = 'a', f'b {given}'\nraise E(f'{what}; {fix}')", ["a; b {given}"]),
        ("text = 'a'\ntext = f'{text} b'\nraise E(text)", ["a b"]),
        ("if given:\n    what = 'a'\nelse:\n    what = 'b'\nraise E(what)", ["a", "b"]),
        ("what = 'a'\nif given:\n    what = 'b'\nraise E(f'{what}; x')", ["b | a; x"]),
        ("what = 'a'\nif given:\n    what = 'b'\n    raise E(what)\nraise E(what)", ["b", "a"]),
        ("try:\n    what = 'a'\nexcept OSError:\n    what = 'b'\nraise E(what)", ["a", "b"]),
        ("raise E('a' if given else f'b {kind!r}')", ["a", "b {kind}"]),
        ("raise E(f\"x {'a' if given else 'b'}\")", ["x a | b"]),
        ("raise E('a, ' + given)", ["a, {...}"]),
        ("raise E(f'{given}, {kind.name}, {len(given)}')", ["{given}, {kind.name}, {...}"]),
        ("raise E(WHOLE)", ["of the module"]),
        ("raise UsageError(message='a')", ["a"]),
        ("raise click.ClickException('a')", ["a"]),
        ("for given in 'ab':\n    raise E(f'{given}')", ["{given}"]),
        ("what = 'a'\nfor what in given:\n    raise E(f'{what}')", ["{what}"]),
        ("if (what := 'a'):\n    raise E(what)", ["a"]),
        ("def g():\n    return 'a' if given else 'b'\nraise E(g())", ["a", "b"]),
        ("what = 'a'\nasync def g():\n    what = 'b'\n    raise E(what)\nraise E(what)", ["a", "b"]),
        ("try:\n    f()\nexcept E as error:\n    raise UsageError(str(error)) from error", []),
        ("try:\n    f()\nexcept OSError as error:\n    raise E(str(error)) from error", None),
        ("raise E(given)", None),
        ("raise E()", None),
    ],
)
def test_a_text_is_the_one_at_its_call(source: str, texts: list[str] | None) -> None:
    found = texts_of(source)
    assert (None if found is None else sorted(found)) == (None if texts is None else sorted(texts))


def test_a_method_that_makes_an_error_takes_the_texts_of_its_callers() -> None:
    makers = "class C:\n    def unreadable(self, what, fix):\n        return E(f'{what}; {fix}: {quoted(self.path)}')"
    source = "what = f'a {given}'\nraise self.unreadable(what, 'b')\nraise given.unreadable(what='c', fix=kind)"
    assert texts_of(source, makers) == ["a {given}; b: {...}", "c; {fix}: {...}"]


def test_a_subclass_of_an_error_is_an_error() -> None:
    module = Module('class A(E):\n    """First.\n\n    More."""\nclass B(A):\n    """Second."""\nclass C: ...', "here")
    assert module.classes({"E"}) == {"A": "First.", "B": "Second."}


def rust_texts_of(source: str, where: str = "here") -> list[tuple[str, str]] | None:
    found = [texts for _, texts in RustFile(source, where, ["DecodeError", "TooLarge"]).errors()]
    return None if None in found else [(text.error, text.text) for texts in found for text in texts or []]


def test_rust_texts_are_those_at_their_calls() -> None:
    source = r"""
fn one() -> Result<()> {
    let what = match index {
        Some(i) => { let t = format!(" at {t}"); format!("frame {i}{t} is \"bad\"; open it") } // '"'
        None => "a frame is bad; open it".to_owned(),
    };
    if letter == '"' { return Err(Error::new(ErrorKind::DecodeError, what, name)); }
    let what = "it is \
                gone; look";
    Err(Error::new(ErrorKind::SourceChanged, what, name))
}
fn two(py: Python) { invalid(py, "short") }
#[cfg(test)]
mod tests { fn t() { Error::new(ErrorKind::TooLarge, "no text of a caller; none", name); } }
"""
    assert rust_texts_of(source) == [
        ("DecodeError", 'frame {i}{t} is "bad"; open it'),
        ("DecodeError", "a frame is bad; open it"),
        ("SourceChanged", "it is gone; look"),
        ("InvalidArgument", "short"),
    ]
    assert rust_texts_of("fn f(what: &str) { Error::new(ErrorKind::TooLarge, what, name) }") is None
    passed = 'let what = "a; b";\nx.map_err(|what| Error::new(ErrorKind::TooLarge, what, name))'
    assert rust_texts_of(f"fn f() {{ {passed} }}") is None


def test_rust_texts_of_many_kinds_are_each_of_their_own() -> None:
    source = """
fn ffmpeg(kind: ErrorKind) -> Self {
    let kind = match x { _ if io.is_some() => ErrorKind::SourceUnreadable, _ => kind };
    let what = match &io { Some(io) => format!("{io}; check it"), None => format!("{error}; {}", step(kind)) };
    Error::build(kind, what, name, logged, io)
}
fn step(kind: ErrorKind) -> &'static str { match kind { ErrorKind::TooLarge => "ask for less", _ => "look" } }
"""
    assert rust_texts_of(source) == [
        ("SourceUnreadable", "{io}; check it"),
        ("TooLarge", "{error}; ask for less"),
        ("DecodeError", "{error}; look"),
    ]
    assert passed_kinds(["Error::ffmpeg(error, ErrorKind::B, name)", "Error::ffmpeg(e, ErrorKind::A, n)"]) == ["A", "B"]


def test_rust_texts_that_functions_return_are_of_the_error_that_callers_make() -> None:
    source = 'fn new(a: u8) -> Result<Self, String> { Err(format!("size must be 1, got {a}; choose 1")) }'
    (where,) = STRING_ERRORS
    assert rust_texts_of(source, where) == [("InvalidArgument", "size must be 1, got {a}; choose 1")]
    assert rust_texts_of(source) == []


def test_blanks_keep_lines_and_strings() -> None:
    source = 'let a: &\'a str = "// \\"x\\""; /* " \n */ let b = \'"\'; // \'c\'\nlet d = r#"""#;'
    kept, empty = blanked(source, strings=False), blanked(source, strings=True)
    assert len(kept) == len(empty) == len(source) and kept.count("\n") == empty.count("\n") == 2
    assert re.findall(r'"[^;]*', kept) == ['"// \\"x\\""', '"""#']
    assert '"' not in empty and "let b" in empty and "'a str" in empty
