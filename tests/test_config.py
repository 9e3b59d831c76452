"""Definitions load whole or not at all; what was loaded can be named, archived and loaded again."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from povplan.config import Config, config_from_texts, load_config, read_spec
from povplan.config.examples import run_examples
from povplan.config.load import config_of, digest_of
from povplan.config.places import plain, read_document
from povplan.config.schema import json_schemas
from povplan.config.shelf import Folders
from povplan.errors import ConfigError, Fault
from povplan.messages import catalogue, say, shipped
from povplan.spec import Settings

GOOD = Path(__file__).parent / "broken" / "good"
EN = "en"


def good(*above: Path) -> Config:
    """The good definitions, with folders laid over them."""
    return config_of(Folders(tuple((path, "configs") for path in (*above, GOOD))), "small")


def lay(root: Path, name: str, data: str | bytes) -> None:
    """Write a definition file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def faults(*above: Path) -> list[str]:
    """What is said of the good definitions with folders laid over them."""
    with pytest.raises(ConfigError) as refused:
        good(*above)
    return [fault.text(EN) for fault in refused.value.faults]


def value(text: str) -> Any:
    """What strict YAML makes of `text`; it must have no fault."""
    document, found = read_document(text, "x.yaml")
    assert document and not found, found
    return document.value


def test_good_definitions_load() -> None:
    config = good()

    assert list(config.ledgers) == ["village", "household", "fund"]
    assert [indicator.id for indicator in config.indicators] == ["income_per_head", "women_share"]
    assert config.parameters["poverty_line"].in_force(2016) == 2855
    assert config.measurement["%"] is config.measurement["percent"]
    assert config.words.totals == ("合计", "总计")


def test_a_ledger_that_no_form_feeds_gets_one_from_its_labels() -> None:
    config = good()

    assert list(config.forms) == ["funds", "village", "household"]
    feed = config.forms["village"].feeds[0]
    assert feed.ledger == "village"
    assert feed.columns["village"] == ("行政村", "村名称")


def test_fund_taxonomy_gives_code_lists() -> None:
    lists = good().codes

    assert [code.code for code in lists["fund_source"].values] == ["special", "donation"]
    assert [code.label.zh for code in lists["fund_stage"].values] == ["计划", "支出"]
    assert [code.code for code in lists["fund_class"].values] == ["special", "society"]


def test_the_digest_is_the_same_for_the_same_definitions_and_no_others(tmp_path: Path) -> None:
    text = (GOOD / "words.yaml").read_text(encoding="utf-8")
    lay(tmp_path / "windows", "words.yaml", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    lay(tmp_path / "changed", "words.yaml", text.replace("小计", "本页小计"))

    assert good().digest == good().digest == good(tmp_path / "windows").digest
    assert good().digest != good(tmp_path / "changed").digest


def test_a_name_cannot_pass_for_text_in_the_digest() -> None:
    assert digest_of({"a": "bc"}) != digest_of({"ab": "c"})


def test_archived_texts_give_the_same_definitions() -> None:
    config = good()

    again = config_from_texts(config.texts, "small")

    assert again == config
    assert set(config.texts) >= {"profile.yaml", "ledgers/village.yaml", "codes/lists.yaml", "words.yaml"}


def test_a_workspace_overrides_by_file_and_may_bring_a_profile_of_its_own(tmp_path: Path) -> None:
    profile = tmp_path / "configs" / "profiles" / "small"
    for path in GOOD.rglob("*.yaml"):
        lay(profile, str(path.relative_to(GOOD)), path.read_bytes())
    lay(tmp_path, "configs/words.yaml", (GOOD / "words.yaml").read_bytes().replace("总计".encode(), b"Sum"))
    (profile / "words.yaml").unlink()
    for name in ("codes", "parameters"):
        for path in (shipped("configs") / name).glob("*.yaml"):
            lay(tmp_path, f"configs/{name}/{path.name}", "[]")

    config = load_config("small", tmp_path)

    assert config.words.totals == ("合计", "Sum")
    assert config.files["ledgers/village.yaml"] == "configs/profiles/small/ledgers/village.yaml"


def test_an_unknown_profile_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'no profile "guangzou-2011".*Did you mean "guangzhou-2011"'):
        load_config("guangzou-2011")


@pytest.mark.parametrize(
    "name",
    sorted(
        path.parent.name
        for path in shipped("configs").glob("profiles/*/*.yaml")
        if path.name == "profile.yaml"
    ),
)
def test_shipped_definitions_load_and_their_examples_hold(name: str) -> None:
    assert run_examples(load_config(name)) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("010", "010"), ("1_000", "1_000"), ("12:30", "12:30"), ("no", "no"), ("2024-01-01", "2024-01-01"),
        ("1e3", "1e3"), (".5", ".5"), (".inf", ".inf"), ("0x1F", "0x1F"), ("2014..2020", "2014..2020"),
        ("", None), ("~", None), ("null", None), ("true", True), ("false", False), ("True", "True"),
        ("0", 0), ("-12", -12), ("0.5", 0.5), ("123456789012345678", 123456789012345678),
        ("1234567890123456789", "1234567890123456789"),
    ],
)  # fmt: skip
def test_a_bare_word_means_what_it_says(text: str, meant: Any) -> None:
    assert plain(text) == meant
    assert type(plain(text)) is type(meant)


def test_an_alias_stands_for_its_value() -> None:
    assert value("a: &x [1, b]\nb: *x") == {"a": [1, "b"], "b": [1, "b"]}


def test_a_few_aliases_cannot_fill_the_memory() -> None:
    laughs = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    document, found = read_document("\n".join(laughs), "x.yaml")

    assert document is None
    assert [fault.said.en for fault in found] == [
        "Too many values for a definition. Check the aliases (*name): each is counted with all it stands for."
    ]


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 100_000], ids=["[", "-", "{"])
def test_a_bottomless_file_costs_one_fault(text: str) -> None:
    document, found = read_document(text, "x.yaml")

    assert document is None
    assert len(found) == 1
    assert "deeply" in found[0].said.en


@pytest.mark.parametrize(
    "text", ["合计: [", "a: 'x", "a: b: c", "\ta: b", "a: @b", "%YAML 9\n", "a\nb: c", "- a\nb: c"]
)
def test_what_is_no_yaml_is_told_once_in_words(text: str) -> None:
    document, found = read_document(text, "x.yaml")

    assert document is None
    assert len(found) == 1


def test_a_file_in_gbk_is_told_where_its_encoding_shows(tmp_path: Path) -> None:
    lay(tmp_path, "words.yaml", "a: b\nab: 合计\n".encode("gbk"))

    assert faults(tmp_path) == [
        "configs/words.yaml:2:5: This is not UTF-8 text. Save the file again with the encoding UTF-8."
    ]


def test_an_oversized_file_is_refused_unread(tmp_path: Path) -> None:
    lay(tmp_path, "words.yaml", "# " + "x" * 2_200_000)

    assert [line.partition(": ")[2][:29] for line in faults(tmp_path)] == ["The file is larger than 2 MB "]


def test_a_yml_file_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    lay(tmp_path, "codes/more.yml", "[]")

    assert faults(tmp_path) == [
        "configs/codes/more.yml:1:1: File names must end in .yaml; a .yml file is not read. Rename it."
    ]


def test_a_missing_file_is_told() -> None:
    texts = {name: text for name, text in good().texts.items() if name != "words.yaml"}

    with pytest.raises(ConfigError, match=re.escape("configs/words.yaml:1:1: There is no such file.")):
        config_from_texts(texts, "small")


@pytest.mark.parametrize("data", ["a: 'b", "合计".encode("gbk")], ids=["not yaml", "not utf-8"])
def test_what_cannot_be_read_brings_no_faults_elsewhere(data: str | bytes, tmp_path: Path) -> None:
    for number, name in enumerate(path.relative_to(GOOD) for path in GOOD.rglob("*.yaml")):
        above = tmp_path / str(number)
        lay(above, str(name), data)

        assert [line.partition(":")[0] for line in faults(above)] == [f"configs/{name.as_posix()}"]


def test_an_example_that_comes_out_otherwise_is_told_at_its_row(tmp_path: Path) -> None:
    text = (GOOD / "ledgers/village.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "{women: 5, population: 10}, {women: 5, unknown: true}", "{women: 12, population: 10}, {women: 5}"
    )
    text = text.replace("{women: 11, population: 10}", "{women: 9, population: 10}")
    lay(tmp_path, "ledgers/village.yaml", text)

    told = run_examples(good(tmp_path))

    village = "configs/ledgers/village.yaml"
    assert told == [
        Fault(village, 20, 14, say("config_example_fail", rule="V1")),
        Fault(village, 20, 43, say("config_example_unknown", rule="V1")),
        Fault(village, 21, 14, say("config_example_pass", rule="V1")),
    ]


def test_the_examples_of_good_definitions_hold() -> None:
    assert run_examples(good()) == []


def test_povplan_yaml_is_read_as_strictly(tmp_path: Path) -> None:
    lay(tmp_path, "povplan.yaml", "povplan: 1\nprofile: default\nsubmision: full\n")

    with pytest.raises(ConfigError) as refused:
        read_spec(tmp_path / "povplan.yaml", Settings, "povplan.yaml")

    assert [fault.text(EN) for fault in refused.value.faults] == [
        'povplan.yaml:3:1: Unknown key "submision". Did you mean "submission"?'
    ]


def test_a_good_povplan_yaml_is_read(tmp_path: Path) -> None:
    lay(tmp_path, "povplan.yaml", 'povplan: 1\nprofile: default\ncounty: {name: 从化市, code: "440184"}\n')

    assert read_spec(tmp_path / "povplan.yaml", Settings, "povplan.yaml").county.code == "440184"


def test_every_message_has_both_languages_with_the_same_gaps() -> None:
    ours = {key: said for key, said in catalogue().items() if key.startswith("config_")}

    gaps = {
        key: [sorted(re.findall(r"(?<!\{)\{(\w+)\}", said[lang])) for lang in ("zh", "en")]
        for key, said in ours.items()
    }
    assert [key for key, (chinese, english) in gaps.items() if chinese != english] == []


def kind_of(name: str) -> str:
    """Which schema speaks of the file `name`."""
    folder, _, _ = name.partition("/")
    return {"ledgers": "ledger", "forms": "form", "scorecards": "scorecard"}.get(
        folder, folder.removesuffix(".yaml")
    )


def test_every_shipped_file_fits_its_schema() -> None:
    schemas = json_schemas()
    roots = [shipped("configs"), *(shipped("configs") / "profiles").iterdir(), GOOD]

    for root in roots:
        for path in (found for kind in ("*.yaml", "*/*.yaml") for found in root.glob(kind)):
            name = path.relative_to(root).as_posix()
            if kind_of(name) in schemas:
                found = value(path.read_text(encoding="utf-8"))
                assert misfits(found, schemas[kind_of(name)], schemas[kind_of(name)]) == [], path


def test_schemas_are_json_and_refuse_what_the_loader_refuses() -> None:
    schemas = json_schemas()
    json.dumps(schemas)

    for name, wrong in (
        ("ledger", {"ledger": "a"}),
        ("indicators", [{"id": "a", "lable": "b"}]),
        ("codes", [{"codes": "a", "label": "x", "values": [{"code": 1, "label": "x"}]}]),
        ("povplan", {"povplan": 2, "profile": "x"}),
        ("measurement", [{"id": "元", "unit": "money"}]),
    ):
        assert misfits(wrong, schemas[name], schemas[name])


def misfits(found: Any, schema: Any, root: Any) -> list[str]:
    """Why `found` does not fit `schema`, for the part of JSON Schema that ours use."""
    if "$ref" in schema:
        return misfits(found, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in schema:
        tries = [misfits(found, each, root) for each in schema["anyOf"]]
        return [] if [] in tries else [str(tries)]
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
        "boolean": bool, "null": type(None),
    }  # fmt: skip
    kind = schema.get("type")
    if kind and (not isinstance(found, kinds[kind]) or (isinstance(found, bool) and kind != "boolean")):
        return [f"{found!r} is no {kind}"]
    if "enum" in schema and found not in schema["enum"]:
        return [f"{found!r} is none of {schema['enum']}"]
    if "const" in schema and found != schema["const"]:
        return [f"{found!r} is not {schema['const']}"]
    if isinstance(found, str):
        pattern, least = schema.get("pattern", ""), schema.get("minLength", 0)
        return [] if re.search(pattern, found) and len(found) >= least else [f"{found!r}: {pattern}"]
    if isinstance(found, list):
        return [fault for each in found for fault in misfits(each, schema.get("items", {}), root)]
    return misfitting_keys(found, schema, root) if isinstance(found, dict) else []


def misfitting_keys(found: dict[str, Any], schema: Any, root: Any) -> list[str]:
    """Why the keys of a mapping do not fit."""
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    told = [f"{key} is missing" for key in schema.get("required", []) if key not in found]
    for key, each in found.items():
        if key in known or isinstance(others, dict):
            told += misfits(each, known.get(key, others), root)
        elif not others:
            told.append(f"{key} is unknown")
    return told


def test_no_message_has_two_meanings() -> None:
    """One file a room: a key that stands in two would be read from the last."""
    keys = [
        line.split(":", 1)[0]
        for path in sorted((shipped("configs") / "messages").glob("*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\w+:", line)
    ]

    assert sorted({key for key in keys if keys.count(key) > 1}) == []
