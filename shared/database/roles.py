"""Roles of PostgreSQL: what each part of the software may do with each table, and no more.

A part logs in as a role of its own (``colourway db roles`` makes them), so that a worker that was
taken over can neither alter the schema nor enqueue, and a web hook cannot read products. Columns
are named as in the database. On SQLite there are no roles: whoever may write the file may do all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, text

from shared.database.engine import reading, show_database
from shared.database.tables import METADATA
from shared.errors import SchemaError

ALL: Final = "*"
"""Every column, those of later migrations too."""

VERSION_TABLE: Final = "alembic_version"
"""Alembic's table: which revision the schema is at. Every part reads it."""

TABLES: Final = (*(table.name for table in METADATA.sorted_tables), VERSION_TABLE)
"""Our tables, those that others refer to first."""


class DatabaseRole(StrEnum):
    """The part of the software that a role is for; its name at the server ends with this."""

    MIGRATE = "migrate"
    PRODUCER = "producer"
    WORKER = "worker"
    HOOK = "hook"
    WEB = "web"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class TableRights:
    """What a role may do with a table: the columns of each kind, with blanks between.

    Who locks rows must be allowed to update some column of them.
    """

    select: str = ""
    insert: str = ""
    update: str = ""
    delete: bool = False

    def kinds(self) -> dict[str, str]:
        """Return the columns by the privilege's name; all of them where rows may be deleted."""
        found = {"SELECT": self.select, "INSERT": self.insert, "UPDATE": self.update}
        found["DELETE"] = ALL if self.delete else ""
        return {kind: columns for kind, columns in found.items() if columns}


_WHOLE: Final = TableRights(ALL, ALL, ALL)
_KEPT: Final = TableRights(ALL, ALL, ALL, delete=True)
_READ: Final = TableRights(ALL)
# Only triggers write them, with the rights of whoever changed the job or the product; whoever
# sweeps folds them, too.
_COUNTED: Final = TableRights(insert=ALL)
_FOLDED: Final = TableRights(ALL, ALL, delete=True)
_FOUND: Final = (
    "pattern piece warnings confidence crop_key cutout_key thumbnail_key provenance enriched_at"
)
_ANSWER: Final = (
    "colour_hex colour_name colour_family colour_family_second colours skin hair"
    f" updated_at {_FOUND}"
)
_PICTURE: Final = "sha256 subject score box size shades outcome code seen checked_at"
_ENDED: Final = "state code stage message lease_token lease_until finished_at"

_DECIDED: Final[Mapping[str, TableRights]] = {
    # What somebody decided stays written; whether it still counts may change.
    "decisions": TableRights(ALL, ALL, "in_force taken_back_by taken_back_at"),
    "review_queues": TableRights(ALL, ALL),
    "review_items": TableRights(ALL, ALL, "state version settled_by settled_at"),
}

RIGHTS: Final[Mapping[DatabaseRole, Mapping[str, TableRights]]] = {
    DatabaseRole.PRODUCER: {
        "catalogues": _WHOLE,
        "products": _WHOLE,
        "product_images": _KEPT,
        "batches": _WHOLE,
        "jobs": _WHOLE,
        "drafts": TableRights(ALL, update=ALL),
        "workers": _READ,
        "job_counts": _FOLDED,
        "product_counts": _FOLDED,
        **_DECIDED,
    },
    DatabaseRole.WORKER: {
        "catalogues": TableRights("id name"),
        "products": TableRights(
            "id catalogue_id sku title category",
            update=_ANSWER,
        ),
        "product_images": TableRights(
            ALL,
            update=f"generation {_PICTURE} {_FOUND}",
        ),
        "jobs": TableRights(
            ALL,
            update=f"generation recheck attempts next_attempt_at rung_at timings_ms {_ENDED}",
        ),
        "drafts": _WHOLE,
        "host_pauses": _KEPT,
        "workers": _KEPT,
        "job_counts": _FOLDED,
        "product_counts": _FOLDED,
    },
    DatabaseRole.HOOK: {
        "catalogues": TableRights("id name", "name created_at", update="created_at"),
        "products": TableRights(
            "id catalogue_id sku",
            "id catalogue_id sku title category item_group merchant_colour created_at updated_at",
            update="updated_at",
        ),
        "product_images": TableRights(
            "id product_id position role url generation seen outcome",
            "id product_id position role url generation created_at",
            update="role url generation",
            delete=True,
        ),
        "batches": TableRights(
            "id catalogue_id trigger source created_at", "catalogue_id trigger source created_at"
        ),
        "jobs": TableRights(
            "id image_id generation queue state attempts lease_until next_attempt_at"
            " rung_at code held recheck",
            "id image_id generation batch_id queue held recheck state attempts created_at"
            " rung_at trace",
            update=f"rung_at {_ENDED}",
        ),
        "uploads": _WHOLE,
        "job_counts": _COUNTED,
        "product_counts": _COUNTED,
    },
    # Its buttons promote, roll back and retry, and it reads everything; it enqueues nothing.
    DatabaseRole.WEB: {
        "catalogues": _READ,
        "products": TableRights(ALL, update=_ANSWER),
        "product_images": TableRights(ALL, update=f"{_PICTURE} {_FOUND}"),
        "batches": TableRights(ALL, update="hold"),
        "jobs": TableRights(ALL, update=f"attempts next_attempt_at rung_at timings_ms {_ENDED}"),
        "drafts": TableRights(ALL, update="before promoted_at"),
        "host_pauses": _READ,
        "workers": _READ,
        "uploads": _READ,
        "job_counts": _FOLDED,
        "product_counts": _FOLDED,
        "web_users": _KEPT,
        "web_sessions": _KEPT,
        "api_keys": _KEPT,
        "product_search": _KEPT,
        "search_progress": _KEPT,
        "deleted_products": _READ,
        # What was done stays written.
        "audit_trail": TableRights(ALL, ALL),
        **_DECIDED,
    },
    DatabaseRole.READER: dict.fromkeys(
        (
            "catalogues",
            "products",
            "product_images",
            "batches",
            "jobs",
            "drafts",
            "workers",
            "job_counts",
            "product_counts",
            "decisions",
            "review_queues",
            "review_items",
        ),
        _READ,
    ),
}
"""The rights of every role but ``migrate``, which owns the tables."""


def missing_rights(engine: Engine, role: DatabaseRole) -> list[str]:
    """Return the rights of a role that the connected user lacks, such as ``INSERT on jobs``.

    The schema must be current. On SQLite nothing lacks.
    """
    if engine.dialect.name != "postgresql":
        return []
    with reading(engine).connect() as connection:
        if role is DatabaseRole.MIGRATE:
            return _missing_ownership(connection)
        wanted = [
            (kind, table, columns)
            for table, rights in RIGHTS[role].items()
            for kind, columns in rights.kinds().items()
        ]
        kinds, tables, columns = map(list, zip(*wanted, strict=True))
        asked = {"kinds": kinds, "tables": tables, "columns": columns}
        return list(connection.scalars(_LACKS, asked))


def require_rights(engine: Engine, role: DatabaseRole) -> None:
    """Return where the connected user may do what a part needs; all the same on SQLite.

    Raises :class:`~shared.errors.SchemaError`, which says what to do, where it may not.
    """
    if not (lacks := missing_rights(engine, role)):
        return
    more = f" and {len(lacks) - 3} more" if len(lacks) > 3 else ""
    raise SchemaError(
        f"{show_database(engine)}: this needs the rights of the role {role.value!r}, and "
        f"{engine.url.username!r} lacks {', '.join(lacks[:3])}{more}; log in as the role for "
        f"{role.value}, or run `colourway db roles --apply` as an administrator"
    )


_LACKS: Final = text(
    "SELECT kind || ' on ' || tab FROM unnest(CAST(:kinds AS text[]), CAST(:tables AS text[]),"
    " CAST(:columns AS text[])) AS wanted (kind, tab, names)"
    " WHERE NOT CASE WHEN names = '*' THEN has_table_privilege(tab, kind)"
    " ELSE (SELECT bool_and(has_column_privilege(tab, name, kind))"
    " FROM unnest(string_to_array(names, ' ')) AS name) END"
)


_NOT_OURS: Final = text(
    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relname = ANY(:tables)"
    " AND pg_table_is_visible(c.oid) AND NOT pg_has_role(c.relowner, 'USAGE')"
)


def _missing_ownership(connection: Connection) -> list[str]:
    others = connection.scalars(_NOT_OURS, {"tables": list(TABLES)})
    lacks = [f"ownership of {table}" for table in others]
    if not connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")):
        lacks.append("CREATE on the schema")
    return lacks
