"""Audio and frames stay together: counting clips, and clips that flash and click each second."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span
from emos_io.testing import sample_numbers
from oracle.clips import barcode, click_starts, frame_numbers, is_flash, sample_number

pytestmark = pytest.mark.reference

FRAME = Fraction(1, 25)
"""Of the made films, in seconds."""
AAC_FRAME = Fraction(1024, 44_100)
"""The shortest step in which AAC can be cut, in seconds; also about the delay of its encoder."""
EDIT_SAMPLES = 48
"""A millisecond at 48 kHz: edit lists count milliseconds."""
CLICK_SECONDS = Fraction(1, 500)
"""Rounded times of containers, and the attack of a click."""

RATES = pytest.mark.parametrize("fps", ["25", "30000/1001", "24000/1001"])


@RATES
@pytest.mark.parametrize("codec", ["qtrle", "png"])
def test_a_window_holds_the_frames_and_samples_of_its_span(
    fps: str, codec: str, counting_clip: Callable[..., Path]
) -> None:
    rate = Fraction(fps)
    media = Media(counting_clip(fps=fps, codec=codec))
    window = media.window(Span("1.0", "2.0"))
    assert window.video is not None and window.audio is not None
    first = int(rate)
    assert frame_numbers(window.video.data) == list(range(first, first + len(window.video)))
    assert window.video.times[0] == first / rate
    assert sample_number(window.audio.data, 0) == 48_000
    assert sample_number(window.audio.data, -1 % len(window.audio)) == 95_999


def test_the_window_of_the_style_guide(counting_clip: Callable[..., Path]) -> None:
    window = Media(counting_clip(fps="30000/1001", rate=48_000)).window(Span("1.0", "2.0"))
    assert window.video is not None and window.audio is not None
    assert frame_numbers(window.video.data) == list(range(29, 60))
    assert sample_number(window.audio.data, 0) == 48_000


@RATES
def test_streamed_windows_never_lose_or_repeat_anything(fps: str, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps=fps))
    frames: list[int] = []
    samples: list[int] = []
    for window in media.windows(length="0.7"):
        assert window.video is not None and window.audio is not None
        numbers = frame_numbers(window.video.data[window.video_valid])
        # The frame on screen at the edge belongs to both windows.
        frames += numbers[1:] if frames and numbers and numbers[0] == frames[-1] else numbers
        samples += sample_numbers(window.audio.data[:, window.audio_valid]).tolist()
    video = media.metadata.video
    assert video is not None
    assert frames == list(range(video.num_frames))
    assert samples == list(range(480_000))


@pytest.mark.parametrize(("video_late", "audio_late"), [("0.5", "0"), ("0", "0.5"), ("0.04", "0"), ("0", "1.2345")])
def test_a_late_track_stays_late(video_late: str, audio_late: str, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(video_late=video_late, audio_late=audio_late))
    window = media.window(Span(2, 3))
    assert window.video is not None and window.audio is not None
    assert frame_numbers(window.video.data)[0] == int((2 - Fraction(video_late)) * 25)
    shift = round(Fraction(audio_late) * 48_000)
    assert abs(sample_number(window.audio.data, 0) - (96_000 - shift)) <= EDIT_SAMPLES
    before = media.window(Span(0, max(Fraction(video_late), Fraction(audio_late))))
    late = before.video_valid if float(video_late) else before.audio_valid
    assert before.video is not None
    if float(audio_late):
        assert not late[: shift - 48].any()
    else:
        assert len(before.video) == 0 or not late.any()


@pytest.mark.parametrize(
    "name",
    [
        "made/sync_25fps_60s.mp4",
        "made/sync_2997fps_60s.mp4",
        "made/sync_23976fps_60s.mkv",
        "made/sync_5994fps_30s.ts",
        "made/sync_vfr_60s.mp4",
    ],
)
def test_flash_and_click_come_together_each_second(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name))
    video, audio = media.metadata.video, media.metadata.audio
    assert video is not None and audio is not None and video.start is not None
    rate = audio.sample_rate
    offsets: list[Fraction] = []
    flashes: list[Fraction] = []
    waveform = media.samples_in(Span(0, media.metadata.duration))
    clicks = click_starts(waveform.data[0], rate)
    dark = True
    for window in media.windows(length=2):
        assert window.video is not None
        for frame, pts in zip(window.video.data, window.video.times, strict=True):
            if pts is None or (flashes and pts <= flashes[-1]):
                continue
            if is_flash(frame) and dark:
                flashes.append(pts)
            dark = not is_flash(frame)
    assert len(clicks) == (30 if "30s" in name else 60)
    # At 23.976 frames a second, or with frames left out, some flashes fall between two frames.
    assert len(clicks) - len(flashes) <= (12 if "vfr" in name else 2 if "23976" in name else 0)
    for flash in flashes:
        offsets.append(min((flash - Fraction(click, rate) for click in clicks), key=abs))
    # A flash appears with the first frame at or after the click, up to one frame late; audio may begin one AAC frame
    # early where the container cannot say how long the encoder's delay is (TS), and clicks take a few samples to grow.
    rates: dict[str, Fraction | int] = {
        "25": 25,
        "2997": Fraction(30000, 1001),
        "23976": Fraction(24000, 1001),
        "5994": Fraction(60000, 1001),
    }
    frame = 1 / Fraction(next((value for key, value in rates.items() if f"_{key}fps" in name), 25))
    missing = frame if "vfr" in name else 0
    spread = max(offsets) - min(offsets)
    assert spread <= frame + missing + CLICK_SECONDS, [float(offset) for offset in offsets]
    delay = Fraction(1024, rate) if name.endswith((".ts", ".mkv")) else 0
    assert all(-CLICK_SECONDS - delay <= offset <= frame + missing + CLICK_SECONDS for offset in offsets)


@pytest.mark.parametrize("name", ["made/sync_25fps_60s.mp4", "made/sync_2997fps_60s.mp4", "made/sync_23976fps_60s.mkv"])
def test_each_frame_spells_its_index(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name))
    for window in media.windows(length=7, hop=11):
        assert window.video is not None
        timeline = media.timeline
        start = int((np.asarray(timeline.pts) * float(timeline.time_base) <= float(window.span.start)).sum()) - 1
        first = max(start, 0)
        spelled = [barcode(frame) for frame in window.video.data[window.video_valid]]
        assert spelled == list(range(first, first + len(spelled)))


@pytest.mark.parametrize(
    ("name", "late_kind", "late"),
    [
        ("made/audio_late_1500ms.mp4", "audio", 1.5),
        ("made/audio_late_1500ms.mkv", "audio", 1.5),
        ("made/video_late_700ms.mp4", "video", 0.7),
        ("made/video_late_700ms.ts", "video", 0.7),
    ],
)
def test_what_a_late_track_lacks_is_marked(
    name: str, late_kind: str, late: float, media_path: Callable[[str], Path]
) -> None:
    window = Media(media_path(name)).window(Span(0, 3), fps=25)
    valid = window.video_valid if late_kind == "video" else window.audio_valid
    rate = 25 if late_kind == "video" else 44_100
    first = int(np.argmax(valid)) / rate
    assert abs(first - late) <= AAC_FRAME + FRAME
    assert not valid[: int(first * rate)].any() and valid[int(first * rate) + 1 :].all()


@pytest.mark.parametrize(
    ("name", "longer", "by"),
    [
        ("made/audio_3s_longer.mp4", "audio", 3),
        ("made/video_3s_longer.mp4", "video", 3),
        ("torture/gr_world_30s.mp4", "audio", 0.49),
    ],
)
def test_what_a_short_track_lacks_at_the_end_is_marked(
    name: str, longer: str, by: float, media_path: Callable[[str], Path]
) -> None:
    media = Media(media_path(name))
    duration = media.metadata.duration
    last = list(media.windows(length=1, fps=25, size=(8, 8)))[-1]
    assert last.span.end >= duration > last.span.start
    window = media.window(Span(0, duration), fps=25, size=(8, 8))
    ends = {
        "video": int(window.video_valid.sum()) / 25,
        "audio": int(window.audio_valid.sum()) / len(window.audio_valid),
    }
    ends["audio"] *= float(duration)
    shorter = "video" if longer == "audio" else "audio"
    assert abs(ends[longer] - ends[shorter] - by) <= FRAME + 2 * AAC_FRAME


def test_drifting_audio_is_not_bent(media_path: Callable[[str], Path]) -> None:
    # 0.1 % fast: 30 s of frames, 29.97 s of audio; no reader may stretch it to fit.
    media = Media(media_path("made/drift_audio_0p1pct_fast.mp4"))
    audio = media.metadata.audio
    assert audio is not None and audio.end is not None
    assert abs(float(audio.end) - 30 * 44_100 / 44_144) <= AAC_FRAME
    assert media.window(Span(0, 30)).audio_valid.sum() == media.samples_in(Span(0, 30)).valid.sum()


def test_frames_may_be_missing_for_two_seconds(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("made/gap_video_10_12s.mp4"))
    frames = media.frames_in(Span(9, 13), fps=4, size=(8, 8))
    # The last frame before the gap stays on screen.
    assert frames.valid.all()
    frozen = [pts for pts in frames.times if pts is not None and Fraction(49, 5) < pts < 10]
    assert len(frozen) >= 7 and len(set(frozen)) == 1
