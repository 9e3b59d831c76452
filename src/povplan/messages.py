"""Every sentence povplan says, in Chinese and English, from `configs/messages/`.

A message has a stable key. `say("file_missing", path=p)` fills its gaps in both languages; which of
the two is shown is decided where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class Said:
    """One sentence in both languages."""

    zh: str
    en: str

    def text(self, lang: str) -> str:
        """The sentence in `lang`; English falls back to Chinese where a county gave no translation."""
        return self.en or self.zh if lang == "en" else self.zh


def shipped(name: str) -> Path:
    """The folder `configs` or `sample_data`, inside the installed package or in a source checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parents[1] / name


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Message key → language → template, as shipped: one file a room, no key in two of them."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted((shipped("configs") / "messages").glob("*.yaml")):
        found.update(yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {})
    return found


def say(key: str, **values: Any) -> Said:
    """The message `key` with its gaps filled. An unknown key is our bug and raises KeyError."""
    templates = catalogue()[key]
    return Said(templates["zh"].format_map(values), templates["en"].format_map(values))
