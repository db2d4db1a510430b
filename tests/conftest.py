"""What every test may ask for by name: real servers, and an environment without surprises."""

import logging
import os
from collections.abc import Generator

import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.database import DirectoryBasedExampleDatabase

from shared.logs import OURS
from tests.support.browser import browser, open_tab
from tests.support.lanes import (
    light,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_ignore_collect,
    pytest_make_collect_report,
    pytest_sessionstart,
    pytest_xdist_make_scheduler,
)
from tests.support.services import pytest_sessionfinish
from tests.support.services.broker import rabbitmq_url, redis_server, redis_url
from tests.support.services.postgres import (
    database_url,
    empty_postgres_url,
    engine,
    lasting_postgres,
    postgres,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
from tests.support.services.prometheus import promtool
from tests.support.services.s3 import (
    bucket,
    moto_bucket,
    moto_endpoint,
    rclone_bucket,
    rclone_endpoint,
)

__all__ = [
    "browser",
    "bucket",
    "database_url",
    "empty_postgres_url",
    "engine",
    "lasting_postgres",
    "light",
    "moto_bucket",
    "moto_endpoint",
    "open_tab",
    "postgres",
    "postgres_url",
    "promtool",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_ignore_collect",
    "pytest_make_collect_report",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_xdist_make_scheduler",
    "rabbitmq_url",
    "rclone_bucket",
    "rclone_endpoint",
    "redis_server",
    "redis_url",
    "sqlite_template",
    "sqlite_url",
]

# A busy machine is slow, not wrong. The same examples every time, so that a failure is the fault of
# a change; ``make test-random`` looks for others.
hypothesis_settings.register_profile(
    "colourway",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.register_profile(
    "random",
    hypothesis_settings.get_profile("colourway"),
    derandomize=False,
    max_examples=1000,
    database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
)
hypothesis_settings.load_profile("colourway")

# Until a program sets up its logs, structlog prints the locals of every frame with a traceback, and
# stumbles over those that another thread is just changing.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(autouse=True)
def plain_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide the settings of whoever runs the tests: no test may reach their database or bucket.

    The networks' graphs are kept from test to test, and from the user's own.
    """
    ours = ("COLOURWAY_", "AWS_", "DATABASE_URL", "CELERY_", "OTEL_")
    for name in [name for name in os.environ if name.startswith(ours)]:
        if not name.startswith("COLOURWAY_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLOURWAY_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("COLOURWAY_PRECISION", "float32")  # the same answers on every processor
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # or boto3 asks for a role, slowly


@pytest.fixture(autouse=True)
def logs_as_before() -> Generator[None]:
    """Undo what a command that ran in the tests' own process did to the logs."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.configure(**ours)
