"""Documents that match the code: commands, options, targets, links, names, settings, stages."""

import re
import shlex
from pathlib import Path

import pytest

from colourway.renamed_options import RENAMED_OPTIONS
from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.settings import Settings
from tests.support import ROOT
from tests.support.command_line import find_command

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "findings").glob("*.md")]
)

PACKAGES = "bench|colourway|findings|migrations|producer|shared|tests|web|worker"

NOT_MODULES = {"colourway.refused", "colourway.db", "colourway.process", "colourway.dispatch"}
"""A file, two former queues and what holds refused messages, named as modules are."""

OLD_WORDS = re.compile(r"doorbell|\bring(s|ing|er)?\b|\bhands\b|\broad\b|leash|hush", re.I)

MAY_HAVE_OLD_WORDS = {"docs/decisions/0032-words.md"}

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
        known |= RENAMED_OPTIONS.get(str(command.name), {}).keys()  # the change log has old names
        options = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert options <= known, f"colourway {' '.join(words)}"


@each_document
def test_links_between_documents_lead_somewhere(document: Path):
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", text)
    links = [first or second for first, second in targets]
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def anchors(document: Path) -> set[str]:
    """The anchors that a page's headings get on GitHub."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_links_to_a_heading_find_it(document: Path):
    links = re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", document.read_text(encoding="utf-8"))
    pages = [(document.parent / page if page else document, anchor) for page, anchor in links]
    local = [(page, anchor) for page, anchor in pages if "://" not in str(page)]
    assert [anchor for page, anchor in local if anchor not in anchors(page)] == []


def test_readme_leads_to_every_page():
    reached: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        linked = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        local = {(page.parent / link).resolve() for link in linked if "://" not in link}
        ahead += [link for link in local - reached if link.exists()]
    assert set(DOCUMENTS) - reached == set()


@each_document
def test_paths_in_a_document_exist(document: Path):
    text = document.read_text(encoding="utf-8")
    paths = re.findall(rf"(?<![\w/.~:-])(?:{PACKAGES}|docs|requirements)/[\w./*-]*[\w/*]", text)
    assert [path for path in paths if not list(ROOT.glob(path))] == []


@each_document
def test_modules_in_a_document_exist(document: Path):
    dotted = rf"(?<![\w./@-])((?:{PACKAGES})(?:\.[A-Za-z_]\w*)+)(?![\w/-])"
    named = {name for line in code(document) for name in re.findall(dotted, line)}
    modules = {name for name in named if not name.endswith((".txt", ".sh"))} - NOT_MODULES
    assert [name for name in sorted(modules) if not is_defined(name)] == []


def is_defined(dotted: str) -> bool:
    """Whether a module of that name exists, or a module that mentions its last word."""
    path = ROOT / dotted.replace(".", "/")
    holder = path.parent
    files = (path, path.with_suffix(".py"), holder.with_suffix(".py"), holder / "__init__.py")
    if files[0].is_dir() or files[1].is_file():
        return True
    word = re.compile(rf"\b{path.name}\b")
    return any(
        file.is_file() and word.search(file.read_text(encoding="utf-8")) for file in files[2:]
    )


@each_document
def test_documents_use_the_words_of_today(document: Path):
    text = document.read_text(encoding="utf-8")
    if document.name == "glossary.md":
        text = text.partition("\n## Old names")[0]
    if document.name == "CHANGELOG.md":
        text = re.split(r"^## \[\d", text, maxsplit=1, flags=re.M)[0]
    if str(document.relative_to(ROOT)) in MAY_HAVE_OLD_WORDS:
        return
    lines = [line for line in text.splitlines() if not line.startswith("| jewellery |")]
    assert [line for line in lines if OLD_WORDS.search(line)] == []


@pytest.mark.parametrize(
    "picture", sorted((ROOT / "docs/images").glob("*.svg")), ids=lambda p: p.name
)
def test_pictures_use_the_words_of_today(picture: Path):
    assert OLD_WORDS.findall(picture.read_text(encoding="utf-8")) == []


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
    page = ROOT / "docs/operations/when-something-is-wrong.md"
    operations = page.read_text(encoding="utf-8")
    in_between = {JobState.PENDING, JobState.LEASED}
    assert {state for state in JobState if f"`{state}`" not in architecture} == in_between
    assert {code for code in Code if f"`{code}`" not in operations} == set()
