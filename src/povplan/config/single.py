"""One YAML file as one model, with the same strictness: for files that are no definitions, `povplan.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from povplan.config.places import read_document
from povplan.config.shape import fit
from povplan.config.syntax import read_text
from povplan.errors import ConfigError

S = TypeVar("S", bound=BaseModel)


def read_spec(path: Path, model: type[S], shown: str) -> S:
    """The file at `path` as a `model`. Raises ConfigError with every fault, the file named as `shown`."""
    text, faults = read_text(path, shown)
    document = None
    if text is not None:
        document, faults = read_document(text, shown)
    spec, more = fit(model, document) if document else (None, [])
    if spec is None or faults:
        raise ConfigError(faults + more)
    return spec
