"""What a server gets of a window: the same frames, their times, the same samples, the question, and no answer."""

from __future__ import annotations

import io
import wave
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from server_runs import ANSWER, AUDIO, VIDEO, engine, questions
from server_stub import Stub, running_stub

from emos_io.inference import Questions
from emos_io.inference.server import ServerForm
from emos_io.inference.server.encoding import jpeg, wav
from emos_io.pipes import WindowSample

pytest.importorskip("httpx")

JPEG_MEAN = 1.5
"""How far pixels lie apart on average after JPEG of quality 95, in smooth frames with an edge; two frames of counting clips
lie more than 5 apart."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stub]:
    with running_stub(tmp_path_factory.mktemp("stub")) as running:
        yield running


def samples_of(asked: Questions) -> dict[str, WindowSample]:
    with asked.loader(list) as loader:
        return {key: sample for batch in loader for key, sample in zip(batch.keys, batch.inputs, strict=True)}


def bodies(stub: Stub, asked: Questions, form: ServerForm) -> dict[str, dict[str, Any]]:
    stub.set({})
    answers = list(engine(stub.address, form=form).answers(asked))
    assert all(answer.text == f"Joy [{answer.key}]" for answer in answers)
    assert {request["path"] for request in stub.requests()} == {"/v1/chat/completions"}
    return {request["key"]: request["body"] for request in stub.requests()}


def decoded(text: str) -> npt.NDArray[np.uint8]:
    image = Image.open(io.BytesIO(b64decode(text, validate=True)))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return np.asarray(image)


def samples_in(text: str) -> tuple[npt.NDArray[np.int16], int]:
    with wave.open(io.BytesIO(b64decode(text, validate=True))) as reader:
        assert reader.getsampwidth() == 2
        data = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        return data.reshape(-1, reader.getnchannels()).T, reader.getframerate()


def assert_same_samples(found: npt.NDArray[np.int16], sample: WindowSample) -> None:
    """No integer lies nearer to any sample: 32768 is the full scale."""
    assert sample.waveform is not None
    assert found.shape == sample.waveform.shape
    assert np.abs(found - sample.waveform.astype(np.float64) * 32768).max() <= 0.5
    assert len(np.unique(found)) > 1000


def assert_same_frames(found: list[npt.NDArray[np.uint8]], sample: WindowSample) -> None:
    frames = sample.frames
    assert frames is not None
    assert len(found) == len(frames)
    for index, frame in enumerate(found):
        apart = [float(np.abs(frame.astype(int) - other).mean()) for other in frames.astype(int)]
        assert apart[index] <= JPEG_MEAN
        assert np.argmin(apart) == index


def test_vllm_gets_one_video_of_all_frames_with_their_rate(stub: Stub, media: Path) -> None:
    asked = questions(media)
    found, samples = bodies(stub, asked, "vllm"), samples_of(asked)
    assert set(found) == set(samples) == {window.key for window in asked.plan.windows()}
    for key, body in found.items():
        system, user = body["messages"]
        video, audio, text = user["content"]
        assert (video["type"], audio["type"], text["type"]) == ("video_url", "audio_url", "text")
        # As `VideoMediaIO.load_base64` of vLLM 0.33.0 reads it: the first num_frames of texts between commas.
        scheme, _, data = video["video_url"]["url"].partition(",")
        times = body["media_io_kwargs"]["video"]
        assert scheme == "data:video/jpeg;base64"
        assert_same_frames([decoded(each) for each in data.split(",")[: times["num_frames"]]], samples[key])
        assert times == {
            "num_frames": 8,
            "fps": 4.0,
            "frames_indices": list(range(8)),
            "total_num_frames": 8,
            "duration": 2.0,
            "do_sample_frames": False,
        }
        assert body["mm_processor_kwargs"] == {"fps": 4.0, "do_sample_frames": False}
        scheme, _, data = audio["audio_url"]["url"].partition(",")
        integers, rate = samples_in(data)
        assert (scheme, rate) == ("data:audio/wav;base64", AUDIO.sample_rate)
        assert_same_samples(integers, samples[key])
        assert text["text"] == f"Which emotion? [{key}]"
        assert system == {"role": "system", "content": "You know faces."}


def test_openai_gets_images_with_their_times_and_input_audio(stub: Stub, media: Path) -> None:
    asked = questions(media, by_clip=True)
    found, samples = bodies(stub, asked, "openai"), samples_of(asked)
    assert len(found) == len(samples) == 4
    for key, body in found.items():
        *frames, audio, text = body["messages"][1]["content"]
        assert [each["type"] for each in frames] == ["text", "image_url"] * (len(frames) // 2)
        assert [each["text"] for each in frames[::2]] == [f"[{index / 4:.2f} s]" for index in range(len(frames) // 2)]
        urls = [each["image_url"]["url"].split(",") for each in frames[1::2]]
        assert {scheme for scheme, _ in urls} == {"data:image/jpeg;base64"}
        assert_same_frames([decoded(data) for _, data in urls], samples[key])
        assert audio["input_audio"]["format"] == "wav"
        integers, rate = samples_in(audio["input_audio"]["data"])
        assert rate == AUDIO.sample_rate
        assert_same_samples(integers, samples[key])
        assert text["text"] == f"Which emotion? [{key}]"
        assert not {"media_io_kwargs", "mm_processor_kwargs"} & set(body)


def test_requests_are_greedy_and_have_no_answer_in_them(stub: Stub, media: Path) -> None:
    for form in ("vllm", "openai"):
        for body in bodies(stub, questions(media, by_clip=True), form).values():
            assert {name: body[name] for name in ("model", "temperature", "max_tokens", "stream")} == {
                "model": "tiny",
                "temperature": 0,
                "max_tokens": 32,
                "stream": False,
            }
            assert [message["role"] for message in body["messages"]] == ["system", "user"]
            assert ANSWER not in str(body)


def test_channels_first_gives_the_same_video(stub: Stub, media: Path) -> None:
    first = bodies(stub, questions(media, by_clip=True), "vllm")
    video = replace(VIDEO, dimension_order="TCHW")
    assert bodies(stub, questions(media, by_clip=True, video=video), "vllm") == first


def test_a_window_without_audio_has_no_part_of_it(stub: Stub, media: Path) -> None:
    asked = replace(questions(media, by_clip=True), audio=None)
    for body in bodies(stub, asked, "vllm").values():
        assert [part["type"] for part in body["messages"][1]["content"]] == ["video_url", "text"]


def test_a_rate_that_is_no_integer_is_sent_as_it_is(stub: Stub, media: Path) -> None:
    asked = questions(media, by_clip=True, video=replace(VIDEO, fps="2.5"))
    samples = samples_of(asked)
    for key, body in bodies(stub, asked, "vllm").items():
        times = body["media_io_kwargs"]["video"]
        assert times["fps"] == body["mm_processor_kwargs"]["fps"] == 2.5
        assert times["duration"] == times["num_frames"] / 2.5
        assert times["num_frames"] == len(samples[key].frame_valid)


@pytest.mark.parametrize("channels", [1, 2])
def test_wav_holds_every_sample_of_16_bits_and_cuts_what_is_louder(channels: int) -> None:
    integers = np.arange(-32768, 32768, dtype=np.int64)
    waveform = np.stack([integers, integers[::-1]][:channels]).astype(np.float32) / np.float32(32768)
    data = wav(waveform, 16_000)
    with wave.open(io.BytesIO(data)) as reader:
        found = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, channels).T
    assert np.array_equal(found[0], integers)
    assert channels == 1 or np.array_equal(found[1], integers[::-1])
    loud = wav(np.array([[1.5, 1.0, -1.0, -1.5, 0.4 / 32768, 0.6 / 32768]], np.float32), 16_000)
    assert np.frombuffer(loud[-12:], "<i2").tolist() == [32767, 32767, -32768, -32768, 0, 1]


def test_jpeg_keeps_smooth_frames_with_an_edge() -> None:
    row, column = np.mgrid[0:96, 0:128]
    frame = np.stack([row * 2, column, (row + column) // 2 + 60 * (column > 70)], axis=2).astype(np.uint8)
    found = np.asarray(Image.open(io.BytesIO(jpeg(frame)))).astype(int)
    assert 0 < np.abs(found - frame).mean() <= JPEG_MEAN


def test_jpeg_keeps_colours_at_full_size() -> None:
    frame = np.zeros((16, 16, 3), np.uint8)
    frame[:, ::2] = (255, 0, 0)
    frame[:, 1::2] = (0, 0, 255)
    found = np.asarray(Image.open(io.BytesIO(jpeg(frame)))).astype(int)
    # With colours at half size, columns of one pixel would be the same violet.
    assert (found[:, ::2, 0] - found[:, 1::2, 0]).min() > 200
