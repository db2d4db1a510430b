"""Everything that can be set, by the names of environment variables that people expect."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from shared.broker_url import require_known_broker
from shared.comma_list import split_list
from shared.decode_settings import DecodeSettings
from shared.errors import SettingsError
from shared.event_settings import EventSettings
from shared.fetch_settings import FetchSettings
from shared.metrics_settings import MetricsSettings
from shared.picture_settings import PictureSettings
from shared.secret_files import secrets_from_files
from shared.web_settings import WebSettings

RENAMED: Final = {"COLOURWAY_RING_AGAIN_S": "COLOURWAY_REDISPATCH_AFTER_S"}
"""Settings by the name that 0.2 no longer reads: what they are called now."""

_BATCHES: Final = frozenset(map(str, range(1, 65)))

DEFAULT_PREFIX: Final = "colourway"
"""What queues' names begin with, unless ``COLOURWAY_QUEUE_PREFIX`` says otherwise."""

NO_BROKER: Final = (
    "on SQLite without CELERY_BROKER_URL, `colourway run` does the work; set it to use workers"
)

_PREFIX: Final = "COLOURWAY_"
_said: Final[set[str]] = set()


def _default_database_url(data: dict[str, Any]) -> str:
    return f"sqlite:///{data['home'] / 'colourway.db'}"


def _default_storage(data: dict[str, Any]) -> str:
    return str(data["home"] / "pictures")


def _default_cache(data: dict[str, Any]) -> Path:
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "colourway"
    except RuntimeError:  # a user without a home
        return data["home"] / "cache"


def _also_by_earlier_name(name: str) -> AliasChoices:
    return AliasChoices(name, *(old for old, new in RENAMED.items() if new == name))


class Settings(
    FetchSettings, DecodeSettings, PictureSettings, EventSettings, MetricsSettings, WebSettings
):
    """One reading of the environment, checked and frozen.

    ``DATABASE_URL`` and ``CELERY_BROKER_URL`` keep their usual names; every other field is read
    from ``COLOURWAY_`` and its name in capitals. Credentials and the endpoint of S3 are left to
    boto3 (``AWS_…``). An empty variable counts as not set. Times end in ``_s`` and are seconds.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a database URL holds a password
        populate_by_name=True,
    )

    home: Path = Path("colourway-data")
    """Folder of embedded mode, with its database and its pictures, and of fetched weights."""

    database_url: str = Field(
        default_factory=_default_database_url, validation_alias="DATABASE_URL", repr=False
    )
    """SQLAlchemy URL of the ledger: SQLite or PostgreSQL."""

    broker_url: str = Field(
        "redis://localhost:6379/0", validation_alias="CELERY_BROKER_URL", repr=False
    )
    """Broker of distributed mode."""

    queue_prefix: str = Field(DEFAULT_PREFIX, pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    """What the names of queues at the broker begin with: one for each installation that shares it.
    Any but ``colourway`` stands before every key of Redis, too."""

    storage: str = Field(default_factory=_default_storage)
    """Where crops go: a folder, or ``s3://bucket/prefix``."""

    chunk_size: int = Field(64, ge=1, le=1000)
    """The most jobs that one notification names."""

    lease_s: float = Field(600.0, gt=0)
    """How long a worker's lease of a job lasts before others may take it."""

    loading_limit_s: float = Field(300.0, gt=0)
    """How long a worker's child process may take to load its networks before it is ended."""

    max_attempts: int = Field(3, ge=1)
    """After so many attempts a job is given up."""

    backoff_s: float = Field(30.0, gt=0)
    """Wait before the second attempt; doubles with each further one, up to an hour."""

    redispatch_after_s: float = Field(
        300.0, gt=0, validation_alias=_also_by_earlier_name("COLOURWAY_REDISPATCH_AFTER_S")
    )
    """How long a notification is trusted before its jobs are dispatched again."""

    store_timeout_s: float = Field(20.0, gt=0)
    """How long S3 may be silent while a crop is stored; it is asked up to three times."""

    max_memory_bytes: int | None = Field(None, ge=1_000_000_000)
    """The most memory of a worker's child process, networks included; else the machine's."""

    log_format: Literal["auto", "json", "console"] = "auto"
    """``auto``: console on a terminal, JSON lines elsewhere."""

    weights: Path | None = None
    """Folder of the networks' weights; without it, those that come with the package."""

    cache: Path = Field(default_factory=_default_cache)
    """Folder of what can be made again: networks as graphs, by which a start is much quicker."""

    person_network: Literal["person", "coco"] = "person"
    """Which Mask R-CNN finds people: the bundled one, or the released COCO one (``colourway
    weights fetch coco``), which is slower and knows other things than people, too."""

    precision: Literal["auto", "int8", "float32", "bfloat16"] = "auto"
    """What the networks compute in. ``auto`` takes ``int8`` where the networks have that form and
    the processor its instructions (AVX2), else ``bfloat16`` where the processor has it and it was
    measured, once, to be faster. Each moves results a little, less than another JPEG would."""

    batch: int | Literal["auto"] = "auto"
    """The most pictures that go through a network together, 1 to 64. ``auto``: one on a CPU; on a
    GPU as many as its memory is sure to hold, up to 16."""

    batch_wait_s: float = Field(0.002, ge=0, le=1)
    """How long such a batch waits for more pictures."""

    upload_keys: str = ""
    """To which product an uploaded object belongs, by its key: templates such as
    ``{catalogue}/{sku}/{position}.jpg``, comma-separated (see docs/events.md)."""

    upload_catalogue: str = Field("default", min_length=1, max_length=200)
    """The catalogue of uploads whose template names none."""

    upload_queue_url: str | None = None
    """SQS queue of upload events, for ``colourway listen``."""

    max_changed_percent: float = Field(5.0, ge=0, le=100)
    """What part of a staged batch's products may change their family, in percent, before it is
    promoted only with ``--force``."""

    nightly_cron: str = ""
    """When the nightly run begins, as five fields of a crontab, in UTC; without it, never."""

    nightly_feed: Annotated[tuple[str, ...], NoDecode] = ()
    """The feeds of the nightly run, comma-separated: paths or ``s3://bucket/key``."""

    nightly_catalogue: str = Field("default", min_length=1, max_length=200)
    """The catalogue of the nightly run."""

    recheck_after_h: float = Field(20.0, ge=0)
    """A nightly run rechecks pictures that were not checked for so many hours; 0: none."""

    naming: Path | None = None
    """CSV of colour names; without it, the one that comes with the package."""

    language: str = "en"
    """The language in which exports name colours: en, de, es, fr, it, or one of ``words``."""

    words: Path | None = None
    """CSV of words for names, families and patterns, beside those that come with the package."""

    pieces: Path | None = None
    """CSV of words for products and their pieces; its rows win over the bundled ones."""

    lexicon: Path | None = None
    """CSV of further words for colours, for ``colourway audit`` (:mod:`producer.audit.lexicon`)."""

    @property
    def embedded(self) -> bool:
        """Whether `colourway run` does the work: on SQLite, where no broker is set."""
        return self.database_url.startswith("sqlite") and "broker_url" not in self.model_fields_set

    def require_broker(self) -> None:
        """Raise SettingsError in embedded mode, for commands that do nothing without a broker."""
        if self.embedded:
            raise SettingsError(NO_BROKER)

    @property
    def published_weights(self) -> Path:
        """Folder of weights that others have published and a user has fetched."""
        return self.home / "weights"

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if rest.partition("/")[0].count("@") > 1:
            # Its second half would be taken for the host, and stand in every error.
            raise ValueError("a password with @ in it must have %40 there")
        if scheme in {"postgres", "postgresql"} and separator:
            return f"postgresql+psycopg://{rest}"
        if not separator or scheme.partition("+")[0] not in {"postgresql", "sqlite"}:
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return url

    @field_validator("broker_url")
    @classmethod
    def _name_the_broker(cls, url: str) -> str:
        require_known_broker(url)
        return url

    @field_validator("storage")
    @classmethod
    def _name_the_bucket(cls, storage: str) -> str:
        scheme, separator, rest = storage.partition("://")
        if separator and scheme != "s3":
            raise ValueError("must be a folder or s3://bucket/prefix")
        if separator and not rest.partition("/")[0]:
            raise ValueError("must name a bucket: s3://bucket/prefix")
        return storage

    @field_validator("batch", mode="before")
    @classmethod
    def _count_of_pictures(cls, batch: object) -> object:
        if batch == "auto" or str(batch) in _BATCHES:
            return batch
        raise ValueError("must be auto, or a number from 1 to 64")

    @field_validator("nightly_feed", mode="before")
    @classmethod
    def _split(cls, names: object) -> object:
        return split_list(names)


def get_settings(**overrides: object) -> Settings:
    """Read the environment; ``overrides`` (by field name) go first.

    Nothing is cached: read once where a process starts, and pass the settings on. A variable that
    is set under an earlier name is read too, and a line on standard error says its name.

    Raises :class:`~shared.errors.SettingsError` that names every variable which is invalid.
    """
    _say_new_names()
    try:
        return Settings(**cast("dict[str, Any]", secrets_from_files() | overrides))
    except ValidationError as error:
        complaints = "; ".join(
            f"{_variable(str(part['loc'][0]))}: {part['msg'].removeprefix('Value error, ')}"
            for part in error.errors(include_input=False, include_url=False)
            if part["type"] != "default_factory_not_called"  # only follows from another complaint
        )
        raise SettingsError(f"check these settings: {complaints}") from None


def _variable(field: str) -> str:
    """Return the environment variable that sets a field (pydantic may give the alias already)."""
    known = {"database_url": "DATABASE_URL", "broker_url": "CELERY_BROKER_URL"}
    if field in known.values():
        return field
    name = field.upper()
    name = known.get(field, name if name.startswith(_PREFIX) else f"{_PREFIX}{name}")
    there = _set_variables()
    earlier = (old for old, new in RENAMED.items() if new == name and old in there)
    return name if name in there else next(earlier, name)


def _set_variables() -> set[str]:
    """Return the names of the environment variables that have a value, in capitals."""
    return {name.upper() for name, value in os.environ.items() if value}


def _say_new_names() -> None:
    """Say once, on standard error, what variables that were renamed are called now."""
    there = _set_variables()
    for old, new in RENAMED.items():
        if old in there and old not in _said:
            _said.add(old)
            ignored = ", which is set too: the old one is ignored" if new in there else ""
            sys.stderr.write(f"colourway: {old} is now called {new}{ignored}\n")
