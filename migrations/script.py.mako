"""${message}

Revision: ${up_revision}
Follows: ${down_revision | comma,n}
Written: ${create_date}

Before you commit this file, see that each line is true:

1. Workers of the version before run on while this migration runs and after it. So nothing that
   they use is dropped or renamed, and a new column is nullable or has a server default. Renaming is
   three releases: add and write both, move the readers, drop the old one.
2. No lock on a large table lasts longer than a moment. An index on `products`, `product_images` or
   `jobs` is made with `postgresql_concurrently=True` inside `op.get_context().autocommit_block()`;
   a new constraint is added NOT VALID and validated in a migration of its own.
3. Rows are moved by a command that works in chunks and can be stopped, never in here.
4. It runs on SQLite and on PostgreSQL, and the models equal the result: the tests compare them.
5. There is no way down. A mistake is mended by the next migration.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade() -> None:
    """Refuse: see rule 5."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
