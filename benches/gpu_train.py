"""Time steps of LoRA on a model of the shape of Qwen2.5-Omni 7B with random weights, fed by this loader and by the usual way.

It needs the wheel, torch and transformers; nothing is downloaded. The usual way is a Dataset that decodes the file of each
sample by torchcodec or PyAV, in a DataLoader; where neither is installed its rows stay empty. Both get the same windows and
the same collate function, and their frames and audio are compared first. Without a GPU nothing is timed: --tiny runs all of
it on the CPU with a tiny model, which says nothing of speed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from emos_io import WindowLoader, WindowPlan
from emos_io.adapters import Qwen2_5Omni, ask, language_modules
from emos_io.adapters.family import ModelInputs
from emos_io.corpus import Corpus
from emos_io.pipes import WindowDataset
from emos_io.synthesize import synthesize
from emos_io.testing import make_monologue
from emos_io.testing.tiny_models import tiny_model, tiny_processor
from usual_way import FileWindows, installed_reader, usual_batches

if TYPE_CHECKING:
    from transformers import PreTrainedModel

HERE = Path(__file__).parent
LIBRARIES = ("emos-io", "torch", "transformers", "numpy", "torchcodec", "av")
RANK, ALPHA, LEARNING_RATE = 16, 32, 5e-5
WARM_UP_STEPS = 3
FRAME_TOLERANCE, AUDIO_TOLERANCE = 12.0, 0.05
"""Mean difference of 8-bit values, and root mean square at full scale 1: others scale and resample in their own way."""


class Work(NamedTuple):
    """What is timed."""

    files: int
    seconds: int
    media_size: tuple[int, int]
    length: int
    hop: int
    fps: int
    size: tuple[int, int]
    batch_size: int
    steps: int
    threads: int


FULL = Work(8, 60, (360, 640), 8, 4, 2, (224, 224), 1, 40, 4)
TINY = Work(2, 4, (60, 96), 2, 2, 2, (56, 56), 1, 2, 0)


def main() -> None:
    """Time it and write benches/results/gpu_train.json, where there is a GPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="a tiny model on the CPU: whether it runs, not how fast")
    parser.add_argument("--steps", type=int, help="steps that are timed of each way")
    parser.add_argument("--threads", type=int, help="threads of this loader, and workers of the DataLoader")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "gpu_train.json")
    arguments = parser.parse_args()
    if not arguments.tiny and not torch.cuda.is_available():
        print("no GPU is here: nothing is timed and the row stays empty; --tiny runs it on the CPU with a tiny model")
        return
    work = TINY if arguments.tiny else FULL
    work = work._replace(
        steps=arguments.steps or work.steps,
        threads=work.threads if arguments.threads is None else arguments.threads,
    )
    report = timed(work, torch.device("cpu" if arguments.tiny else "cuda"), is_tiny=arguments.tiny)
    text = json.dumps(report, indent=2)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text + "\n")
    print(text)


def timed(work: Work, device: torch.device, *, is_tiny: bool) -> dict[str, object]:
    """Return the report."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        codec, corpus = media(work, Path(folder))
        # Only the last message of the answer is a label, so its bytes cost nothing.
        family = Qwen2_5Omni(
            tiny_processor("qwen2_5_omni"),
            ask("Which emotion?"),
            fps=work.fps,
            size=work.size,
            pixels=(28 * 28, 1 << 20),
        )
        plan = WindowPlan(list(corpus), work.length, work.hop, batch_size=work.batch_size, seed=7)
        reader = installed_reader()
        close = None if reader is None else compared(plan, family, reader)
        model = adapted(tiny_model("qwen2_5_omni") if is_tiny else seven_billion(device))
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        first = moved(next(ours(plan, family, work)), device)
        rows: dict[str, float | None] = {
            "loader_alone": windows_a_second(ours(plan, family, work), None, work, device),
            "usual_alone": None,
            "model_alone": windows_a_second(same(first), model, work, device),
            "loader_and_model": windows_a_second(ours(plan, family, work), model, work, device),
            "usual_and_model": None,
        }
        if reader is not None:
            usual = FileWindows(plan, family.video, family.audio, reader)
            for name, used in (("usual_alone", None), ("usual_and_model", model)):
                batches = usual_batches(usual, family, batch_size=work.batch_size, num_workers=work.threads)
                rows[name] = windows_a_second(batches, used, work, device)
        allocated = None if device.type == "cpu" else torch.cuda.max_memory_allocated() / 2**30
    return {
        "machine": {
            "device": "cpu" if device.type == "cpu" else torch.cuda.get_device_name(),
            "cores": os.cpu_count(),
            "load_before": load,
            "python": platform.python_version(),
            "versions": versions(),
        },
        "tiny": is_tiny,
        "work": {**work._asdict(), "windows": len(plan), "codec": codec, "tokens": int(first_ids(first).shape[1])},
        "model": {
            "class": type(model).__name__,
            "parameters": sum(weight.numel() for weight in model.parameters()),
            "trained": sum(weight.numel() for weight in trained),
            "dtype": str(trained[0].dtype).removeprefix("torch."),
            "rank": RANK,
            "alpha": ALPHA,
        },
        "usual_way": None if reader is None else {"reader": reader, **(close or {})},
        "windows_a_second": rows,
        "allocated_gib": allocated,
    }


def media(work: Work, folder: Path) -> tuple[str, Corpus]:
    """Make monologues with frames that spell their numbers and tones; H.264 and AAC where there is an ffmpeg program."""
    items = [
        make_monologue(
            f"made/m{number}",
            work.seconds,
            [(0, work.seconds / 2, "Joy"), (work.seconds / 2, work.seconds, "Sadness")],
            [(0, work.seconds, "One.")],
        )
        for number in range(work.files)
    ]
    codec = "h264" if shutil.which("ffmpeg") else "raw"
    corpus = Corpus(monologues=items)
    made = synthesize(
        corpus, folder / "media", size=work.media_size, speech="tones", codec="h264" if codec == "h264" else "raw"
    )
    return codec, corpus.with_paths({each.key: each.path for each in made})


def compared(plan: WindowPlan, family: Qwen2_5Omni, reader: str) -> dict[str, float]:
    """Return by how much frames and audio of the usual way differ from ours, in the first and the last window."""
    usual = FileWindows(plan, family.video, family.audio, reader)
    frames, audio = [], []
    with WindowDataset(plan, **family.reads) as dataset:
        for number in (0, len(plan) - 1):
            own, other = dataset[number], usual[number]
            assert own.frames is not None and other.frames is not None, "there are frames"
            assert own.waveform is not None and other.waveform is not None, "there is audio"
            frames.append(float(np.abs(own.frames.astype(np.int16) - other.frames).mean()))
            audio.append(float(np.sqrt(np.square(own.waveform - other.waveform).mean())))
    assert max(frames) <= FRAME_TOLERANCE, f"frames differ by {max(frames):.1f} levels"
    assert max(audio) <= AUDIO_TOLERANCE, f"audio differs by {max(audio):.3f}"
    return {"frames_differ_by": round(max(frames), 2), "audio_differs_by": round(max(audio), 4)}


def ours(plan: WindowPlan, family: Qwen2_5Omni, work: Work) -> Iterator[ModelInputs]:
    """Yield batches without end, epoch after epoch."""
    with WindowLoader(plan, **family.reads, collate=family, num_threads=max(1, work.threads)) as loader:
        epoch = 0
        while True:
            loader.set_epoch(epoch)
            yield from loader
            epoch += 1


def same(batch: ModelInputs) -> Iterator[ModelInputs]:
    """Yield one batch without end: what a loader that costs nothing would give."""
    while True:
        yield batch


def windows_a_second(
    batches: Iterator[ModelInputs], model: PreTrainedModel | None, work: Work, device: torch.device
) -> float:
    """Return the windows a second of some steps after the first few, each with its step of the optimizer."""
    weights = [] if model is None else [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=LEARNING_RATE) if weights else None
    windows, begun = 0, 0.0
    for number, batch in enumerate(islice(batches, WARM_UP_STEPS + work.steps)):
        if number == WARM_UP_STEPS:
            synchronise(device)
            windows, begun = 0, time.perf_counter()
        windows += len(first_ids(batch))
        if model is not None and optimizer is not None:
            loss = model(**moved(batch, device)).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    synchronise(device)
    seconds = time.perf_counter() - begun
    close = getattr(batches, "close", None)
    if close is not None:
        close()
    return round(windows / seconds, 3)


def synchronise(device: torch.device) -> None:
    """Wait for the device."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def moved(batch: ModelInputs, device: torch.device) -> ModelInputs:
    """Return the batch on a device."""
    return {
        name: value.to(device, non_blocking=True) if isinstance(value, Tensor) else value
        for name, value in batch.items()
    }


def first_ids(batch: ModelInputs) -> Tensor:
    """Return the ids of a batch, ``[B, T]``."""
    ids = batch["input_ids"]
    assert isinstance(ids, Tensor), "ids are a tensor"
    return ids


class Lora(nn.Module):
    """A linear layer that stays as it is, and a product of two small ones beside it that learns; peft is not needed."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        device, dtype = base.weight.device, base.weight.dtype
        self.down = nn.Linear(base.in_features, RANK, bias=False, device=device, dtype=dtype)
        self.up = nn.Linear(RANK, base.out_features, bias=False, device=device, dtype=dtype)
        nn.init.zeros_(self.up.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the layer's outputs with what was learned."""
        outputs: Tensor = self.base(inputs) + self.up(self.down(inputs)) * (ALPHA / RANK)
        return outputs


def adapted(model: PreTrainedModel) -> PreTrainedModel:
    """Return the model with LoRA on the attention and the MLP of its language tower; all else is frozen."""
    for weight in model.parameters():
        weight.requires_grad_(False)
    for name in language_modules(model):
        parent, _, child = name.rpartition(".")
        layer = model.get_submodule(name)
        assert isinstance(layer, nn.Linear), f"{name} is no linear layer"
        setattr(model.get_submodule(parent), child, Lora(layer))
    return model.train()


def seven_billion(device: torch.device) -> PreTrainedModel:
    """Return the thinker of Qwen2.5-Omni 7B from its configuration, in bfloat16 with random weights: 9 G with its encoders."""
    import transformers

    markers = tiny_model("qwen2_5_omni").config.to_dict()
    config = transformers.Qwen2_5OmniThinkerConfig(
        text_config={"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}},
        # The defaults of transformers are of another, larger encoder.
        vision_config={"hidden_size": 1280, "out_hidden_size": 3584},
        **{name: value for name, value in markers.items() if name.endswith(("_token_index", "_token_id"))},
    )
    with torch.device(device):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        try:
            model = transformers.Qwen2_5OmniThinkerForConditionalGeneration(config)
        finally:
            torch.set_default_dtype(before)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    return model


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main()
