"""Types of columns that both databases understand alike."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class UtcDateTime(TypeDecorator[datetime]):
    """An aware timestamp that comes back in UTC from either database.

    SQLite keeps no time zone, so the value is stored as UTC there and the zone put back on reading.
    A naive timestamp is refused, since its time zone is not known.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware timestamp to UTC. Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; use an aware timestamp")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the timestamp aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


def words(enum: type[StrEnum], length: int) -> Enum:
    """Return the column type for an enum: its words as text.

    Neither a native enum nor a check constraint: a new word must not lock a table of millions.
    """
    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=_values,
    )


# SQLite numbers rows only where the key is declared INTEGER, which is 64 bits wide there.
ID_COLUMN: Final = BigInteger().with_variant(Integer(), "sqlite")
JSON_COLUMN: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
