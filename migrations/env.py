"""Alembic's environment: the connection comes from whoever asks; types are spelled out, so migrations need no models."""

from alembic import context

from engine.store.tables import metadata


def render_item(kind, item, autogen_context):
    """Write our own types by the name under which a migration imports them."""
    if kind == "type" and item.__class__.__module__ == "engine.store.base":
        autogen_context.imports.add("from engine.store import base")
        return f"base.{item.__class__.__name__}()"
    return False


def include_name(name, kind, _parents):
    """Leave out the tables of the queue: its library makes them, and migrates its own."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
