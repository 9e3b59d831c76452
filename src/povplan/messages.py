"""Every sentence povplan says, in Chinese and English, from `configs/messages/`.

A message has a stable key. `say("file_missing", path=p)` fills its gaps in both languages; which of
the two is shown is decided where it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

_ENTRY = re.compile(r"^[^\s#].*(?:\n(?![^\s#]).*)*", re.MULTILINE)
"""A line that begins with a key, and all below it up to the next such line."""


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


class Catalogue(Mapping[str, Mapping[str, str]]):
    """Message key → language → template. Every entry is there; each is parsed when it is asked for.

    A command says a few dozen of some thousands, and every process would wait for all of them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._written = {entry.partition(":")[0]: entry for text in texts for entry in _ENTRY.findall(text)}
        self._parsed: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, key: str) -> Mapping[str, str]:
        if key not in self._parsed:
            self._parsed[key] = _parse(self._written[key])
        return self._parsed[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __contains__(self, key: object) -> bool:
        return key in self._written


@cache
def catalogue() -> Catalogue:
    """The messages as shipped: one file a room, no key in two of them."""
    files = sorted((shipped("configs") / "messages").glob("*.yaml"))
    return Catalogue(file.read_text(encoding="utf-8") for file in files)


def _parse(entry: str) -> Mapping[str, str]:
    import yaml

    (parsed,) = yaml.load(entry, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)).values()
    return cast("Mapping[str, str]", parsed)


def say(key: str, **values: Any) -> Said:
    """The message `key` with its gaps filled. An unknown key is our bug and raises KeyError.

    A gap filled with a `Said` is filled in each language with its own words.
    """
    templates = catalogue()[key]
    zh, en = (templates[lang].format_map(_spoken(values, lang)) for lang in ("zh", "en"))
    return Said(zh, en)


def _spoken(values: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        name: getattr(value, lang) if isinstance(value, Said) else value for name, value in values.items()
    }
