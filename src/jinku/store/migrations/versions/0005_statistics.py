"""PostgreSQL keeps no statistics of what an erasure has to remove: ANALYZE would copy names and keys elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PERSONAL = ("subject", "subject_key", "job", "recipient", "evidence")


def upgrade() -> None:
    """What ANALYZE copied before goes with the next erasure."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in PERSONAL:
        for column in sa.inspect(connection).get_columns(table):
            if isinstance(column["type"], sa.Text | sa.LargeBinary):
                op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column["name"]}" SET STATISTICS 0')
