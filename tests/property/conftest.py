"""Laws are tried on a busy machine: no law has a deadline."""

from hypothesis import settings

settings.register_profile("emos", deadline=None)
settings.load_profile("emos")
