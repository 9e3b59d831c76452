"""What povplan's own definition files say, kept beside its compiled modules once they have been read.

To note where each value stands takes most of the time of reading YAML, and nobody asks while all is well. So
the plain values of files without a fault are kept, with the text and the reader that they come from: another
text, or another reader, is read anew. What makes Python keep no compiled modules, or elsewhere, holds here.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import yaml

from povplan.config import places, syntax
from povplan.config.places import Document
from povplan.config.syntax import read_text
from povplan.messages import shipped


def recalled(text: str, shown: str) -> Any:
    """What a file of that text said; None where that is not known. `shown` is how faults name the file."""
    try:
        found = json.loads(_beside(shown).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    known = isinstance(found, dict) and found.get("of") == _stamp(text)
    return found.get("value") if known else None


def keep(document: Document) -> None:
    """Remember what a file without a fault says, if it is one of ours and can be said in JSON.

    Where it cannot be written it is not: everything is read anew then, as it was before.
    """
    ours, faults = read_text(shipped("configs").parent / document.file, document.file)
    said = json.dumps({"of": _stamp(document.text), "value": document.value}, ensure_ascii=False)
    if faults or ours != document.text or json.loads(said)["value"] != document.value:
        return
    if sys.dont_write_bytecode:
        return
    place = _beside(document.file)
    beside = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(said, encoding="utf-8")
        beside.replace(place)
    except OSError:
        with suppress(OSError):
            beside.unlink()


def _beside(shown: str) -> Path:
    name = ".".join(Path(shown).with_suffix("").parts)
    return Path(cache_from_source(str(Path(__file__).with_name(f"{name}.py")))).with_suffix(".json")


def _stamp(text: str) -> str:
    return hashlib.sha256(_reader() + text.encode()).hexdigest()


@cache
def _reader() -> bytes:
    """What tells one way of reading from another: the modules that do it."""
    modules = (Path(module.__file__ or "").read_bytes() for module in (places, syntax))
    return b"".join(hashlib.sha256(module).digest() for module in modules) + yaml.__version__.encode()
