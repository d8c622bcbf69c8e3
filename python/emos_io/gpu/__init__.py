"""Decoding on a device: our index says which frames, DALI decodes them. Nothing of DALI is imported before it is used."""

from .devices import WHEELS, Driver, find_driver

__all__ = ["WHEELS", "Driver", "find_driver"]
