"""Texts of corpora, files and headers that would run, break or fill a page: they are displayed, and never run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from browser_help import PHONE, OpenPage, assert_layout
from report_cases import DRAWS, run_report
from show_help import show_window

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Sentence, Taxonomy, Utterance
from emos_io.evaluation import Prediction, write_predictions
from oracle import clips

pytestmark = pytest.mark.command

SCRIPT = "<script>window.hacked = 1; alert(1)</script>"
TEXTS = {
    "script": SCRIPT,
    "end of a script": f"</script></title></style></textarea>{SCRIPT}<!--",
    "element": '<img class="hostile" src="hostile.png" onerror="alert(2)"><svg class=hostile onload=alert(3)>',
    "quotes": """'"`> onmouseover="alert(4)" class="hostile" autofocus onfocus=alert(5) x='""",
    "link": "javascript:alert(6)//data:text/html,<b class=hostile>",
    "template": "{{ 7 * 7 }}{% raw %}${7 * 7}&lt;b class=hostile&gt;&#60;",
    "right to left": "\u202eshalom \u05e9\u05dc\u05d5\u05dd \u2067abc",
    "controls": "a\tb\u0085c\u2028d\u2029e\u200bf\ufefff",
    "long": "unbroken" * 1_250,
    "long, Chinese": "没有空格的长句" * 1_428,
}
LABELS = (
    "<script>alert(8)</script>",
    "</script><img class=hostile src=x onerror=alert(9)>",
    "\" onmouseover='alert(10)' class=hostile",
    "\u05e9\u05dc\u05d5\u05dd shalom",
    "a label without any break in it_" * 3,
    "没有空格的标签" * 10,
    "__proto__",
    "constructor",
)
"""Labels of a layer: they have no separators, and stand in rows, columns and bars."""
RUNS_WHAT_IT_SHOULD_NOT = """() => {
  const made = [...document.querySelectorAll(".hostile, [onerror], [onload], [onfocus], [onmouseover], [autofocus]")];
  const scripts = [...document.scripts].filter((script) => script.type !== "application/json");
  return { hacked: window.hacked ?? null, made: made.map((each) => each.outerHTML.slice(0, 99)), scripts: scripts.length,
    links: [...document.querySelectorAll("a[href], [src]")].map((each) => each.href || each.src).filter(
      (href) => !/^(file|data|blob):/.test(href)) };
}"""
CLEAN: dict[str, object] = {"hacked": None, "made": [], "scripts": 1, "links": []}
OPEN_TO_ITS_SURROUNDINGS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    if (!/[\\u202a-\\u202e\\u2066-\\u2069]/.test(node.data)) continue;
    if (owner.closest("script, style, title, option, svg, code, [data-metric*='field=why']")) continue;
    let around = owner;
    while (!/isolate|plaintext/.test(getComputedStyle(around).unicodeBidi)) around = around.parentElement;
    const isolated = around.textContent.trim() === node.data.trim();
    if (!isolated) found.push(owner.outerHTML.slice(0, 120));
  }
  return found;
}"""
"""Texts that could turn the order of letters around what stands beside them. Commands, which are copied, and sentences of emos
score are left as they are.
"""


def items(folder: Path) -> tuple[Corpus, list[Prediction]]:
    """A corpus whose keys, titles, texts and labels are hostile, and answers about it that are, too."""
    moods = Taxonomy("moods", SCRIPT, SCRIPT, LABELS)
    media = folder / "media \"'><b class=hostile>#%?.mp4"
    media.symlink_to(clips.make(VIDEO, ".mp4"))
    monologues = []
    rows = []
    found = []
    for number, (name, text) in enumerate(TEXTS.items()):
        label, other = LABELS[number % len(LABELS)], LABELS[(number + 1) % len(LABELS)]
        key = f"c/{name}/{text}"
        decision = Decision(item=key, layer="moods", labels=(label,), scores={label: 0.75}, confidence=0.75)
        found.append(Clip(key=key, source=text[:99], language=text[:20], text=text, decisions={"moods": decision}))
        given, error = (None, text) if number % 3 == 0 else (other, "")
        confidence = None if error else 0.9
        rows.append(Prediction(key=key, layer="moods", label=given, error=error, confidence=confidence, raw=text))
        if number % 3:
            continue
        sentences = tuple(
            Sentence(index=index + 1, span=Span(index, index + 1), text=each)
            for index, each in enumerate(TEXTS.values())
        )
        utterances = tuple(
            Utterance(index=index, span=Span(4 * index, 4 * index + 4), labels={"moods": (each,)}, raw_primary=text)
            for index, each in enumerate((label, other))
        )
        monologue = Monologue(
            key=f"s/{name}/{text}", name=text, title=text, language=text[:20], duration=Fraction(10),
            sentences=sentences, utterances=utterances, path=str(media) if number == 0 else None,
        )  # fmt: skip
        monologues.append(monologue)
        rows += list(halves(monologue, other))
    return Corpus(found, monologues, taxonomies=[moods]), rows


def halves(monologue: Monologue, label: str) -> Iterator[Prediction]:
    """An answer each half second, which is the truth or another label."""
    for index in range(20):
        span = Span(Fraction(index, 2), Fraction(index + 1, 2))
        given = label if index % 5 else LABELS[0]
        yield Prediction(
            key=monologue.key, layer="moods", span=span, label=given, confidence=0.5, available_at=span.end
        )


VIDEO = [
    *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=10"),
    *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=10"),
    *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of hostile files."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus, rows = items(folder)
    corpus.save(folder / "corpus")
    runs = [
        folder / f"{name}.jsonl" for name in ("<img class=hostile src=x onerror=alert(7)>", "'\"><b class=hostile>")
    ]
    for path in runs:
        header = {"model": SCRIPT, "run": TEXTS["long"], "prompt": TEXTS["right to left"], "form": "decisions"}
        write_predictions(path, rows, header=header)
    page = folder / "a \"#%?' b.html"
    words = ["--corpus", folder / "corpus", "--title", SCRIPT, "--out", page, "--draws", DRAWS]
    assert run_report(*runs, *words) in (0, 1)
    return page


def test_hostile_texts_never_run(open_page: Callable[..., OpenPage], hostile: Path) -> None:
    page = open_page(hostile, PHONE, ready=True)
    page.unfold()
    assert page.tab.evaluate(RUNS_WHAT_IT_SHOULD_NOT) == CLEAN
    assert page.tab.locator("h1").inner_text() == SCRIPT
    assert page.tab.title() == SCRIPT
    # Each text that fits is there as it was written.
    text = page.tab.locator("body").evaluate("(body) => body.textContent")
    for name in ("script", "end of a script", "element", "quotes", "link", "template", "right to left"):
        assert TEXTS[name] in text, name
    assert page.tab.evaluate(OPEN_TO_ITS_SURROUNDINGS) == []
    # The file of a hostile name is found, and plays.
    page.tab.wait_for_function("() => document.querySelector('video').readyState >= 1")
    assert page.tab.locator("video").first.evaluate("(video) => video.duration") == pytest.approx(10, abs=0.1)


def test_hostile_texts_stay_in_their_boxes(open_page: Callable[..., OpenPage], hostile: Path) -> None:
    page = open_page(hostile, PHONE, ready=True)
    page.unfold()
    assert_layout(page, PHONE)


def test_hostile_texts_never_run_on_the_page_of_a_window(
    open_page: Callable[..., OpenPage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, _ = items(tmp_path)
    corpus.save(tmp_path / "corpus")
    name, text = next(iter(TEXTS.items()))
    key = f"s/{name}/{text}@0-9"
    result, _ = show_window(
        capsys, key, tmp_path / "corpus", "--labels", "moods", "--out", tmp_path / "a.html", "--around", 0
    )
    page = open_page(Path(result["out"]), PHONE)
    assert page.tab.evaluate(RUNS_WHAT_IT_SHOULD_NOT) == CLEAN
    assert page.tab.locator("h1").inner_text() == key
    assert page.tab.evaluate(OPEN_TO_ITS_SURROUNDINGS) == []
    assert_layout(page, PHONE)
