"""Names of devices, and what is said where an extra, a driver or a GPU is absent. No GPU and no DALI are needed."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from child import Child

from emos_io._install import install
from emos_io.errors import InvalidArgument
from emos_io.gpu.decoders import open_decoder
from emos_io.gpu.devices import Driver, check_device, check_ready, find_driver


@pytest.mark.parametrize(
    ("text", "name"),
    [("cuda", "cuda:0"), ("cuda:0", "cuda:0"), ("cuda:3", "cuda:3"), ("cuda:12", "cuda:12"), ("dali-cpu", "dali-cpu")],
)
def test_a_device_gets_its_number(text: str, name: str) -> None:
    assert check_device(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "auto",
        "cpu",
        "",
        "CUDA",
        "cuda:",
        "cuda:-1",
        "cuda:01",
        "cuda:1.0",
        "cuda:٣",
        " cuda",
        "cuda:0\n",
        "gpu",
        0,
        b"cuda",
        None,
    ],
)
def test_any_other_device_is_refused(text: object) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check_device(text)
    assert str(caught.value) == (
        f'device must be "cuda", "cuda:N" or "dali-cpu", got {text!r}; leave it out (None) to decode on the CPU'
    )


def open_without_dali(device: str) -> None:
    sys.modules["nvidia.dali"] = None  # type: ignore[assignment]
    open_decoder(device)


@pytest.mark.parametrize("device", ["cuda", "dali-cpu"])
def test_without_dali_the_error_names_both_extras(device: str) -> None:
    with Child() as child, pytest.raises(ImportError) as caught:
        child.run(open_without_dali, device)
    assert str(caught.value) == (
        f"device needs NVIDIA DALI, which is not installed; {install('gpu')} (CUDA 13), or {install('gpu-cuda12')} (CUDA 12)"
    )


def is_dali_imported() -> bool:
    open_decoder("dali-cpu")
    return any(name.startswith("nvidia.") for name in sys.modules)


def test_a_decoder_is_opened_without_importing_dali(dali_child: Child) -> None:
    with Child() as child:
        assert not child.run(is_dali_imported)


def same_decoder() -> bool:
    return open_decoder("dali-cpu") is open_decoder("dali-cpu")


def test_a_process_has_one_decoder_of_a_device(dali_child: Child) -> None:
    assert dali_child.run(same_decoder)


def test_without_a_driver_the_error_says_so(dali_child: Child) -> None:
    if isinstance(find_driver(), Driver):
        pytest.skip("there is a driver")
    with pytest.raises(InvalidArgument) as caught:
        dali_child.run(open_decoder, "cuda:1")
    text = str(caught.value)
    assert text.startswith("device must be a GPU with a driver of CUDA 13 or newer beside it, got 'cuda:1', but ")
    assert install("gpu") in text
    assert install("gpu-cuda12") in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("package", "driver", "device", "text"),
    [
        ("nvidia-dali-cuda130", Driver((13, 2), 2), "cuda:1", None),
        ("nvidia-dali-cuda120", Driver((13, 0), 1), "cuda:0", None),
        ("nvidia-dali-cuda120", Driver((12, 4), 1), "cuda:0", None),
        (
            "nvidia-dali-cuda130",
            Driver((13, 2), 2),
            "cuda:2",
            "device must be one of the 2 GPUs of this process, got 'cuda:2';",
        ),
        (
            "nvidia-dali-cuda130",
            Driver((12, 8), 1),
            "cuda:0",
            "device must be a GPU whose driver runs CUDA 13, which nvidia-dali-cuda130 needs, got 'cuda:0' "
            "and a driver of CUDA 12.8;",
        ),
        (
            "nvidia-dali-cuda120",
            "cuInit of libcuda.so.1 returns 100",
            "cuda:0",
            "device must be a GPU with a driver of CUDA 12 or newer beside it, got 'cuda:0', "
            "but cuInit of libcuda.so.1 returns 100;",
        ),
    ],
)
def test_the_driver_must_fit_the_wheel(
    monkeypatch: pytest.MonkeyPatch, package: str, driver: Driver | str, device: str, text: str | None
) -> None:
    def version(name: str) -> str:
        if name != package:
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.4.0"

    monkeypatch.setattr("importlib.metadata.version", version)
    monkeypatch.setattr("emos_io.gpu.devices._importable", lambda name: True)
    monkeypatch.setattr("emos_io.gpu.devices.find_driver", lambda: driver)
    if text is None:
        check_ready(check_device(device))
        return
    with pytest.raises(InvalidArgument) as caught:
        check_ready(check_device(device))
    assert str(caught.value).startswith(text)
