"""Alembic's migrations; `engine.store.upgrade` runs them."""
