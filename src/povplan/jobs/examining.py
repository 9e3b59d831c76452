"""`doctor`: whether this computer and this workspace are fit for work, and what to do where they are not."""

from __future__ import annotations

import datetime as dt
import locale
import os
import platform as machine
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from povplan.config import Config
from povplan.config.examples import run_examples
from povplan.errors import PovplanError
from povplan.formulas import Scope, row_formula
from povplan.jobs.submissions import waiting
from povplan.messages import Said, say
from povplan.store import share_warning
from povplan.workspace import Workspace

Status = Literal["ok", "warn", "fail"]
PYTHON = (3, 11)
LIBRARIES: Mapping[str, str] = {
    "typer": "0.19",
    "rich": "13.7",
    "pyyaml": "6.0.1",
    "pydantic": "2.11",
    "pandas": "3.0",
    "pyarrow": "17",
    "openpyxl": "3.1.2",
    "python-calamine": "0.9",
    "olefile": "0.46",
    "xlsxwriter": "3.2",
    "lxml": "5.2",
    "msoffcrypto-tool": "5.4",
    "pebble": "5.0",
    "filelock": "3.15",
}
"""Library → least version; a test holds them to those the package declares."""
LITTLE, TOO_LITTLE = 2 * 1024**3, 200 * 1024**2
"""Bytes of free disk at which to warn, and below which an update may not fit."""
OLD = 400
"""Days after which the yearly update is overdue."""
FAULTS_SHOWN = 5


@dataclass(frozen=True)
class Check:
    """One thing looked at: how it is, and what to do if it is not well."""

    name: str
    status: Status
    said: Said


def examine(given: Path | None, now: dt.datetime) -> list[Check]:
    """Every check, those of the workspace only where there is one. Nothing is written."""
    checks = [_python(), *_libraries(), _encoding()]
    try:
        workspace = Workspace.find(given)
        settings = workspace.settings
    except PovplanError as error:
        missing = given is None and "POVPLAN_WORKSPACE" not in os.environ
        return [*checks, Check("workspace", "warn" if missing else "fail", error.said)]
    named = say("doctor_workspace", folder=workspace.root, profile=settings.profile)
    checks += [Check("workspace", "ok", named), _folder(workspace), _disk(workspace)]
    checks += [*_definitions(workspace), *_ledger(workspace, now)]
    return checks


def failed(checks: Iterable[Check]) -> bool:
    """Whether anything must be mended before work goes on."""
    return any(check.status == "fail" for check in checks)


# ---- this computer ---------------------------------------------------------------------------------


def _python() -> Check:
    fit = sys.version_info[:2] >= PYTHON
    least = ".".join(map(str, PYTHON))
    said = say("doctor_python", version=machine.python_version(), least=least, system=machine.platform())
    return Check("python", "ok" if fit else "fail", said)


def _libraries() -> Iterator[Check]:
    """One line if all are there, else one for each that is missing or old."""
    wrong = [check for name, least in LIBRARIES.items() if (check := _library(name, least))]
    yield from wrong or [Check("libraries", "ok", say("doctor_libraries", count=len(LIBRARIES)))]


def _library(name: str, least: str) -> Check | None:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check("libraries", "fail", say("doctor_library_missing", name=name, least=least))
    if _numbers(version) < _numbers(least):
        said = say("doctor_library_old", name=name, version=version, least=least)
        return Check("libraries", "fail", said)
    return None


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3]]
    return (*found, *[0] * (3 - len(found)))


def _encoding() -> Check:
    """Whether the terminal shows Chinese and the system's file names may be Chinese."""
    shown = getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)
    names = sys.getfilesystemencoding()
    try:
        "台账·户".encode(shown)
        "台账·户".encode(names)
    except (UnicodeEncodeError, LookupError):
        return Check("encoding", "warn", say("doctor_encoding_poor", terminal=shown, names=names))
    return Check("encoding", "ok", say("doctor_encoding", terminal=shown, names=names))


# ---- the workspace ---------------------------------------------------------------------------------


def _folder(workspace: Workspace) -> Check:
    if not os.access(workspace.root, os.W_OK):
        return Check("folder", "fail", say("doctor_read_only", folder=workspace.root))
    shared = share_warning(workspace.root / "ledger")
    return Check("folder", "warn", shared) if shared else Check("folder", "ok", say("doctor_folder"))


def _disk(workspace: Workspace) -> Check:
    free = shutil.disk_usage(workspace.root).free
    status: Status = "ok" if free >= LITTLE else "warn" if free >= TOO_LITTLE else "fail"
    key = "doctor_disk" if status == "ok" else "doctor_disk_low"
    return Check("disk", status, say(key, free=f"{free / 1024**3:,.1f}"))


def _definitions(workspace: Workspace) -> Iterator[Check]:
    try:
        config = workspace.config
    except PovplanError as error:
        yield Check("definitions", "fail", _first_lines(error.said))
        return
    rules = [rule for ledger in config.ledgers.values() for rule in ledger.rules]
    told = {"ledgers": len(config.ledgers), "rules": len(rules), "indicators": len(config.indicators)}
    yield Check("definitions", "ok", say("doctor_definitions", digest=config.digest[:12], **told))
    faults = run_examples(config)
    if faults:
        lines = Said(*("\n".join(fault.text(lang) for fault in faults) for lang in ("zh", "en")))
        yield Check("examples", "fail", _first_lines(lines))
    else:
        count = sum(len(rule.examples.passes) + len(rule.examples.fails) for rule in rules)
        yield Check("examples", "ok", say("doctor_examples", count=count))
    yield _mute(config)


def _mute(config: Config) -> Check:
    """Rules that can say nothing, because no form brings a field they need."""
    mute = [rule for name in config.ledgers for rule in _mute_in(config, name)]
    if mute:
        return Check("rules", "warn", say("doctor_rules_mute", count=len(mute), rules="、".join(mute)))
    return Check("rules", "ok", say("doctor_rules"))


def _mute_in(config: Config, ledger: str) -> Iterator[str]:
    spec = config.ledgers[ledger]
    brought = _brought(config, ledger)
    scope = Scope(spec, config.ledgers, config.parameters, config.codes)
    for rule in spec.rules:
        formulas = [row_formula(text, scope) for text in (rule.check, rule.when) if text]
        lacking = {name for formula in formulas for name in formula.fields} & set(spec.names) - brought
        if lacking:
            yield f"{rule.id}（{'、'.join(sorted(lacking))}）"


def _brought(config: Config, ledger: str) -> set[str]:
    """Fields of a ledger that some form can fill."""
    feeds = [feed for form in config.forms.values() for feed in form.feeds if feed.ledger == ledger]
    brought = {name for feed in feeds for name in (*feed.columns, *feed.constants)}
    for feed in feeds:
        if feed.unpivot:
            brought |= {feed.unpivot.value, *(name for block in feed.unpivot.columns for name in block.set)}
    return brought


def _first_lines(said: Said) -> Said:
    """The first faults of many, and how many more there are."""
    lines = said.zh.split("\n")
    if len(lines) <= FAULTS_SHOWN:
        return said
    more = say("doctor_more", count=len(lines) - FAULTS_SHOWN)
    zh, en = ("\n".join(text.split("\n")[:FAULTS_SHOWN]) for text in (said.zh, said.en))
    return Said(f"{zh}\n{more.zh}", f"{en}\n{more.en}")


# ---- the base ledger -------------------------------------------------------------------------------


def _ledger(workspace: Workspace, now: dt.datetime) -> Iterator[Check]:
    """Damage, who holds the lock, how old the last batch is, and what waits to be taken in."""
    looks: tuple[Callable[[], Check], ...] = (
        lambda: _whole(workspace),
        lambda: _lock(workspace),
        lambda: _age(workspace, now),
        lambda: _waiting(workspace),
    )
    for name, look in zip(("ledger", "lock", "batches", "submissions"), looks, strict=True):
        try:
            yield look()
        except PovplanError as error:
            yield Check(name, "fail", error.said)


def _whole(workspace: Workspace) -> Check:
    damage = workspace.store.damaged()
    if damage:
        said = Said(*("\n".join(one.text(lang) for one in damage) for lang in ("zh", "en")))
        return Check("ledger", "fail", _first_lines(said))
    return Check("ledger", "ok", say("doctor_ledger"))


def _lock(workspace: Workspace) -> Check:
    """Only a lock that someone has signed is tried: its owner may be gone."""
    if (workspace.root / "ledger" / "lock.json").exists():
        try:
            with workspace.store.lock():
                pass
        except PovplanError as error:
            return Check("lock", "warn", error.said)
    return Check("lock", "ok", say("doctor_lock"))


def _age(workspace: Workspace, now: dt.datetime) -> Check:
    batches = workspace.store.batches()
    if not batches:
        return Check("batches", "ok", say("doctor_no_batch"))
    last = batches[-1]
    days = (now - dt.datetime.fromisoformat(last.time)).days
    said = say("doctor_batches", batch=last.id, time=last.time[:10], days=max(days, 0))
    return Check("batches", "ok", said) if days <= OLD else Check("batches", "warn", _overdue(said))


def _overdue(said: Said) -> Said:
    more = say("doctor_overdue")
    return Said(said.zh + more.zh, f"{said.en} {more.en}")


def _waiting(workspace: Workspace) -> Check:
    """Files in `submissions/` that no batch has taken in, those of archives one by one."""
    known = {given.sha256 for batch in workspace.store.batches() for given in batch.inputs}
    files = waiting(workspace.root, known).files
    if not files:
        return Check("submissions", "ok", say("doctor_none_waiting"))
    folder = workspace.root / "submissions"
    year = files[-1].year or max(one.name for one in folder.iterdir() if one.is_dir())
    names = "、".join(file.name for file in files[:FAULTS_SHOWN])
    told = {"count": len(files), "names": names, "year": year, "folder": folder / str(year)}
    return Check("submissions", "warn", say("doctor_waiting", **told))
