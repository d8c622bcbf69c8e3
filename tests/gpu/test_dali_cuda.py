"""Pipelines for CUDA as far as a machine without a GPU goes: they are defined, and DALI has their operators for GPUs.

Definition checks arguments, and on which device each input lies; it does not run anything.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from emos_io.gpu.dali.dali_decoder import DaliDecoder
from emos_io.gpu.dali.pipelines import Decode, Gather, Recipe, Upload
from emos_io.gpu.devices import check_device

if TYPE_CHECKING:
    from child import Child

OPERATORS = {"CoordTransform", "ExternalSource", "Flip", "Resize", "SequenceRearrange", "Slice", "Transpose"}


def recipes() -> list[Recipe]:
    decode = [Decode(*steps) for steps in itertools.product((False, True), repeat=6)]
    return [*decode, Gather(8, channels_first=False), Gather(8, channels_first=True), Upload()]


def define_all() -> int:
    return len([recipe.define(0) for recipe in recipes()])


def lacking_operators() -> set[str]:
    from nvidia.dali import ops

    return (OPERATORS - set(ops.gpu_ops())) | ({"decoders__Video"} - set(ops.mixed_ops()))


def test_every_pipeline_can_be_defined_for_a_gpu(dali_child: Child) -> None:
    assert dali_child.run(define_all) == len(recipes())


def test_dali_has_the_operators_for_a_gpu(dali_child: Child) -> None:
    assert dali_child.run(lacking_operators) == set()


def test_a_gpu_may_decode_what_the_cpu_backend_does_and_more() -> None:
    cuda, cpu = (DaliDecoder(check_device(device)).codecs for device in ("cuda:1", "dali-cpu"))
    assert cpu == {"mjpeg", "vp8", "vp9"}
    assert cuda - cpu == {"av1", "h264", "hevc", "mpeg4"}
    assert cpu < cuda
