"""Messages and signals with which cases of a version begin

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    op.create_table(
        "start_event",
        sa.Column(
            "version_id", sa.Integer(), sa.ForeignKey("version.id", name="fk_start_event_version_id"), nullable=False
        ),
        sa.Column("element", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("key", sa.String(120), nullable=True),
        sa.PrimaryKeyConstraint("version_id", "element", name="pk_start_event"),
    )
    op.create_index("ix_start_event_name", "start_event", ["kind", "name"])


def downgrade():
    op.drop_table("start_event")
