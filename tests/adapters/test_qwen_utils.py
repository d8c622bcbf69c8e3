"""qwen-omni-utils and qwen-vl-utils read our frames and samples: bit for bit where their resize changes nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import EmosError, InvalidArgument, Media, Span
from emos_io.adapters import register_backend
from emos_io.testing import clip_arguments, frame_numbers
from oracle.clips import make

# Sides are multiples of 28, and of the frames of a counting clip; 128 tokens of 28 x 28 pixels are the least they leave alone.
WIDTH, HEIGHT = 448, 224
RATE = 16_000
VISION = {"qwen_omni_utils": "qwen_omni_utils.v2_5.vision_process", "qwen_vl_utils": "qwen_vl_utils.vision_process"}
LIBRARIES = list(VISION)
NAMESPACES = ("qwen_omni_utils", "qwen_omni_utils.v2_5", "qwen_omni_utils.v2_5.audio_process")


def clip_of(fps: str, *, seconds: int = 4, video_start: str = "0") -> Path:
    """A counting clip at a size that their resize leaves alone."""
    arguments = clip_arguments(fps=fps, sample_rate=RATE, seconds=seconds, video_start=video_start)
    scale = ["-vf", f"scale={WIDTH}:{HEIGHT}:flags=neighbor"]
    at = arguments.index("-c:v")
    return make([*arguments[:at], *scale, *arguments[at:]], ".mov")


@pytest.fixture(scope="module")
def clip() -> str:
    return str(clip_of("25"))


@pytest.fixture(scope="module")
def ntsc() -> str:
    return str(clip_of("30000/1001"))


@pytest.fixture(scope="module")
def silent(clip: str) -> str:
    """The same frames without audio."""
    return str(make(["-i", clip, "-c:v", "copy", "-an"], ".mov", inputs=[Path(clip)]))


@pytest.fixture(scope="module")
def heard_only(clip: str) -> str:
    """The same audio without frames."""
    return str(make(["-i", clip, "-c:a", "copy", "-vn"], ".wav", inputs=[Path(clip)]))


@pytest.fixture
def registered() -> Iterator[None]:
    with register_backend("qwen"):
        yield


def library(name: str) -> Any:
    return import_module(name)


def video(path: str, **keys: object) -> dict[str, object]:
    return {"type": "video", "video": path, **keys}


def conversation(*elements: dict[str, object]) -> list[dict[str, object]]:
    return [{"role": "user", "content": [*elements, {"type": "text", "text": "Which emotion?"}]}]


def fetched(name: str, element: dict[str, object]) -> tuple[Any, dict[str, Any], float]:
    """Frames, metadata and frames a second, as ``fetch_video`` gives them."""
    (frames, about), fps = library(name).fetch_video(element, return_video_sample_fps=True, return_video_metadata=True)
    return frames, about, fps


def numbers_of(frames: Any) -> list[int]:
    """What the pixels of their float32 frames spell."""
    pixels = frames.numpy()
    assert pixels.dtype == np.float32
    assert (pixels == pixels.astype(np.uint8)).all()
    return [int(number) for number in frame_numbers(pixels.astype(np.uint8))]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(
    ("keys", "numbers", "fps"),
    [
        # 25 frames a second: the frame on screen at t has the number floor(25 t).
        ({}, [25, 37, 50, 62], 2.0),
        ({"fps": 4}, [25, 31, 37, 43, 50, 56, 62, 68], 4.0),
        ({"nframes": 4}, [25, 37, 50, 62], 2.0),
        ({"fps": 10, "max_frames": 8}, [25, 31, 37, 43, 50, 56, 62, 68], 4.0),
    ],
)
def test_a_fragment_gives_the_frames_of_its_grid(
    name: str, keys: dict[str, object], numbers: list[int], fps: float, clip: str, registered: None
) -> None:
    frames, about, sample_fps = fetched(name, video(f"{clip}#t=1,3", **keys))
    assert numbers_of(frames) == numbers
    assert sample_fps == fps
    ours = Media(clip).frames_in(Span(1, 3), fps=str(fps), dimension_order="TCHW").data
    assert frames.shape == (len(numbers), 3, HEIGHT, WIDTH)
    np.testing.assert_array_equal(frames.numpy(), ours.astype(np.float32), strict=True)
    assert about == {"fps": 25.0, "frames_indices": numbers, "total_num_frames": 50, "video_backend": "emos_io"}


def test_the_metadata_of_an_exact_rate_are_exact(ntsc: str, registered: None) -> None:
    from transformers.video_utils import VideoMetadata

    frames, about, fps = fetched("qwen_vl_utils", video(f"{ntsc}#t=1001/1000,3003/1000", fps="30000/1001"))
    assert numbers_of(frames) == list(range(30, 90)) == about["frames_indices"]
    known = VideoMetadata(**about)
    assert known.sampled_fps == pytest.approx(fps, rel=1e-15)  # one rounding of a float
    assert known.timestamps[0] == 30 / (30000 / 1001)


@pytest.mark.parametrize("name", LIBRARIES)
def test_plain_paths_urls_of_files_and_keys_read_the_same(name: str, clip: str, registered: None) -> None:
    every, _, _ = fetched(name, video(clip))
    assert numbers_of(every) == [0, 12, 25, 37, 50, 62, 75, 87]
    for element in (
        video(clip, video_start=1.0, video_end=3.0),
        video(f"file://{clip}#t=1,3"),
        video(f"{clip}#t=npt:0:01,0:03.0"),
    ):
        assert numbers_of(fetched(name, element)[0]) == [25, 37, 50, 62]
    assert numbers_of(fetched(name, video(f"{clip}#t=2"))[0]) == [50, 62, 75, 87]
    assert numbers_of(fetched(name, video(clip, video_end=2.0))[0]) == [0, 12, 25, 37]


def heard(elements: list[dict[str, object]], *, in_video: bool = True) -> list[Any] | None:
    waveforms: list[Any] | None = library("qwen_omni_utils").process_audio_info(conversation(*elements), in_video)
    return waveforms


def sample_numbers_of(waveform: Any) -> list[int]:
    """The numbers of samples below 32,768: left channel n / 32,768, right channel 0, mono their half."""
    spelled = waveform.astype(np.float64) * 65_536
    assert (spelled == np.round(spelled)).all()
    return [int(number) for number in spelled]


def test_samples_of_a_fragment_are_ours_bit_for_bit(clip: str, registered: None) -> None:
    ours = Media(clip).samples_in(Span(1, "1.5"), sample_rate=RATE, num_channels=1).data[0]
    assert sample_numbers_of(ours) == list(range(RATE, RATE * 3 // 2))
    asked: list[dict[str, object]] = [
        video(f"{clip}#t=1,1.5"),
        video(clip, video_start=1, video_end=1.5),
        {"type": "video", "video_url": f"file://{clip}#t=1,1.5"},
        {"type": "audio", "audio": f"{clip}#t=1,1.5"},
        {"type": "audio", "audio_url": clip, "audio_start": 1.0, "audio_end": 1.5},
    ]
    waveforms = heard(asked)
    assert waveforms is not None
    assert len(waveforms) == len(asked)
    for waveform in waveforms:
        np.testing.assert_array_equal(waveform, ours, strict=True)
    assert heard(asked[:2], in_video=False) is None


def test_audio_is_resampled_as_media_does_it(counting_clip: Callable[..., Path], registered: None) -> None:
    path = str(counting_clip(rate=48_000, seconds=3))
    waveforms = heard([{"type": "audio", "audio": f"{path}#t=0.5,2.25"}, {"type": "audio", "audio": path}])
    assert waveforms is not None
    for waveform, span in zip(waveforms, (Span("0.5", "2.25"), Span(0, 3)), strict=True):
        np.testing.assert_array_equal(
            waveform, Media(path).samples_in(span, sample_rate=RATE, num_channels=1).data[0], strict=True
        )


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("by_element", [True, False])
def test_the_last_frame_is_repeated_where_that_is_chosen(name: str, by_element: bool, clip: str) -> None:
    key = {"pad": "repeat_last"} if by_element else {}
    with register_backend("qwen", pad=None if by_element else "repeat_last"):
        odd, about, fps = fetched(name, video(f"{clip}#t=1,3.5", **key))
        assert (numbers_of(odd), fps) == ([25, 37, 50, 62, 75, 75], 2.0)
        assert about["frames_indices"] == [25, 37, 50, 62, 75, 75]
        assert about["video_backend"] == "emos_io, 1 frames repeated"
        few, about, _ = fetched(name, video(f"{clip}#t=1,2", **key))
        assert numbers_of(few) == [25, 37, 37, 37]
        assert about["video_backend"] == "emos_io, 2 frames repeated"
        # The clip ends at 4 s.
        late, about, _ = fetched(name, video(f"{clip}#t=3,5", **key))
        assert numbers_of(late) == [75, 87, 99, 99]
        assert about["video_backend"] == "emos_io, 2 frames repeated"
        waveforms = heard([video(f"{clip}#t=3,5", **key)])
        assert waveforms is not None
        assert waveforms[0].shape == (2 * RATE,)
        assert waveforms[0][:RATE].all()
        assert not waveforms[0][RATE:].any()


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(
    ("fragment", "keys", "text"),
    [
        ("#t=1,3.5", {}, "frames must be a multiple of 2 and at least 4, got 5 in 5/2 s; give pad="),
        ("#t=1,2", {}, "frames must be a multiple of 2 and at least 4, got 2 in 1 s; give pad="),
        ("#t=3,1", {}, "fragment must end after its start, got 't=3,1'; "),
        ("#T=1,3", {}, "fragment must be t=start,end in seconds and nothing beside it, got 'T=1,3'; "),
        ("#t=", {}, "fragment must be t=start,end in seconds and nothing beside it, got 't='; "),
        ("#t=4,6", {}, "start must be before the end, 4 s, got 4 s; begin earlier"),
        ("#t=9", {}, "start must be before the end, 4 s, got 9 s; begin earlier"),
        (
            "#t=2,6",
            {},
            "end must be at most that of the media, 4 s, got 6 s; end earlier, leave the end out, or give pad=",
        ),
        ("#t=1,3", {"video_start": 1}, "times must be in the fragment or in video_start and video_end, got both; "),
        ("", {"video_start": 3, "video_end": 1}, "video_end must be after video_start, 3 s, got 1 s; "),
        ("", {"video_start": -1}, "video_start must be 0 or more, got -1; media time begins at 0"),
        ("", {"video_end": "late"}, "video_end must be a finite number, got 'late'; "),
        ("", {"pad": "black"}, "pad must be \"repeat_last\", got 'black'; "),
    ],
)
def test_an_error_of_ours_is_the_one_that_is_raised(
    name: str, fragment: str, keys: dict[str, object], text: str, clip: str, registered: None
) -> None:
    with pytest.raises(EmosError) as caught:
        fetched(name, video(f"{clip}{fragment}", **keys))
    assert str(caught.value).startswith(text)
    assert str(caught.value).endswith(f': "{clip}"')
    assert caught.value.path == clip


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_file_that_cannot_be_read_is_named(
    name: str, tmp_path: Path, clip: str, heard_only: str, registered: None
) -> None:
    damaged = tmp_path / "damaged.mov"
    content = bytearray(Path(clip).read_bytes())
    content[100_000:] = bytes(len(content) - 100_000)
    damaged.write_bytes(content)
    text = tmp_path / "text.mp4"
    text.write_text("no media")
    for path, kind in (
        (tmp_path / "absent.mp4", FileNotFoundError),
        (text, OSError),
        (damaged, OSError),
        (tmp_path, OSError),
        (Path(heard_only), ValueError),
    ):
        with pytest.raises(kind) as caught:
            fetched(name, video(f"{path}#t=1,3"))
        assert isinstance(caught.value, EmosError)
        assert f'"{path}"' in str(caught.value)


def test_damage_within_a_file_is_raised_by_both_readers(tmp_path: Path, clip: str, registered: None) -> None:
    """Frames after a damaged one are never given as if they were clean."""
    damaged = tmp_path / "damaged.mkv"
    coded = make(["-i", clip, "-c:v", "ffv1", "-g", "1", "-slicecrc", "1", "-c:a", "flac"], ".mkv", inputs=[Path(clip)])
    content = bytearray(coded.read_bytes())
    rng = np.random.default_rng(0)
    for at in rng.integers(len(content) // 3, len(content) * 2 // 3, 400):
        content[at] ^= 0xFF
    damaged.write_bytes(content)
    media = Media(damaged, on_error="mask")
    assert media.frames_in(Span(0, 4), fps=25).damaged.any() or not media.frames_in(Span(0, 4), fps=25).valid.all()
    with pytest.raises(EmosError) as caught:
        fetched("qwen_vl_utils", video(f"{damaged}#t=0,4", fps=25))
    assert str(damaged) in str(caught.value)


def test_a_video_without_audio_is_refused_or_silent(silent: str, registered: None) -> None:
    with pytest.raises(
        ValueError, match=r'^there is no audio from 1 s to 3 s; give missing_audio="silence", or '
    ) as caught:
        heard([video(f"{silent}#t=1,3")])
    assert str(caught.value).endswith(f': "{silent}"')
    waveforms = heard([video(f"{silent}#t=1,3", missing_audio="silence")])
    assert waveforms is not None
    np.testing.assert_array_equal(waveforms[0], np.zeros(2 * RATE, np.float32), strict=True)
    with register_backend("qwen", missing_audio="silence"):
        assert [waveform.shape for waveform in heard([video(silent)]) or []] == [(4 * RATE,)]
        with pytest.raises(ValueError, match=r"^there is no audio track; give a file with audio: "):
            heard([{"type": "audio", "audio": silent}])


def test_frames_and_samples_of_a_late_video_stay_in_step(registered: None) -> None:
    path = str(clip_of("25", seconds=2, video_start="0.4"))
    # The first frame has the number 0 and appears at 0.4 s; sample n is heard at n / 16,000 s.
    asked = video(f"{path}#t=0.4,1.4", fps=5, pad="repeat_last")
    frames, about, _ = fetched("qwen_omni_utils", asked)
    assert numbers_of(frames) == [0, 5, 10, 15, 20, 20]
    # Media time at 25 a second, not the frame's own number.
    assert about["frames_indices"] == [10, 15, 20, 25, 30, 30]
    waveforms = heard([asked])
    assert waveforms is not None
    assert sample_numbers_of(waveforms[0]) == list(range(RATE * 2 // 5, RATE * 7 // 5))
    with pytest.raises(ValueError, match=r"^frames must lie on screen, from 2/5 s to 12/5 s, got one at 0 s; "):
        fetched("qwen_omni_utils", video(f"{path}#t=0,2"))
    early, about, _ = fetched("qwen_omni_utils", video(f"{path}#t=0,2", pad="repeat_last"))
    assert numbers_of(early) == [0, 2, 15, 27]
    assert about["video_backend"] == "emos_io, 1 frames repeated"
    # Nothing says that the first 0.4 s are to be dropped.
    with pytest.raises(
        ValueError, match=r"^audio must begin with the first frame, at 2/5 s, got 0 s; give a start, or 0 "
    ):
        heard([video(path)])


def test_audio_that_ends_before_the_fragment_counts_as_none(clip: str, registered: None) -> None:
    cut = ["-i", clip, "-t", "2", "-i", clip, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "pcm_s16le"]
    short = str(make(cut, ".mov", inputs=[Path(clip)]))
    assert Media(short).metadata.audio is not None
    # What the file has is read: the rest of the fragment is silent, as it is when played.
    waveforms = heard([video(f"{short}#t=1,3")])
    assert waveforms is not None
    assert waveforms[0][:RATE].all()
    assert not waveforms[0][RATE:].any()
    with pytest.raises(ValueError, match=r"^there is no audio from 3 s to 4 s; give missing_audio="):
        heard([video(f"{short}#t=3,4")])


def test_what_is_no_file_is_left_to_the_libraries(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    images = [Image.new("RGB", (56, 56), (n, 0, 0)) for n in range(3)]
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    plain = {name: library(name).fetch_video(video(images)) for name in LIBRARIES}  # type: ignore[arg-type]
    asked: list[str] = []

    def read(element: dict[str, Any]) -> Any:
        import torch

        asked.append(element["video"])
        return torch.zeros(4, 3, HEIGHT, WIDTH, dtype=torch.uint8), {}, 2.0

    for module in map(library, VISION.values()):
        monkeypatch.setattr(module, "get_video_reader_backend", lambda: "decord")
        monkeypatch.setitem(module.VIDEO_READER_BACKENDS, "decord", read)
    with register_backend("qwen"):
        for name in LIBRARIES:
            assert (library(name).fetch_video(video(images)) == plain[name]).all()  # type: ignore[arg-type]
            library(name).fetch_video(video("https://example.org/clip.mp4#t=1,3"))
        waveforms = heard([{"type": "audio", "audio": noise, "audio_start": 0.5}, video(f"{clip}#t=1,3")])
    assert asked == ["https://example.org/clip.mp4#t=1,3"] * 2
    assert waveforms is not None
    np.testing.assert_array_equal(waveforms[0], noise[RATE // 2 :], strict=True)
    assert waveforms[1].shape == (2 * RATE,)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_path_like_value_is_a_path(name: str, clip: str, registered: None) -> None:
    class Own:
        def __fspath__(self) -> str:
            return f"{clip}#t=1,3"

    for source in (Path(f"{clip}#t=1,3"), Own()):
        asked: dict[str, object] = {"type": "video", "video": source}
        assert numbers_of(fetched(name, asked)[0]) == [25, 37, 50, 62]
        assert asked["video"] is source
        waveforms = heard([asked, {"type": "audio", "audio": source}])
        assert waveforms is not None
        assert [waveform.shape for waveform in waveforms] == [(2 * RATE,)] * 2


NO_SOURCES = (None, b"clip.mp4", 3, {"path": "clip.mp4"})


@pytest.mark.parametrize("source", [*NO_SOURCES, np.zeros(3)], ids=lambda source: type(source).__name__)
def test_what_is_no_source_is_one_line(source: object, registered: None) -> None:
    for name in LIBRARIES:
        with pytest.raises(InvalidArgument, match=r"^video must be a path, a URL or a list of images, got [^\n]*$"):
            fetched(name, {"type": "video", "video": source})
    with pytest.raises(InvalidArgument, match=r"^video must be a path or a URL with use_audio_in_video=True, got "):
        heard([{"type": "video", "video": source}])


@pytest.mark.parametrize("source", [*NO_SOURCES, ["clip.mp4"]], ids=lambda source: type(source).__name__)
@pytest.mark.parametrize("key", ["audio", "audio_url"])
def test_what_is_no_audio_is_one_line(source: object, key: str, registered: None) -> None:
    with pytest.raises(InvalidArgument, match=r"^audio must be a path, a URL or an array, got [^\n]*$"):
        heard([{"type": "audio", key: source}])


def test_the_empty_path_is_one_line(registered: None) -> None:
    for text in ("", "#t=1,3", "file://"):
        with pytest.raises(EmosError):
            fetched("qwen_vl_utils", video(text))
        with pytest.raises(EmosError):
            heard([{"type": "audio", "audio": text}])


def test_their_error_stays_theirs(registered: None) -> None:
    with pytest.raises(ValueError, match="Unknown audio"):
        heard([{"type": "audio"}])
    with pytest.raises(ValueError, match="Support only mono audio"):
        heard([{"type": "audio", "audio": np.zeros((2, 8), np.float32)}])


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_url_that_cannot_be_read_ends_as_it_does_without_us(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(element: dict[str, Any]) -> Any:
        raise ConnectionError("no network")

    def fall_back(element: dict[str, Any]) -> Any:
        raise AttributeError("read_video")

    module = library(VISION[name])
    monkeypatch.setattr(module, "get_video_reader_backend", lambda: "torchcodec")
    monkeypatch.setitem(module.VIDEO_READER_BACKENDS, "torchcodec", read)
    monkeypatch.setitem(module.VIDEO_READER_BACKENDS, "torchvision", fall_back)
    with register_backend("qwen"), pytest.raises(AttributeError, match="read_video") as caught:
        library(name).fetch_video(video("https://example.org/clip.mp4"))
    assert isinstance(caught.value.__context__, ConnectionError)


def test_unregister_leaves_everything_as_it_was(clip: str) -> None:
    def state() -> list[object]:
        modules = [library(module) for module in VISION.values()]
        functions: list[object] = [library(namespace).process_audio_info for namespace in NAMESPACES]
        functions += [library(namespace).fetch_video for namespace in (*LIBRARIES, *VISION.values())]
        for module in modules:
            functions += [dict(module.VIDEO_READER_BACKENDS), module.get_video_reader_backend]
        return functions

    before = state()
    assert len({id(function) for function in before[:3]}) == 1
    registration = register_backend("qwen")
    assert registration.libraries == ("qwen_omni_utils", "qwen_vl_utils")
    assert all(mine != theirs for mine, theirs in zip(state(), before, strict=True))
    with register_backend("qwen", pad="repeat_last") as second:
        assert len(fetched("qwen_vl_utils", video(f"{clip}#t=1,1.5"))[0]) == 4
        registration.unregister()
        assert len(fetched("qwen_vl_utils", video(f"{clip}#t=1,1.5"))[0]) == 4
    assert state() == before
    second.unregister()
    assert state() == before


def test_a_name_that_was_imported_before_reads_through_us_too(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = library("qwen_omni_utils").process_audio_info
    monkeypatch.setattr(sys.modules[__name__], "process_audio_info", theirs, raising=False)
    with register_backend("qwen"):
        ours = sys.modules[__name__].process_audio_info
        assert ours is library("qwen_omni_utils").process_audio_info is not theirs
        assert ours(conversation(video(f"{clip}#t=1,3")), True)[0].shape == (2 * RATE,)
    assert sys.modules[__name__].process_audio_info is theirs


def test_it_can_be_registered_before_they_are_imported(clip: str) -> None:
    script = f"""
import sys
import emos_io.adapters
assert not {{"torch", "qwen_omni_utils", "qwen_vl_utils", "librosa", "transformers"}} & set(sys.modules)
emos_io.adapters.register_backend("qwen", pad="repeat_last")
from qwen_omni_utils import process_mm_info
asked = [{{"role": "user", "content": [{{"type": "video", "video": {f"{clip}#t=1,3.5"!r}, "fps": 2}}]}}]
audios, images, videos, more = process_mm_info(asked, use_audio_in_video=True, return_video_kwargs=True)
print(audios[0].shape, images, tuple(videos[0].shape), more)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout.strip() == (
        f"({RATE * 5 // 2},) None (6, 3, {HEIGHT}, {WIDTH}) {{'do_sample_frames': False, 'fps': [2.0]}}"
    )


@pytest.mark.parametrize("present", LIBRARIES)
def test_one_of_both_is_enough(present: str, clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = next(name for name in LIBRARIES if name != present)
    version = metadata.version

    def of(name: str) -> str:
        if name == absent.replace("_", "-"):
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", of)
    with register_backend("qwen") as registration:
        assert registration.libraries == (present,)
        assert numbers_of(fetched(present, video(f"{clip}#t=1,3"))[0]) == [25, 37, 50, 62]
        assert "emos_io" not in library(VISION[absent]).VIDEO_READER_BACKENDS


def test_other_versions_and_names_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument, match=r'^name must be "qwen", got \'decord\'; '):
        register_backend("decord")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r'^pad must be "repeat_last", got \'black\'; '):
        register_backend("qwen", pad="black")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r'^missing_audio must be "raise" or "silence", got \'omit\'; '):
        register_backend("qwen", missing_audio="omit")  # type: ignore[arg-type]
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.0.15" if name == "qwen-vl-utils" else version(name))
    with pytest.raises(
        ImportError, match=r"^qwen-vl-utils must be at least 0\.0\.14 and below 0\.0\.15, got 0\.0\.15; pip"
    ):
        register_backend("qwen")
    assert "emos_io" not in library(VISION["qwen_omni_utils"]).VIDEO_READER_BACKENDS

    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", none)
    with pytest.raises(
        ImportError, match=r"^qwen-omni-utils or qwen-vl-utils must be installed; pip install 'emos-io\[qwen"
    ):
        register_backend("qwen")


@pytest.mark.filterwarnings("ignore")
def test_two_videos_reach_a_model_in_step(clip: str, ntsc: str, registered: None) -> None:
    from emos_io.testing.tiny_models import tiny_pair

    asked = conversation(video(f"{clip}#t=1,3", fps=2), video(f"{ntsc}#t=0,2", fps=2))
    audios, images, videos, more = library("qwen_omni_utils").process_mm_info(
        asked, use_audio_in_video=True, return_video_kwargs=True
    )
    assert images is None
    assert more == {"do_sample_frames": False, "fps": [2.0, 2.0]}
    assert [numbers_of(frames) for frames in videos] == [[25, 37, 50, 62], [0, 14, 29, 44]]
    for waveform, path, span in zip(audios, (clip, ntsc), (Span(1, 3), Span(0, 2)), strict=True):
        np.testing.assert_array_equal(waveform, Media(path).samples_in(span, sample_rate=RATE, num_channels=1).data[0])
    pair = tiny_pair("qwen2_5_omni")
    processor: Any = pair.processor
    text = processor.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    inputs = processor(
        text=text,
        audio=audios,
        videos=videos,
        audio_from_video_indices=[0, 1],
        load_audio_from_video=True,
        fps=more["fps"][0],
        do_sample_frames=False,
        do_resize=False,
        return_tensors="pt",
        padding=True,
    )
    with pytest.raises(Exception, match="field 'fps'"):
        # The list is what they give; it never passes in silence.
        processor(
            text=text,
            audio=audios,
            videos=videos,
            audio_from_video_indices=[0, 1],
            load_audio_from_video=True,
            fps=more["fps"],
            do_sample_frames=False,
            return_tensors="pt",
            padding=True,
        )
    model: Any = pair.model
    logits = model(**inputs, use_audio_in_video=True).logits
    # 4 frames are 2 grids of 16 x 32 patches, 4 patches a token; 2 s of audio are 50 tokens.
    ids = inputs["input_ids"]
    video_tokens = int((ids == processor.tokenizer.convert_tokens_to_ids("<|VIDEO|>")).sum())
    audio_tokens = int((ids == processor.tokenizer.convert_tokens_to_ids("<|AUDIO|>")).sum())
    assert (video_tokens, audio_tokens) == (2 * 2 * 16 * 32 // 4, 2 * 50)
    assert inputs["video_second_per_grid"].tolist() == [1.0, 1.0]
    assert logits.shape[:2] == ids.shape
    assert logits.isfinite().all()


@pytest.mark.filterwarnings("ignore")
def test_a_processor_of_frames_alone_gets_their_times_from_the_metadata(clip: str, registered: None) -> None:
    from emos_io.testing.tiny_models import tiny_processor

    asked = conversation(video(f"{clip}#t=1,3", fps=4))
    _, videos, more = library("qwen_vl_utils").process_vision_info(
        asked, return_video_kwargs=True, return_video_metadata=True
    )
    frames, about = zip(*videos, strict=True)
    processor: Any = tiny_processor("qwen2_5_vl")
    text = processor.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    inputs = processor(
        text=text, videos=[*frames], video_metadata=[*about], do_resize=False, return_tensors="pt", padding=True, **more
    )
    # Two frames a grid, 4 a second.
    assert [float(seconds) for seconds in inputs["second_per_grid_ts"]] == [0.5]
    assert inputs["video_grid_thw"].tolist() == [[4, HEIGHT // 14, WIDTH // 14]]
