"""Files of predictions of any engine: what is asked, what rows come of it, and how a later call goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from asking_help import SpokenEngine

from emos_io import Span
from emos_io.adapters import Message
from emos_io.corpus import Corpus
from emos_io.errors import CorpusError, InvalidArgument
from emos_io.evaluation import read_predictions
from emos_io.inference import AskOptions, PlanChoice, PlanKind, predict_model
from emos_io.pipes import WindowSample
from emos_io.plan import read_key
from emos_io.testing import tiny_corpus

JOY = '{"basic7": "Joy", "goemotions": ["joy", "pride"]}'
SIZE = (32, 32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("media"), fps=5)


def options(kind: PlanKind = "clips", **values: object) -> AskOptions:
    given = {name: values.pop(name) for name in ("length", "hop", "context") if name in values}
    base = AskOptions(plan=PlanChoice(kind=kind, **given), size=SIZE)  # type: ignore[arg-type]
    return replace(base, **values)  # type: ignore[arg-type]


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_clip_has_a_row_in_both_layers_and_the_last_has_the_answer(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    counts = predict_model(SpokenEngine(lambda _: JOY), corpus, out, options())
    header, *rows = lines_of(out)
    keys = sorted(clip.key for clip in corpus.clips)
    assert [(row["key"], row["layer"]) for row in rows] == [
        (key, layer) for key in keys for layer in ("basic7", "goemotions")
    ]
    assert [row.get("raw") for row in rows] == [None, JOY] * len(keys)
    assert {row.get("label") for row in rows[::2]} == {"Joy"}
    assert [row["labels"] for row in rows[1::2]] == [["joy", "pride"]] * len(keys)
    assert (counts.requests, counts.answered, counts.failed, counts.predictions) == (4, 4, 0, 8)
    named = header["header"]
    assert isinstance(named, dict)
    assert (named["engine"], named["model"], named["prompt"], named["layers"]) == (
        "spoken",
        "spoken",
        "clip-json-1",
        "basic7,goemotions",
    )
    assert "form" not in named
    # A file that is asked of is scored as it is.
    assert not [each for each in read_predictions(out).findings if each.severity == "fault"]


def test_the_question_has_what_is_spoken_in_the_language_of_the_item(corpus: Corpus, tmp_path: Path) -> None:
    engine = SpokenEngine(lambda _: JOY)
    predict_model(engine, corpus, tmp_path / "p.jsonl", options())
    for sample, messages in engine.asked:
        clip = corpus.clips[read_key(sample.key or "").item]
        assert [message.role for message in messages] == ["system", "user"]
        assert clip.text in messages[1].text
        in_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in messages[0].text)
        assert in_chinese == (clip.language == "zh")


def test_windows_have_rows_that_cover_a_monologue_once(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, out, options("windows", length=4, hop=3))
    rows = [row for row in read_predictions(out) if row.layer == "basic7"]
    for item in corpus.monologues:
        spans = [row.span for row in rows if row.key == item.key]
        assert spans[0] is not None
        assert spans[0] == Span(0, 4)
        assert [span.start for span in spans[1:] if span] == [span.end for span in spans[:-1] if span]
        assert spans[-1] is not None
        assert spans[-1].end == item.duration
        assert [row.available_at for row in rows if row.key == item.key] == [span.end for span in spans if span]
    assert read_predictions(out).header["form"] == "decisions"


def test_monologues_that_are_shorter_than_the_hop_have_one_window(corpus: Corpus, tmp_path: Path) -> None:
    # The monologues have 10 and 8 seconds.
    out = tmp_path / "p.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, out, options("windows", length=9, hop=9, layers=["basic7"]))
    spans: dict[str, list[Span | None]] = {row.key: [] for row in read_predictions(out)}
    for row in read_predictions(out):
        spans[row.key].append(row.span)
    assert sorted(spans.values(), key=len) == [[Span(0, 8)], [Span(0, 9), Span(9, 10)]]


def test_utterances_are_asked_as_they_are_labelled(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, out, options("utterances", layers=["basic7"]))
    rows = list(read_predictions(out))
    expected = {(item.key, each.span) for item in corpus.monologues for each in item.utterances}
    assert {(row.key, row.span) for row in rows} == expected
    assert all(row.available_at is None for row in rows)


SEGMENTS = '{"segments": [{"time": "0-4", "basic7": "Joy"}, {"time": "4-8", "basic7": "Fear"}]}'


def test_streams_have_a_row_a_segment(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    counts = predict_model(SpokenEngine(lambda _: SEGMENTS), corpus, out, options("streams", layers=["basic7"]))
    read = read_predictions(out)
    for item in corpus.monologues:
        own = [(row.span, row.label, row.raw is not None) for row in read if row.key == item.key]
        assert own == [(Span(0, 4), "Joy", False), (Span(4, 8), "Fear", True)]
    assert read.header["form"] == "segments"
    assert (counts.requests, counts.invalid, counts.unread) == (2, 0, 0)


def killed_after(number: int, answered: list[str]) -> SpokenEngine:
    def answer(sample: WindowSample) -> str:
        if len(answered) == number:
            raise KeyboardInterrupt
        answered.append(sample.key or "")
        return JOY

    return SpokenEngine(answer)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_no_request_of_the_file_is_asked_again(corpus: Corpus, tmp_path: Path, number: int) -> None:
    complete = tmp_path / "complete.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, complete, options())
    out, answered = tmp_path / "p.jsonl", list[str]()
    with pytest.raises(KeyboardInterrupt):
        predict_model(killed_after(number, answered), corpus, out, options())
    engine = SpokenEngine(lambda _: JOY)
    counts = predict_model(engine, corpus, out, options())
    assert not set(answered) & set(engine.keys)
    assert counts.answered == 4 - number
    assert out.read_bytes() == complete.read_bytes()


def test_a_request_that_was_cut_is_asked_again(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, out, options())
    complete = out.read_bytes()
    lines = complete.splitlines(keepends=True)
    # The row of Basic-7 is there in full, that of GoEmotions is not.
    out.write_bytes(b"".join(lines[:4]))
    engine = SpokenEngine(lambda _: JOY)
    counts = predict_model(engine, corpus, out, options())
    assert (counts.cut, counts.answered) == (1, 3)
    assert out.read_bytes() == complete


def test_failed_requests_are_asked_again_where_they_are_wanted_and_unread_answers_never(
    corpus: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "p.jsonl"
    first, second = sorted(clip.key for clip in corpus.clips)[:2]

    def answer(sample: WindowSample) -> str | None:
        item = read_key(sample.key or "").item
        return None if item == first else "prose" if item == second else JOY

    counts = predict_model(SpokenEngine(answer), corpus, out, options())
    assert (counts.failed, counts.answered, counts.unread) == (1, 3, 2)
    rows = [row for row in read_predictions(out) if row.key == first]
    assert [row.error for row in rows] == ["no answer: HTTP 400"] * 2
    assert [row.raw for row in rows] == [None, ""]
    assert [row.raw for row in read_predictions(out) if row.key == second] == [None, "prose"]
    again = SpokenEngine(lambda _: JOY)
    predict_model(again, corpus, out, options())
    assert again.keys == []
    counts = predict_model(again, corpus, out, options(retry_failed=True))
    assert [read_key(key or "").item for key in again.keys] == [first]
    assert (counts.retried, counts.answered) == (1, 1)


def test_another_question_is_another_file(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    predict_model(SpokenEngine(lambda _: JOY), corpus, out, options())
    with pytest.raises(CorpusError, match="another header, prompt 'clip-json-1' instead of 'clip-words-1'"):
        predict_model(SpokenEngine(lambda _: JOY), corpus, out, options(prompt="clip-words-1"))


def test_a_file_that_cannot_be_read_has_rows_that_say_so(corpus: Corpus, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mov"
    broken.write_bytes(b"no media")
    key = corpus.clips[0].key
    damaged = corpus.with_paths({key: str(broken)})
    out = tmp_path / "p.jsonl"
    counts = predict_model(SpokenEngine(lambda _: JOY), damaged, out, options())
    assert (counts.failed, counts.answered) == (1, 3)
    errors = [row.error for row in read_predictions(out) if row.key == key]
    assert len(errors) == 2
    assert all(error.startswith("no answer: ") for error in errors)


def samples_of(corpus: Corpus, out: Path, **values: object) -> Sequence[WindowSample]:
    engine = SpokenEngine(lambda _: JOY)
    predict_model(engine, corpus, out, options(**values))  # type: ignore[arg-type]
    return [sample for sample, _ in engine.asked]


def test_ablations_take_one_channel_and_leave_the_others(corpus: Corpus, tmp_path: Path) -> None:
    plain = samples_of(corpus, tmp_path / "all.jsonl")
    black = samples_of(corpus, tmp_path / "video.jsonl", ablate="video")
    silent = samples_of(corpus, tmp_path / "audio.jsonl", ablate="audio")
    for sample, without_video, without_audio in zip(plain, black, silent, strict=True):
        assert sample.frames is not None
        assert sample.waveform is not None
        assert sample.frames.any()
        assert sample.waveform.any()
        assert without_video.frames is not None
        assert not without_video.frames.any()
        assert without_video.frames.shape == sample.frames.shape
        np.testing.assert_array_equal(without_video.waveform, sample.waveform)
        assert without_audio.waveform is not None
        assert not without_audio.waveform.any()
        np.testing.assert_array_equal(without_audio.frames, sample.frames)


def test_without_text_the_question_has_no_transcript(corpus: Corpus, tmp_path: Path) -> None:
    engine = SpokenEngine(lambda _: JOY)
    predict_model(engine, corpus, tmp_path / "p.jsonl", options(ablate="text"))
    for sample, messages in engine.asked:
        clip = corpus.clips[read_key(sample.key or "").item]
        assert clip.text
        assert not any(clip.text in message.text for message in messages)
    assert read_predictions(tmp_path / "p.jsonl").header["ablate"] == "text"


def test_swapped_audio_is_that_of_a_speaker_with_another_label(corpus: Corpus, tmp_path: Path) -> None:
    speakers = [replace(clip, group={**clip.group, "speaker": clip.key}) for clip in corpus.clips]
    spoken = Corpus(speakers, corpus.monologues)
    plain = {sample.key: sample for sample in samples_of(spoken, tmp_path / "all.jsonl")}
    swapped = samples_of(spoken, tmp_path / "swap.jsonl", ablate="swap-audio", seed=3)
    label = {clip.key: clip.decision.label if clip.decision else None for clip in spoken.clips}
    for sample in swapped:
        own, key = plain[sample.key], read_key(sample.key or "").item
        np.testing.assert_array_equal(sample.frames, own.frames)
        assert sample.waveform is not None
        assert own.waveform is not None
        # The first quarter of a second is that of one donor from its beginning.
        size = 4000
        donors = [
            read_key(other or "").item
            for other, each in plain.items()
            if each.waveform is not None
            and other != sample.key
            and np.array_equal(each.waveform[:, :size], sample.waveform[:, :size])
        ]
        if label[key] is not None:
            assert any(label[donor] not in (None, label[key]) for donor in donors)
    with pytest.raises(InvalidArgument, match="must have a speaker for swap-audio"):
        samples_of(corpus, tmp_path / "none.jsonl", ablate="swap-audio")


def test_what_does_not_go_together_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    engine = SpokenEngine(lambda _: JOY)
    out = tmp_path / "p.jsonl"
    with pytest.raises(
        InvalidArgument, match=r"prompt must be one of the task 'stream' for streams, got 'clip-json-1'"
    ):
        predict_model(engine, corpus, out, options("streams", prompt="clip-json-1"))
    with pytest.raises(InvalidArgument, match="hop must be left out for clips"):
        options(hop=2)
    with pytest.raises(InvalidArgument, match="hop must be at most 4"):
        options("windows", length=4, hop=5)
    with pytest.raises(InvalidArgument, match="layers must be one or more, each once, got basic7, basic7"):
        predict_model(engine, corpus, out, options(layers=["basic7", "basic7"]))
    with pytest.raises(InvalidArgument, match="ablate must be video or text for a model that hears nothing"):
        predict_model(engine, corpus, out, options(ablate="audio"), audio=None)
    with pytest.raises(InvalidArgument, match="too_long must be 'refuse' for clips, got 'cut'; streams alone are cut"):
        predict_model(engine, corpus, out, options(too_long="cut"))
    with pytest.raises(InvalidArgument, match="max_tokens must be above 256, the tokens of an answer, got 200"):
        predict_model(engine, corpus, out, options(max_tokens=200))
    assert not out.exists()


def test_streams_with_too_many_tokens_are_refused_or_cut_by_the_rule(corpus: Corpus, tmp_path: Path) -> None:
    engine = SpokenEngine(lambda _: SEGMENTS)
    # A second has 25 tokens of audio and, of 56 x 56 pixels at 2 frames, 4 of video.
    limits = {"size": (56, 56), "layers": ["basic7"], "max_new_tokens": 16}
    with pytest.raises(InvalidArgument, match=r"windows must have at most .* got 2 of 2 windows .*or --too-long cut"):
        predict_model(engine, corpus, tmp_path / "p.jsonl", options("streams", max_tokens=500, **limits))
    assert engine.asked == []
    text = max(len("".join(m.text for m in messages).encode()) for _, messages in asked_texts(corpus, tmp_path, limits))
    # Of all texts that fit, chunks of 4 seconds are the longest that do: 5 s have 29 tokens more.
    budget = 16 + 64 + text + 4 * 29 + 20
    out = tmp_path / "cut.jsonl"
    predict_model(engine, corpus, out, options("streams", max_tokens=budget, too_long="cut", **limits))
    header = read_predictions(out).header
    assert header["too_long"] == "cut"
    chunk = Fraction(str(header["chunk_seconds"]))
    assert chunk.denominator == 1
    assert chunk >= 4
    for item in corpus.monologues:
        spans = [read_key(key or "").label_span for key in engine.keys if read_key(key or "").item == item.key]
        assert spans[0].start == 0
        assert spans[-1].end == item.duration
        assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
        assert all(span.duration <= chunk for span in spans)
        assert len({span.duration for span in spans[:-1]}) <= 1
    before = list(engine.asked)
    predict_model(engine, corpus, out, options("streams", max_tokens=budget, too_long="cut", **limits))
    assert len(engine.asked) == len(before)


def asked_texts(
    corpus: Corpus, folder: Path, limits: dict[str, object]
) -> list[tuple[WindowSample, Sequence[Message]]]:
    engine = SpokenEngine(lambda _: SEGMENTS)
    predict_model(engine, corpus, folder / "texts.jsonl", options("streams", **limits))
    return list(engine.asked)


def test_the_truth_does_not_decide_where_streams_are_cut(corpus: Corpus, tmp_path: Path) -> None:
    bare = Corpus([], [replace(item, utterances=(), votes=(), decisions=()) for item in corpus.monologues])
    keys = []
    for number, each in enumerate((corpus, bare)):
        engine = SpokenEngine(lambda _: SEGMENTS)
        predict_model(
            engine,
            each,
            tmp_path / f"{number}.jsonl",
            options("streams", layers=["basic7"], max_tokens=1900, too_long="cut", max_new_tokens=16),
        )
        keys.append(engine.keys)
    assert keys[0] == keys[1]
