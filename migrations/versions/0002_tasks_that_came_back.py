"""Tasks that came back are found by an index of their own

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_WHERE = sa.text("status = 'open' AND attempt > 1")


def upgrade():
    op.create_index("ix_task_again", "task", ["role", "due_at", "id"], sqlite_where=_WHERE, postgresql_where=_WHERE)


def downgrade():
    op.drop_index("ix_task_again", "task", sqlite_where=_WHERE, postgresql_where=_WHERE)
