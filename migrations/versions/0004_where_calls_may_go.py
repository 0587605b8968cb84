"""Where calls of the HTTP connector may go

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Instant

revision = "0004"
down_revision = "0003"
_IN_USE = sa.text("withdrawn_at IS NULL")


def upgrade():
    op.create_table(
        "allowed_origin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=220), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("allowed_at", Instant(), nullable=False),
        sa.Column("allowed_by", sa.String(length=160), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=160), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowed_origin")),
    )
    op.create_index(
        "ix_allowed_origin_in_use", "allowed_origin", ["origin"], unique=True, sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )  # fmt: skip


def downgrade():
    op.drop_index("ix_allowed_origin_in_use", "allowed_origin", sqlite_where=_IN_USE, postgresql_where=_IN_USE)
    op.drop_table("allowed_origin")
