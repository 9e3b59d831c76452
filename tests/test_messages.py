"""Every message that the program asks for by name is there, and gets what its gaps want."""

from __future__ import annotations

import ast
import errno
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from povplan.errors import why
from povplan.messages import Said, catalogue, say, shipped

PACKAGE = Path(__file__).parents[1] / "src" / "povplan"


def asked() -> Iterator[tuple[str, str, set[str] | None]]:
    """Place, key and values of every call of `say` and `tell` whose key is written out; `**` gives None."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args and ast.unparse(call.func) in ("say", "tell"):
                names = {keyword.arg for keyword in call.keywords}
                given = None if None in names else {str(name) for name in names}
                for key in keys(call.args[0]):
                    yield f"{path.relative_to(PACKAGE)}:{call.lineno}", key, given


def keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*keys(node.body), *keys(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def gaps(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_message_that_is_asked_for_is_there() -> None:
    found = list(asked())

    assert len(found) > 500
    assert [(at, key) for at, key, _ in found if key not in catalogue()] == []


def test_every_gap_of_a_message_is_filled_in_both_languages() -> None:
    lacking = [
        (at, key, lang, sorted(missing))
        for at, key, given in asked()
        if given is not None and key in catalogue()
        for lang in ("zh", "en")
        if (missing := gaps(catalogue()[key][lang]) - given)
    ]

    assert lacking == []


def test_every_entry_read_alone_is_the_one_of_its_file() -> None:
    whole: dict[str, object] = {}
    for path in sorted((shipped("configs") / "messages").glob("*.yaml")):
        whole |= yaml.safe_load(path.read_text(encoding="utf-8"))

    assert len(whole) > 2_000
    assert {key: catalogue()[key] for key in catalogue()} == whole
    assert "no_such_key" not in catalogue()


def test_a_gap_filled_with_both_languages_is_filled_in_each_with_its_own() -> None:
    inner = say("errno_ENOSPC")

    assert say("init_cannot_write", path="a", reason=inner) == Said(
        say("init_cannot_write", path="a", reason=inner.zh).zh,
        say("init_cannot_write", path="a", reason=inner.en).en,
    )


@pytest.mark.parametrize(
    ("error", "zh", "en"),
    [
        (FileNotFoundError(errno.ENOENT, "weg"), "没有这个文件或文件夹", "No such file or directory"),
        (OSError(errno.ENOSPC, "voll"), "磁盘已满", "No space left on device"),
        (OSError(errno.EPIPE, "Broken pipe"), "Broken pipe", "Broken pipe"),
        (OSError("odd"), "OSError", "OSError"),
        (ValueError("embedded null byte"), "ValueError", "ValueError"),
    ],
)
def test_why_the_system_would_not_is_said_in_words(error: Exception, zh: str, en: str) -> None:
    assert why(error) == Said(zh, en)
