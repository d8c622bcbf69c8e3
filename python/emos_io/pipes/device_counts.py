"""What a device decoded, and what the CPU decoded in its place, over several files."""

from __future__ import annotations

from ..media import DeviceStats


class DeviceCounts:
    """The sum of `Media.stats` over files; a file that was opened several times counts once for a reason.

    Args:
        device: The device of all of them; None without one.
    """

    def __init__(self, device: str | None) -> None:
        self._device = device
        self._device_gops = self._cpu_gops = 0
        self._paths: dict[str, set[str]] = {}

    def copy(self) -> DeviceCounts:
        """Return the same sum, to which others can be added."""
        other = DeviceCounts(self._device)
        other._device_gops, other._cpu_gops = self._device_gops, self._cpu_gops
        other._paths = {reason: set(paths) for reason, paths in self._paths.items()}
        return other

    def add(self, path: str, stats: DeviceStats) -> None:
        """Add what a Media of a file counted, once."""
        self._device_gops += stats["gops"]["device"]
        self._cpu_gops += stats["gops"]["cpu"]
        for reason in stats["fallback"]:
            self._paths.setdefault(reason, set()).add(path)

    def stats(self) -> DeviceStats:
        """Return the sum, reasons in order of the alphabet."""
        return {
            "device": self._device,
            "gops": {"device": self._device_gops, "cpu": self._cpu_gops},
            "fallback": {reason: len(self._paths[reason]) for reason in sorted(self._paths)},
        }
