"""Documents that match the code: commands, options, make targets, links, settings, stages."""

import re
import shlex
from pathlib import Path

import pytest

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.settings import Settings
from tests.support import ROOT
from tests.support.command_line import find_command

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def code(document: Path) -> list[str]:
    """Every line of a code block and every piece of inline code."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + inline


def colourway_calls(document: Path) -> list[list[str]]:
    """The words after `colourway` wherever a document calls it."""
    calls = [re.match(r"(?:\.venv/bin/)?colourway +(.+)", line) for line in code(document)]
    return [shlex.split(call[1], comments=True) for call in calls if call]


def make_targets() -> set[str]:
    return set(
        re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    )


@each_document
def test_documents_name_real_make_targets(document: Path):
    named = {word for line in code(document) for word in re.findall(r"^make ([a-z][a-z-]*)", line)}
    assert named <= make_targets()


@each_document
def test_documents_call_real_commands_with_real_options(document: Path):
    for words in colourway_calls(document):
        command, rest = find_command(words)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        options = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert options <= known, f"colourway {' '.join(words)}"


@each_document
def test_links_between_documents_lead_somewhere(document: Path):
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", text)
    links = [first or second for first, second in targets]
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_the_settings_page_lists_every_setting_with_its_default():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]*) \|", page, re.M))
    variables: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variables[alias if isinstance(alias, str) else f"COLOURWAY_{name.upper()}"] = field.default
    assert set(variables) <= set(rows)
    for variable, default in variables.items():
        if isinstance(default, bool):
            assert rows[variable].strip("`") == str(default).lower(), variable
        elif isinstance(default, int | float):
            assert float(rows[variable].replace(" ", "").strip("`")) == default, variable


def test_the_architecture_page_names_every_stage_in_order():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|", page, re.M)
    assert [row for row in rows if row in set(Stage)] == list(Stage)


def test_the_pages_name_every_outcome():
    architecture = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    in_between = {JobState.PENDING, JobState.LEASED}
    assert {state for state in JobState if f"`{state}`" not in architecture} == in_between
    assert {code for code in Code if f"`{code}`" not in operations} == set()
