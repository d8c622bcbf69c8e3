"""Batches as plain dicts of arrays: names, what is None, and what trainers do with them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from pipes_help import ARRAYS, AUDIO, NUMPY, VIDEO, films, loader_of, plan_of

from emos_io.errors import InvalidArgument
from emos_io.pipes import Collate, LaneBatches, WindowBatch, WindowDataset, WindowLoader
from emos_io.pipes.batch import NumpyArray

# One lane runs out before the other.
PLAN = plan_of(films(3), num_lanes=2, windows_per_lane=2)


@pytest.fixture(scope="module")
def batches() -> list[WindowBatch[NumpyArray]]:
    with loader_of(PLAN) as loader:
        return list(loader)


def test_numbers_are_those_of_the_plan_and_minus_one_in_empty_slots(batches: list[WindowBatch[NumpyArray]]) -> None:
    for step, batch in enumerate(batches):
        assert batch.numbers.dtype == np.int64
        assert batch.numbers.tolist() == PLAN.batch(0, step).numbers.ravel().tolist()
        assert [None if n < 0 else PLAN.window(int(n)).key for n in batch.numbers] == list(batch.keys)
    assert any(-1 in batch.numbers for batch in batches)


def test_a_window_that_was_masked_keeps_its_number() -> None:
    with WindowLoader(PLAN, video=VIDEO, audio=AUDIO, collate=NUMPY, on_error="mask", timeout=1e-9) as loader:
        batch = next(iter(loader))
    assert not batch.valid.any()
    assert batch.numbers.tolist() == PLAN.batch(0, 0).numbers.ravel().tolist()


NAMES: dict[str, tuple[Any, dict[str, str]]] = {
    "all": (True, {name: name for name in ARRAYS}),
    "some": (["numbers", "waveform"], {"numbers": "numbers", "waveform": "waveform"}),
    "tuple": (("labels",), {"labels": "labels"}),
    "renamed": (
        {"pixel_values": "frames", "ids": "numbers", "again": "numbers"},
        {"pixel_values": "frames", "ids": "numbers", "again": "numbers"},
    ),
}


@pytest.mark.parametrize(("as_dict", "names"), NAMES.values(), ids=NAMES)
def test_a_dict_holds_the_arrays_of_the_batch_under_their_names(
    as_dict: Any, names: dict[str, str], batches: list[WindowBatch[NumpyArray]]
) -> None:
    collate = Collate("numpy", 2, as_dict=as_dict)
    for each in (collate, pickle.loads(pickle.dumps(collate)), copy.deepcopy(collate)):
        assert each == collate
        with WindowLoader(PLAN, video=VIDEO, audio=AUDIO, collate=each) as loader:
            for wanted, found in zip(batches, loader, strict=True):
                assert type(found) is dict
                assert list(found) == list(names)
                for theirs, ours in names.items():
                    np.testing.assert_array_equal(found[theirs], getattr(wanted, ours), strict=True)


def test_all_arrays_are_those_that_there_are() -> None:
    with WindowLoader(PLAN, video=None, audio=AUDIO, collate=Collate("numpy", as_dict=True)) as loader:
        batch = next(iter(loader))
    assert set(ARRAYS) - set(batch) == {"frames", "timeline", "timeline_valid"}


WRONG: dict[str, tuple[Any, str]] = {
    "near": (["waveforms"], "as_dict must name arrays of a WindowBatch, got 'waveforms'; the nearest is 'waveform'"),
    "far": (
        {"x": "pixels?"},
        "as_dict must name arrays of a WindowBatch, got 'pixels?'; choose of frames, frame_valid, ",
    ),
    "not an array": (["keys"], "as_dict must name arrays of a WindowBatch, got 'keys'; choose of frames, "),
    "their name": ({1: "frames"}, "as_dict must have names as keys, got 1; pass {their name: name}"),
    "our name": ({"x": 1}, "as_dict must name arrays of a WindowBatch, got 1; choose of frames, "),
    "text": ("frames", "as_dict must be True, names of arrays or {their name: name}, got 'frames'; pass such as ["),
    "none": ([], "as_dict must be True, names of arrays or {their name: name}, got []; pass such as ["),
    "nothing": (None, "as_dict must be True, names of arrays or {their name: name}, got None; pass such as ["),
    "twice": (["frames", "frames"], "as_dict must name each array once, got 'frames' twice; leave one out"),
    "timeline": (
        ["timeline"],
        "as_dict must name arrays that there are, got 'timeline', which is None; give label_rate=, or ",
    ),
}


@pytest.mark.parametrize(("as_dict", "text"), WRONG.values(), ids=WRONG)
def test_names_that_are_not_those_of_arrays_are_refused(as_dict: Any, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Collate("numpy", as_dict=as_dict)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(("name", "options"), [("frames", {"video": None}), ("waveform", {"audio": None})])
def test_an_array_that_was_named_and_is_not_read_raises(name: str, options: dict[str, Any]) -> None:
    with (
        loader_of(PLAN, collate=Collate("numpy", as_dict=[name]), **options) as loader,
        pytest.raises(
            InvalidArgument, match=f"^as_dict must name arrays that there are, got '{name}', which is None; give "
        ),
    ):
        next(iter(loader))


def test_repr_says_what_it_makes() -> None:
    assert repr(Collate("numpy")) == "Collate(tensors='numpy', label_rate=None)"
    assert (
        repr(Collate("numpy", as_dict=["numbers"]))
        == "Collate(tensors='numpy', label_rate=None, as_dict={'numbers': 'numbers'})"
    )


def test_arrays_of_numpy_are_not_moved(batches: list[WindowBatch[NumpyArray]]) -> None:
    text = r"^batch must hold tensors to be moved, got numpy arrays; take Collate\(tensors=\"torch\"\)$"
    with pytest.raises(InvalidArgument, match=text):
        batches[0].to("cpu")
    with pytest.raises(InvalidArgument, match=text):
        batches[0].pin_memory()


def test_trainers_find_the_size_of_a_dict_and_move_it() -> None:
    """To the device "meta", which needs no accelerator."""
    torch = pytest.importorskip("torch")
    operations = pytest.importorskip("accelerate.utils.operations", reason="accelerate is not installed")
    apply = pytest.importorskip("lightning.fabric.utilities.apply_func", reason="lightning is not installed")
    sizes = pytest.importorskip("lightning.pytorch.utilities.data")
    data: Any = WindowDataset(PLAN, video=VIDEO, audio=AUDIO)
    loader = torch.utils.data.DataLoader(data, batch_sampler=LaneBatches(PLAN), collate_fn=Collate(as_dict=True))
    batch = next(iter(loader))
    assert type(batch) is dict
    assert {type(value) for value in batch.values()} == {torch.Tensor}
    assert operations.find_batch_size(batch) == PLAN.batch_size
    assert sizes.extract_batch_size(batch) == PLAN.batch_size
    meta = torch.device("meta")
    moved = {
        "accelerate": operations.send_to_device(batch, meta, non_blocking=True),
        "lightning": apply.move_data_to_device(batch, meta),
    }
    for each in moved.values():
        assert type(each) is dict
        assert {name: (value.device, value.shape) for name, value in each.items()} == {
            name: (meta, value.shape) for name, value in batch.items()
        }


def test_trainers_move_a_batch_of_tensors() -> None:
    torch = pytest.importorskip("torch")
    operations = pytest.importorskip("accelerate.utils.operations", reason="accelerate is not installed")
    apply = pytest.importorskip("lightning.fabric.utilities.apply_func", reason="lightning is not installed")
    with WindowLoader(PLAN, video=VIDEO, audio=AUDIO) as loader:
        batch = next(iter(loader))
    meta = torch.device("meta")
    for moved in (
        batch.to(meta),
        batch.to(device="meta", non_blocking=True),
        operations.send_to_device(batch, meta, non_blocking=True),
        apply.move_data_to_device(batch, meta),
    ):
        assert type(moved) is WindowBatch
        assert moved.frames is not None
        assert (moved.numbers.device, moved.frames.device) == (meta, meta)
        assert moved.keys == batch.keys
