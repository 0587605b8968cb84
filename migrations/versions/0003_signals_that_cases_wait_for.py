"""Cases wait for signals as they do for messages

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.add_column("message_wait", sa.Column("kind", sa.String(8), nullable=False, server_default="message"))


def downgrade():
    op.drop_column("message_wait", "kind")
