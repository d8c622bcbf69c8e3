"""``emos show --processor``: what is on the page is read back from the inputs of the model, and right in pixels and seconds."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from show_help import Element, Page, data_of, film, frame_of, refused, run, saved, show_window

from emos_io import Media, Span
from emos_io.adapters import versions
from emos_io.adapters.family import Family
from emos_io.cli import app, show_model
from emos_io.cli.model_options import MissingAudio, MissingFrames, OddFrames
from emos_io.errors import InvalidArgument, quoted
from oracle import clips

# Those of transformers about itself.
pytestmark = [pytest.mark.usefixtures("here"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]

TITLE = "What the model saw"
SIZE = ("--size", "64,448", "--pixels", "3136,50176", "--around", 0)
"""Frames whose width is a multiple of 64, the bars of a counting clip, for all families, and not many pixels."""
TIMES = {
    "qwen2_5_omni": [
        ("video", "3/2", "7/2"), ("audio", "3/2", "7/2"), ("video", "7/2", "11/2"), ("audio", "7/2", "11/2"),
    ],
    "qwen3_omni": [
        ("video", "3/2", "5/2"), ("audio", "3/2", "5/2"), ("video", "5/2", "7/2"), ("audio", "5/2", "7/2"),
        ("video", "7/2", "9/2"), ("audio", "7/2", "9/2"), ("video", "9/2", "11/2"), ("audio", "9/2", "11/2"),
    ],
    "qwen2_5_vl": [("video", "3/2", "11/2")],
}  # fmt: skip
"""Of a window from 1.5 to 5.5 s at 2 frames a second: chunks of 2 s, pairs of frames, all at once."""
AUDIO_TOKENS = {"qwen2_5_omni": 25, "qwen3_omni": 13, "qwen2_5_vl": 0}
"""A second."""
FAMILIES = tuple(TIMES)

Folders = Mapping[str, Path]


@pytest.fixture(scope="module")
def counted() -> Path:
    """Ten seconds at 25 frames and 16,000 samples a second."""
    return clips.counting_clip(seconds=10, rate=16_000)


@pytest.fixture(scope="module")
def corpus(counted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A monologue of ten seconds: Joy to 3, nothing to 4, Sadness to 9."""
    return saved(tmp_path_factory.mktemp("corpus"), film(path=counted))


@pytest.fixture(scope="module")
def mute(counted: Path) -> Path:
    """The counting clip without its audio."""
    return clips.make(["-i", str(counted), "-an", "-c", "copy"], ".mov")


def figures_of(page: Page) -> list[Element]:
    return page.section(TITLE).find("figure")


def model_and_page(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[dict[str, Any], Page]:
    result, page = show_window(capsys, *words)
    model: dict[str, Any] = result["model"]
    return model, page


@pytest.mark.parametrize("family", FAMILIES)
def test_the_model_sees_hears_and_learns_the_window(
    family: str, processors: Folders, corpus: Path, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, page = model_and_page(capsys, "a@3/2-11/2", corpus, "--processor", processors[family], *SIZE)
    # Pixels.
    frames = np.stack([frame_of(figure) for figure in figures_of(page)])
    assert clips.frame_numbers(frames) == [int((1.5 + n / 2) * 25) for n in range(8)]
    assert model["size"] == list(frames.shape[1:3])
    assert model["frame_times"] == ["3/2", "2/1", "5/2", "3/1", "7/2", "4/1", "9/2", "5/1"]
    # Samples: those of the file, all of the window.
    with Media(counted) as media:
        audio = media.window(Span("3/2", "11/2"), fps=None, sample_rate=16_000, num_channels=1).audio
    assert audio is not None
    if AUDIO_TOKENS[family]:
        heard = data_of(page.section(TITLE).one("audio").attributes["src"], "audio/wav")
        steps = np.clip(np.rint(audio.data[0].astype(np.float64) * 32_768), -32_768, 32_767)
        assert np.array_equal(np.frombuffer(heard[44:], "<i2"), steps)
        assert (model["heard"], model["samples"], model["features"]) == (["3/2", "11/2"], 64_000, [128, 400])
    else:
        assert model["heard"] is model["samples"] is model["features"] is None
        assert page.section(TITLE).find("audio") == []
    # Tokens.
    tokens = model["tokens"]
    assert [(each["kind"], each["start"], each["end"]) for each in tokens] == TIMES[family]
    side = {"qwen3_omni": 32}.get(family, 28)
    of_frames = 4 * (frames.shape[1] // side) * (frames.shape[2] // side)
    assert sum(each["size"] for each in tokens if each["kind"] == "video") == of_frames
    assert sum(each["size"] for each in tokens if each["kind"] == "audio") == 4 * AUDIO_TOKENS[family]
    for figure, time, (first, end) in zip(figures_of(page), model["frame_times"], model["frame_tokens"], strict=True):
        caption = figure.one("figcaption").text
        assert f"at {time} = " in caption
        assert f"{end - first} tokens [{first}, {end})" in caption
        holds = [each for each in tokens if each["first"] <= first and end <= each["first"] + each["size"]]
        assert [each["kind"] for each in holds] == ["video"]
        assert Fraction(holds[0]["start"]) <= Fraction(time) < Fraction(holds[0]["end"])
    # Text: 5.5 s lies in Sadness.
    assert model["unmasked"] == ["Sadness<|im_end|>"]
    assert [each.text for each in page.section(TITLE).find("pre", "unmasked")] == model["unmasked"]
    assert model["num_labels"] == len("Sadness") + 1
    assert model["prompt"].endswith(
        "Which emotion does the speaker express: Anger, Disgust, Fear, Joy, Neutral, Sadness, Surprise?<|im_end|>\n"
        "<|im_start|>assistant\nSadness<|im_end|>\n"
    )
    assert page.section(TITLE).one("pre", "prompt").text == model["prompt"]
    for each in tokens:
        token = {"video": "<|video_pad|>" if family == "qwen2_5_vl" else "<|VIDEO|>", "audio": "<|AUDIO|>"}[
            each["kind"]
        ]
        assert f"{token} x {each['size']}" in model["prompt"]
    assert model["notes"] == []
    assert model["versions"]["transformers"] == metadata.version("transformers")


def test_a_window_without_a_label_is_asked_and_not_answered(
    processors: Folders, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("a@1-7/2", corpus), ("a@1-3", corpus, "--labels", "none")):
        model, page = model_and_page(
            capsys, *words, "--processor", processors["qwen2_5_vl"], *SIZE, "--odd-frames", "repeat_last"
        )
        assert (model["unmasked"], model["num_labels"]) == ([], 0)
        assert model["prompt"].endswith("?<|im_end|>\n<|im_start|>assistant\n")
        assert "None: no token is learnt." in [each.text for each in page.section(TITLE).find("p")]


def test_a_question_and_an_answer_of_ones_own(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "</pre><script>alert(1)</script>{{ 7 * 7 }}&amp;"
    words = (
        "x@0-2",
        counted,
        "--processor",
        processors["qwen2_5_vl"],
        *SIZE,
        "--question",
        hostile,
        "--answer",
        f"{hostile}!",
    )
    model, page = model_and_page(capsys, *words)
    assert model["unmasked"] == [f"{hostile}!<|im_end|>"]
    section = page.section(TITLE)
    assert section.find("script") == []
    assert section.one("pre", "unmasked").text == f"{hostile}!<|im_end|>"
    assert f"{hostile}<|im_end|>" in section.one("pre", "prompt").text
    again = page.section("Again").find("code")[0].text
    capsys.readouterr()
    assert run(*shlex.split(again)[2:], "--json") == 0
    assert json.loads(capsys.readouterr().out)["model"] == model


def test_fps_and_size_of_the_page_are_those_of_the_model_where_given(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("x@0-2", counted, "--processor", processors["qwen2_5_vl"], "--around", 0)
    model, _ = model_and_page(capsys, *words, "--pixels", "784,50176")
    assert (model["fps"], model["size"], model["frames"]) == ("2/1", [224, 224], 4)
    result, _ = show_window(capsys, *words, "--pixels", "784,3136", "--fps", "30000/1001", "--size", "56,56")
    model = result["model"]
    assert (model["fps"], model["size"], model["frames"], result["frames"]) == ("30000/1001", [56, 56], 60, 60)
    assert model["tokens"][0]["end"] == "1001/500"
    defaults = inspect.signature(Family.__init__).parameters
    assert (defaults["fps"].default, defaults["size"].default) == (show_model.FPS, show_model.SIZE)


def test_a_last_odd_frame_is_repeated_where_asked(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("x@0-5/2", counted, "--processor", processors["qwen2_5_vl"], *SIZE)
    code, line = refused(capsys, *words)
    assert (code, line.startswith("emos: frames must be a multiple of 2, got 5; ")) == (2, True)
    assert "odd_frames='repeat_last'" in line
    assert app.run(["show", *map(str, words)]) == 2
    assert "--odd-frames repeat_last" in capsys.readouterr().err
    model, page = model_and_page(capsys, *words, "--odd-frames", "repeat_last")
    assert (model["frames"], model["repeated_frames"], model["frame_times"][-2:]) == (6, 1, ["2/1", "2/1"])
    assert clips.frame_numbers(np.stack([frame_of(each) for each in figures_of(page)])) == [0, 12, 25, 37, 50, 50]
    assert ["repeated" in each.text for each in figures_of(page)] == [False] * 5 + [True]


def test_a_file_without_audio_is_silent_omitted_or_refused(
    processors: Folders, mute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("x@0-4", mute, "--processor", processors["qwen3_omni"], *SIZE, "--answer", "Joy")
    model, page = model_and_page(capsys, *words)
    assert model["notes"] == ["Samples that the media do not have: 64000 of 64000; the model hears silence."]
    assert (model["heard"], sum(each["kind"] == "audio" for each in model["tokens"])) == (["0/1", "4/1"], 4)
    heard = data_of(page.section(TITLE).one("audio").attributes["src"], "audio/wav")
    assert not np.frombuffer(heard[44:], "<i2").any()
    model, page = model_and_page(capsys, *words, "--missing-audio", "omit")
    assert (model["heard"], [each["kind"] for each in model["tokens"]]) == (None, ["video"])
    assert "The model gets no audio of this window." in [each.text for each in page.section(TITLE).find("p")]
    code, line = refused(capsys, *words, "--missing-audio", "raise")
    assert (code, "there is no audio track; take missing_audio=" in line) == (2, True)


def test_what_lies_outside_of_the_file_is_as_chosen_and_noted(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    words = ("x@8-12", counted, "--processor", processors["qwen2_5_omni"], *SIZE, "--answer", "Joy")
    model, page = model_and_page(capsys, *words)
    assert model["notes"] == [
        "Frames that the media do not have: 4 of 8; the model sees black.",
        "Samples that the media do not have: 32000 of 64000; the model hears silence.",
    ]
    assert page.notes[-2:] == model["notes"] or set(model["notes"]) <= set(page.notes)
    assert [frame_of(each).any() for each in figures_of(page)] == [True] * 4 + [False] * 4
    # Said on the page, and not once more on stderr.
    assert caplog.messages == []
    model, page = model_and_page(capsys, *words, "--missing-frames", "hold")
    assert model["notes"][0] == (
        "Frames that the media do not have: 4 of 8; the model sees the nearest frame of the window."
    )
    assert model["missing_frames"] == "hold"
    pixels = np.stack([frame_of(figure) for figure in figures_of(page)])
    assert clips.frame_numbers(pixels) == [200, 212, 225, 237, 237, 237, 237, 237]
    again = page.section("Again").find("code")[0].text
    assert "--missing-frames hold" in again
    assert app.run(["show", *map(str, words), "--missing-frames", "raise"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("emos: frames must all be there with --missing-frames raise, got 4 of 8; ")
    assert line.count("\n") == 1


def test_neighbours_have_the_section_too(processors: Folders, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("a@4-6", corpus, "--processor", processors["qwen2_5_vl"], "--size", "56,448", "--pixels", "3136,50176")
    assert run(*words, "--around", 1) == 0
    pages = [Page(path.read_text("utf-8")) for path in sorted(Path().glob("*.html"))]
    numbers = [clips.frame_numbers(np.stack([frame_of(each) for each in figures_of(page)])) for page in pages]
    assert sorted(numbers) == [[50, 62, 75, 87], [100, 112, 125, 137], [150, 162, 175, 187]]
    capsys.readouterr()


@pytest.fixture
def broken(processors: Folders, tmp_path: Path) -> Folders:
    """Folders that are no processor that can be used."""
    from emos_io.testing.tiny_models import tiny_processor

    folders = {name: tmp_path / name for name in ("empty", "tokenizer", "sizeless", "damaged")}
    folders["empty"].mkdir()
    processor = tiny_processor("qwen2_5_vl")
    processor.tokenizer.save_pretrained(folders["tokenizer"])
    processor.video_processor.size = {"height": 224, "width": 224}
    processor.save_pretrained(folders["sizeless"])
    shutil.copytree(processors["qwen2_5_vl"], folders["damaged"])
    for path in folders["damaged"].iterdir():
        path.write_text("{")
    return folders


def test_a_processor_that_cannot_be_used_is_one_line(
    broken: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("empty", "damaged"):
        code, line = refused(capsys, "x@0-2", counted, "--processor", broken[name])
        assert (code, line.startswith("emos: transformers reads no processor from this folder: ")) == (3, True)
        assert line.endswith(f"; save one there with processor.save_pretrained: {quoted(broken[name])}\n")
    code, line = refused(capsys, "x@0-2", counted, "--processor", broken["tokenizer"])
    assert code == 2
    assert line.startswith(
        "emos: processor must be a Qwen2_5OmniProcessor, Qwen3OmniMoeProcessor or Qwen2_5_VLProcessor, got "
    )
    code, line = refused(capsys, "x@0-2", counted, "--processor", broken["sizeless"])
    assert (code, line.startswith("emos: processor must have a size of a video, with shortest_edge")) == (2, True)
    assert app.run(["show", "x@0-2", str(counted), "--processor", str(broken["sizeless"])]) == 2
    assert capsys.readouterr().err.endswith("; give --pixels 100352,602112\n")
    file = broken["sizeless"] / "tokenizer.json"
    code, line = refused(capsys, "x@0-2", counted, "--processor", file)
    assert (code, line) == (
        3,
        "emos: processor must be a folder of a saved processor or a name on the hub, got a file; give its folder: "
        f"{quoted(file)}\n",
    )
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["/no/such/folder", "a/b/c", "nothing here", "./absent"])
def test_a_name_that_is_no_folder_and_not_on_the_hub_is_one_line(
    name: str, processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refused(capsys, "x@0-2", counted, "--processor", name)
    assert (
        code,
        line.startswith("emos: processor must be a folder of a saved processor or a name on the hub, got"),
    ) == (3, True)
    assert "save it with processor.save_pretrained(folder), and give that folder" in line
    assert refused(capsys, "x@0-2", counted, "--processor", " ")[0] == 2


def test_a_hub_that_cannot_be_reached_is_one_line(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens at port 9.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    code, line = refused(capsys, "x@0-2", counted, "--processor", "nobody/nothing")
    assert (code, line.endswith(', and give that folder: "nobody/nothing"\n')) == (3, True)
    assert "the hub gives none (ConnectError: " in line


def test_what_the_processor_cannot_take_is_one_line(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = clips.counting_clip(seconds=40, rate=8_000)
    code, line = refused(capsys, "x@0-40", long, "--processor", processors["qwen2_5_omni"], *SIZE, "--answer", "Joy")
    assert (code, "window must be at most 30 s, the chunk_length of the feature extractor, got 40 s" in line) == (
        2,
        True,
    )
    vl = ("x@0-2", counted, "--processor", processors["qwen2_5_vl"], *SIZE)
    for option in ("--missing-audio=raise", "--missing-audio=silence"):
        value = option.partition("=")[2]
        assert refused(capsys, *vl, option) == (
            2,
            f"emos: --missing-audio must be left out for Qwen2_5VL, whose model hears nothing, got {value}; leave it out, or "
            "name the processor of a model that hears\n",
        )


@pytest.mark.parametrize("name", ["question", "answer"])
def test_a_text_that_spells_a_token_is_called_as_its_option(
    name: str, processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("x@0-2", counted, "--processor", processors["qwen2_5_vl"], *SIZE)
    others = {"question": "Which?", "answer": "Joy"}
    for text, token in (("Which <|im_end|>?", "<|im_end|>"), ("<|video_pad|> of the user; Joy", "<|video_pad|>")):
        given = {**others, name: text}
        options = [f"--{key}={value}" for key, value in given.items()]
        assert app.run(["show", *map(str, words), *options]) == 2
        line = capsys.readouterr().err
        assert line.startswith(f"emos: --{name} must be without tokens of the tokenizer, got '{token}' in ")
        assert "text of a message" not in line
    assert app.run(["show", *map(str, words), f"--{name}=\udcff"]) == 2
    assert capsys.readouterr().err.startswith(
        f"emos: --{name} must be Unicode that can be encoded, got half of a pair "
    )


def test_sizes_in_errors_are_as_the_command_line_writes_them(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("show", "x@0-2", str(counted), "--processor", str(processors["qwen2_5_vl"]), "--around", "0")
    for options, start, part in (
        (("--size", "2,1000", "--pixels", "1,99999"), "--size must be a height and a width ", "got 2,1000; crop"),
        (("--size", "56,56", "--pixels", "1000,1500"), "--pixels must hold a size of ", "; pass --pixels "),
        (("--size", "0,5"), "--size must be ", "got 0,5"),
    ):
        assert app.run([*words, *options]) == 2
        line = capsys.readouterr().err
        assert line.startswith(f"emos: {start}"), line
        assert part in line, line
        assert not re.search(r"\(\d+, \d+\)|=\(", line), line


def test_a_class_that_spells_a_token_is_no_option() -> None:
    error = InvalidArgument("text of a message must be x, got y of the assistant; z")
    asked = show_model.ModelQuestion("", "Which?", None, None, None, None, "silence", "black", "raise")
    with pytest.raises(InvalidArgument, match=r"^text of a message must be x"), show_model._naming_texts(asked):
        raise error


@pytest.mark.parametrize("value", ["5", "5,3", "0,5", "", ",", "1,2,3", "a,b", "-1,5", "1_0,20", f"1,{'9' * 5000}"])
def test_pixels_are_refused_as_the_command_line_writes_them(
    value: str, counted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, "x@0-2", counted, "--processor", "nobody", f"--pixels={value}") == (
        2,
        "emos: --pixels must be least,most, two integers from 1 of which the second is no less, got "
        f"{value}; write it as 100352,602112\n",
    )


def test_an_extra_that_is_absent_is_one_line(
    processors: Folders, counted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("x@0-2", counted, "--processor", processors["qwen2_5_vl"])
    monkeypatch.setattr(versions, "TESTED", {"transformers": ("99.0", "99.1", "transformers")})
    found = metadata.version("transformers")
    code, line = refused(capsys, *words)
    assert (
        code,
        line.startswith(f"emos: transformers must be at least 99.0 and below 99.1, got {found}; pip install"),
    ) == (2, True)

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert refused(capsys, *words) == (2, "emos: transformers is not installed; pip install 'emos-io[transformers]'\n")


def test_options_of_a_model_need_a_processor_and_media(
    processors: Folders, counted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (
        ("--question", "x"),
        ("--answer", "x"),
        ("--pixels", "1,2"),
        ("--missing-audio", "omit"),
        ("--missing-frames", "hold"),
        ("--odd-frames", "raise"),
    ):
        expected = f"emos: {option[0]} must come with --processor, got none; name a processor, or leave it out\n"
        assert refused(capsys, "x@0-2", counted, *option) == (2, expected)
    alone = saved(tmp_path / "alone", film())
    code, line = refused(capsys, "a@0-2", alone, "--processor", processors["qwen2_5_vl"])
    assert (code, line.startswith("emos: --processor must come with an item that has media, got 's/a' without")) == (
        2,
        True,
    )
    code, line = refused(capsys, "a", alone, "--processor", processors["qwen2_5_vl"])
    assert (code, line.startswith("emos: --processor must come with a window, got the item 'a'")) == (2, True)


def test_choices_are_those_of_the_family() -> None:
    from typing import get_args

    from emos_io.adapters import arrays, family
    from emos_io.pipes import MissingAudio as Wanted

    assert get_args(MissingAudio) == get_args(Wanted)
    assert get_args(OddFrames) == get_args(family.OddFrames)
    assert get_args(MissingFrames) == get_args(arrays.MissingFrames)


def test_a_page_without_a_processor_imports_nothing_of_models(counted: Path) -> None:
    script = "import sys; from emos_io.cli.app import run; assert run(sys.argv[1:]) == 0; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, "show", "x@0-2", str(counted), "--around", "0"],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    loaded = set(done.stderr.split())
    assert "emos_io.cli.show" in loaded
    assert not loaded & {"torch", "transformers", "emos_io.adapters", "emos_io.cli.show_model"}
