"""Acts by hand on cases, with what undoes them; cases that are suspended; tasks that an act opened

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Instant, Json

revision = "0006"
down_revision = "0005"


def upgrade():
    op.add_column("case", sa.Column("suspended_at", Instant(), nullable=True))
    op.add_column("task", sa.Column("act_id", sa.Integer(), nullable=True))
    op.create_table(
        "hand_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("element", sa.String(length=120), nullable=True),
        sa.Column("motive", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by_name", sa.String(length=160), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("former", Json(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=160), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_hand_act_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_act")),
    )
    op.create_index(op.f("ix_hand_act_case_id"), "hand_act", ["case_id"])


def downgrade():
    op.drop_index(op.f("ix_hand_act_case_id"), table_name="hand_act")
    op.drop_table("hand_act")
    op.drop_column("task", "act_id")
    op.drop_column("case", "suspended_at")
