"""The root of all rows: how Python's types become columns, and how keys and indexes are named."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import MetaData, Text
from sqlalchemy.orm import DeclarativeBase

from shared.contracts.jobs import JobState, Queue, Staging, Trigger
from shared.contracts.results import Pattern
from shared.contracts.stages import Code, Stage
from shared.contracts.web_roles import WebRole
from shared.database.columns import JSON_COLUMN, UtcDateTime, words


class Row(DeclarativeBase):
    """The root of all rows; names of keys and indexes follow one pattern, for the migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        str: Text(),
        dict[str, Any]: JSON_COLUMN,
        list[Any]: JSON_COLUMN,
        JobState: words(JobState, 16),
        Pattern: words(Pattern, 16),
        Code: words(Code, 32),
        Queue: words(Queue, 16),
        Stage: words(Stage, 16),
        Staging: words(Staging, 16),
        Trigger: words(Trigger, 16),
        WebRole: words(WebRole, 16),
    }
