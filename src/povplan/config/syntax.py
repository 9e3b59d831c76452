"""What is wrong with a file that is no YAML, in words an office understands."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from povplan.errors import Fault, why
from povplan.messages import Said, say

MAX_BYTES = 2 * 1024 * 1024
"""A definition file is a few dozen KiB; a larger one is no definition."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_PROBLEMS = (
    ("tab character", "config_tab"),
    ("nesting depth", "config_too_deep"),
    ("unexpected end of stream", "config_unclosed"),
    ("mapping values are not allowed", "config_colon"),
    ("could not find expected ':'", "config_no_colon"),
    ("expected ',' or", "config_bracket"),
    ("unknown escape", "config_escape"),
    ("cannot start any token", "config_first_character"),
)
"""What the parser's own words contain, and the message that says it better."""


def read_text(path: Path, file: str) -> tuple[str | None, list[Fault]]:
    """The text of the file at `path`, None with a fault where it cannot be read."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return None, [Fault(file, 1, 1, say("config_unreadable", reason=why(error)))]
    return decode(data, file)


def decode(data: bytes, file: str) -> tuple[str | None, list[Fault]]:
    """The text of a file, its line ends made equal; faults where it is not UTF-8 or far too large."""
    if len(data) > MAX_BYTES:
        return None, [Fault(file, 1, 1, say("config_too_large", limit=MAX_BYTES // 1024 // 1024))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        return None, [Fault(file, *place, say("config_not_utf8"))]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []


def characters_to_refuse(text: str, file: str) -> list[Fault]:
    """A fault for the first character that no text has: the parser would not say where it stands."""
    found = _CONTROL.search(text)
    if not found:
        return []
    before = text[: found.start()]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    return [Fault(file, *place, say("config_control_character", code=f"U+{ord(found.group()):04X}"))]


def syntax_fault(error: yaml.YAMLError, text: str, file: str) -> Fault:
    """The parser's complaint at its place, with the usual cause where the line shows one."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(file, 1, 1, say("config_yaml", problem=str(error)))
    mark = error.problem_mark
    if error.context_mark is not None and "end of stream" in (error.problem or ""):
        mark = error.context_mark
    lines = text.split("\n")
    near = lines[max(mark.line - 1, 0) : mark.line + 1]
    return Fault(file, mark.line + 1, mark.column + 1, _complaint(error.problem or "", near))


def _complaint(problem: str, near: list[str]) -> Said:
    if near and re.match(r" *\t", near[-1]):
        return say("config_tab")
    if any(re.search("[：，［］｛｝“”]", line.split("#")[0]) for line in near):
        return say("config_full_width")
    for words, key in _PROBLEMS:
        if words in problem:
            return say(key)
    if "did not find expected" in problem:
        return say("config_indent")
    return say("config_yaml", problem=problem)
