"""What trainer_args, sft_args, checkpoints and rows refuse, without a trainer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emos_io.adapters.checkpoints import chosen_checkpoint, read_loader_state, write_loader_state
from emos_io.adapters.hf_trainer import trainer_args
from emos_io.adapters.trainer_options import check_batch_size, check_trainer
from emos_io.adapters.trl import sft_args
from emos_io.errors import InvalidArgument
from emos_io.plan import WindowPlan
from emos_io.testing import make_monologue

REFUSED_BY_BOTH = [
    ({"deepspeed": {"zero": 2}}, "deepspeed must be None"),
    ({"remove_unused_columns": True}, "remove_unused_columns must be False, got True; the collate function needs"),
    ({"dataloader_drop_last": True}, "dataloader_drop_last must be False"),
    ({"dataloader_in_order": False}, "dataloader_in_order must be True"),
    ({"ignore_data_skip": True}, "ignore_data_skip must be False"),
    ({"auto_find_batch_size": True}, "auto_find_batch_size must be False"),
    ({"accelerator_config": {"split_batches": True}}, "accelerator_config's split_batches must be False"),
    ({"accelerator_config": {"dispatch_batches": True}}, "accelerator_config's dispatch_batches must be False"),
    (
        {"group_by_length": True},
        "group_by_length must be left out, got True; .*train_sampling_strategy='group_by_length'",
    ),
    ({"parallelism_config": {"tp_size": 2}}, "parallelism_config must be None"),
]
REFUSED_BY_TRL = [
    ({"packing": True}, "packing must be False"),
    ({"eval_packing": True}, "eval_packing must be False"),
    ({"padding_free": True}, "padding_free must be False"),
    ({"assistant_only_loss": True}, "assistant_only_loss must be False"),
    ({"max_length": 1024}, "max_length must be None, got 1024; nothing is cut"),
    ({"dataset_kwargs": {"skip_prepare_dataset": False}}, "dataset_kwargs must have skip_prepare_dataset True"),
]


def is_one_line(error: BaseException) -> bool:
    return "\n" not in str(error)


@pytest.mark.parametrize(("changes", "text"), REFUSED_BY_BOTH, ids=str)
def test_options_that_break_windows_are_refused_in_one_line(changes: dict[str, object], text: str) -> None:
    for make in (trainer_args, sft_args):
        with pytest.raises(InvalidArgument, match=f"^{text}") as refused:
            make(**changes)
        assert is_one_line(refused.value)


@pytest.mark.parametrize(("changes", "text"), REFUSED_BY_TRL, ids=str)
def test_options_of_trl_that_break_windows_are_refused_in_one_line(changes: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^{text}") as refused:
        sft_args(**changes)
    assert is_one_line(refused.value)


def test_options_are_kept_and_those_that_windows_need_are_added() -> None:
    assert trainer_args(output_dir="out") == {"remove_unused_columns": False, "output_dir": "out"}
    made = sft_args(output_dir="out", dataset_kwargs={"other": 1}, packing=False)
    assert made == {
        "remove_unused_columns": False,
        "max_length": None,
        "output_dir": "out",
        "packing": False,
        "dataset_kwargs": {"other": 1, "skip_prepare_dataset": True},
    }


class SeveralDevices:
    """Arguments as TrainingArguments has them where one process sees two GPUs."""

    output_dir: str | None = None
    world_size = 1
    n_gpu = 2
    per_device_train_batch_size = 1
    gradient_accumulation_steps = 1
    should_save = True
    ignore_data_skip = False


def test_several_devices_of_one_process_and_deepspeed_of_accelerate_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^GPUs of one process must be 1, got 2; .* torchrun"):
        check_trainer(SeveralDevices(), is_deepspeed=False)
    with pytest.raises(InvalidArgument, match=r"^deepspeed must be None"):
        check_trainer(SeveralDevices(), is_deepspeed=True)


def test_a_batch_size_that_does_not_fit_the_lanes_names_those_that_do() -> None:
    plan = WindowPlan([make_monologue("streaming/a", 10)], 2, 1, num_lanes=2, windows_per_lane=2)
    check_batch_size(plan, 4, 1, "size")
    check_batch_size(plan, 2, 2, "size")
    with pytest.raises(
        InvalidArgument, match=r"^size must be 2 on 2 ranks, got 3; .* 2 lanes of 2: 4 on 1, 2 on 2 ranks$"
    ):
        check_batch_size(plan, 3, 2, "size")
    with pytest.raises(InvalidArgument, match=r"^world_size must divide the plan's 2 lanes, got 4; choose 1 or 2$"):
        check_batch_size(plan, 1, 4, "size")


def checkpoint(folder: Path, number: int, *, is_complete: bool) -> Path:
    made = folder / f"checkpoint-{number}"
    write_loader_state(made, {"epoch": 0, "step": number})
    if is_complete:
        (made / "trainer_state.json").write_text(json.dumps({"global_step": number}))
    return made


def test_the_last_complete_checkpoint_is_chosen_and_a_warning_names_those_after_it(tmp_path: Path) -> None:
    nine, _, _ = (checkpoint(tmp_path, number, is_complete=number < 10) for number in (9, 10, 11))
    with pytest.warns(UserWarning, match="passed over: checkpoint-11, checkpoint-10; delete them"):
        assert chosen_checkpoint(True, str(tmp_path)) == nine
    assert read_loader_state(nine) == ({"epoch": 0, "step": 9}, 9)
    assert chosen_checkpoint(None, str(tmp_path)) is chosen_checkpoint(False, str(tmp_path)) is None
    assert chosen_checkpoint("x", str(tmp_path)) == Path("x")
    with pytest.raises(InvalidArgument, match=r"^resume_from_checkpoint must be a folder, True, False or None, got 3"):
        chosen_checkpoint(3, str(tmp_path))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["{}", "[]", '{"global_step"', ""])
def test_a_trainer_state_that_is_cut_or_empty_makes_no_checkpoint(text: str, tmp_path: Path) -> None:
    nine, ten = (checkpoint(tmp_path, number, is_complete=True) for number in (9, 10))
    (ten / "trainer_state.json").write_text(text)
    with pytest.warns(UserWarning, match="passed over: checkpoint-10; delete them"):
        assert chosen_checkpoint(True, str(tmp_path)) == nine
    with pytest.raises(InvalidArgument, match=r"got one whose trainer_state.json cannot be read") as refused:
        read_loader_state(ten)
    assert is_one_line(refused.value)


def test_no_checkpoint_and_a_checkpoint_without_a_state_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"^resume_from_checkpoint must be False where no checkpoint is complete"):
        chosen_checkpoint(True, str(tmp_path))
    made = checkpoint(tmp_path, 3, is_complete=True)
    (made / "emos_loader.json").write_text("{cut")
    with pytest.raises(InvalidArgument, match=r"got one whose emos_loader.json cannot be read") as refused:
        read_loader_state(made)
    assert is_one_line(refused.value)
    assert refused.value.path == str(made)


def test_the_adapters_of_trainers_import_no_heavy_library() -> None:
    code = (
        "import sys, emos_io.adapters.hf_trainer, emos_io.adapters.rows, emos_io.adapters.trl\n"
        "print(*sorted({'torch', 'transformers', 'trl', 'datasets', 'accelerate', 'peft'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
