"""Open cases move to another version, and back

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from engine.store import base

revision = "0008"
down_revision = "0007"
_WAITING = sa.text("status = 'waiting'")


def upgrade():
    op.create_table(
        "moving",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("choices", base.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_at", base.Instant(), nullable=False),
        sa.Column("ordered_by", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedure.id"], name=op.f("fk_moving_procedure_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_moving_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moving")),
    )
    op.create_index("ix_moving_procedure_id", "moving", ["procedure_id"])
    op.create_table(
        "case_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("moving_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reasons", base.Json(), nullable=True),
        sa.Column("before", base.Json(), nullable=True),
        sa.Column("lock_version", sa.Integer(), nullable=True),
        sa.Column("settled_at", base.Instant(), nullable=True),
        sa.Column("undone_at", base.Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=160), nullable=True),
        sa.ForeignKeyConstraint(["moving_id"], ["moving.id"], name=op.f("fk_case_move_moving_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_move_case_id")),
        sa.ForeignKeyConstraint(["from_version_id"], ["version.id"], name=op.f("fk_case_move_from_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_move")),
    )
    op.create_index("ix_case_move_moving_id", "case_move", ["moving_id"])
    op.create_index("ix_case_move_case_id", "case_move", ["case_id"])
    op.create_index("ix_case_move_waiting", "case_move", ["id"], sqlite_where=_WAITING, postgresql_where=_WAITING)


def downgrade():
    op.drop_table("case_move")
    op.drop_table("moving")
