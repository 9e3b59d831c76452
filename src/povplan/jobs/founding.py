"""`init`: a workspace with its settings and the definitions of a profile; the sample county's."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from povplan.config import Config, load_config, profiles
from povplan.errors import PovplanError, why
from povplan.messages import Said, say, shipped
from povplan.spec import County
from povplan.words import nearest
from povplan.workspace import SETTINGS

SETTINGS_TEXT = """\
# 工作区设置。改动后不必重装，下一条命令就用新的设置。
# Settings of this workspace; the next command uses them as they stand.
povplan: 1

# 定义用哪一套表式；各文件在 configs/ 里，可直接修改。
# The profile whose definitions are in configs/, where they may be changed.
profile: {profile}

# 本县名称和 6 位区划代码；不填名称的，以第一次入库的报表为准。
# The county's name and 6-digit code; without a name the first submission gives it.
county: {{name: {name}, code: {code}}}

# full：一份报表代表其中各村的全部行；partial：只补充、更正它所带的行。
# full: a file speaks for all rows of its villages; partial: only for the rows it carries.
submission: full

# 年龄算到每年的哪一天（月-日）。 The day of each year from which ages count.
as_of: "12-31"

# 出现哪一级疑点时命令以 1 退出：error、doubt、notice、never。
# The severity at which commands exit with 1.
fail_on: error

# 界面语言 zh 或 en。 Language of messages and reports.
lang: {lang}
"""


@dataclass(frozen=True)
class Founded:
    """The workspace made: its folder, and how many definition files it has."""

    root: Path
    files: int


@dataclass(frozen=True)
class Beginning:
    """What a workspace begins with beside its profile: settings, definitions changed, files laid down."""

    county: County
    lang: str = "zh"
    learned: Mapping[str, str] = field(default_factory=dict)
    """Definition file, as `Config.texts` names it, → its text where it is not the shipped one."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Path in the workspace → content."""


def found(target: Path, config: Config, beginning: Beginning, *, dry_run: bool = False) -> Founded:
    """Make `target` a workspace of a shipped profile. What is there already is never written over.

    Refused before anything is written: a workspace, a folder that holds other definitions. `povplan.yaml`
    comes last, so that a run cut short has made no workspace yet.
    """
    refuse_unfit(target, beginning.county)
    contents = _contents(config, beginning)
    with _writing(target):
        for name, content in contents.items():
            _refuse_other(target / name, content)
        if not dry_run:
            for folder in ("submissions", "reports"):
                (target / folder).mkdir(parents=True, exist_ok=True)
            for name, content in contents.items():
                _write_new(target / name, content)
    return Founded(target.resolve(), len(config.texts))


def refuse_unfit(target: Path, county: County) -> None:
    """PovplanError where no workspace can be made there, or the county's code is none."""
    if county.code and not re.fullmatch(r"\d{6}", county.code):
        raise PovplanError(say("init_bad_code", code=county.code))
    if (target / SETTINGS).exists():
        raise PovplanError(say("init_is_workspace", folder=target, settings=target / SETTINGS))


def sample_county() -> Beginning:
    """The sample county: its list of units, the files of its years, the list of faults planted in them."""
    root = shipped("sample_data")
    years = sorted(folder for folder in root.glob("20*") if folder.is_dir())
    sent = {f"submissions/{path.parent.name}/{path.name}": path for year in years for path in year.iterdir()}
    files = {**sent, **{name: root / name for name in ("FAULTS.csv", "units.csv")}}
    contents = {name: path.read_bytes() for name, path in sorted(files.items())}
    first = next(csv.DictReader(io.StringIO(contents["units.csv"].decode("utf-8-sig"))))
    return Beginning(County(name=first["县"], code=first["代码"][:6]), files=contents)


def shipped_profiles() -> list[Config]:
    """Every profile that comes with povplan, loaded."""
    return [load_config(name) for name in profiles()]


def shipped_profile(profile: str) -> Config:
    """The profile that comes with povplan under this name; PovplanError with those there are."""
    known = profiles()
    if profile in known:
        return load_config(profile)
    near = nearest(profile, known)
    hint = say("suggestion", near=near) if near else Said("", "")
    told = {"name": profile, "known": "、".join(known)}
    zh = say("init_no_profile", suggestion=hint.zh, **told).zh
    raise PovplanError(Said(zh, say("init_no_profile", suggestion=hint.en, **told).en))


def _contents(config: Config, beginning: Beginning) -> dict[str, bytes]:
    """Path in the workspace → content: the profile's definitions, what is laid down, then the settings."""
    settings = SETTINGS_TEXT.format(
        profile=_quoted(config.profile.profile),
        name=_quoted(beginning.county.name),
        code=_quoted(beginning.county.code),
        lang=beginning.lang,
    )
    texts = {
        config.files.get(name, f"configs/{name}"): text
        for name, text in {**config.texts, **beginning.learned}.items()
    }
    definitions = {name: text.encode() for name, text in texts.items()}
    return {**definitions, **beginning.files, SETTINGS: settings.encode()}


def _quoted(text: str) -> str:
    """A text as YAML has it, whatever stands in it."""
    return json.dumps(text, ensure_ascii=False)


def _refuse_other(path: Path, content: bytes) -> None:
    """A file of that name may be there only if it says the same."""
    if path.exists() and (not path.is_file() or path.read_bytes() != content):
        raise PovplanError(say("init_file_there", path=path))


def _write_new(path: Path, content: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turns a folder that cannot be written into a sentence."""
    try:
        yield
    except OSError as error:
        told = {"path": error.filename or target, "reason": why(error)}
        raise PovplanError(say("init_cannot_write", **told)) from error
