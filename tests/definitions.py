"""The definitions as shipped, read once for all tests: nobody changes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from povplan.config import Config, load_config


@cache
def shipped(profile: str, _: Path | None = None) -> Config:
    """`load_config`, whatever the workspace: for tests in which none has definitions of its own."""
    return load_config(profile)


def default() -> Config:
    """Those of the profile that is meant where none is named."""
    return shipped("default")
