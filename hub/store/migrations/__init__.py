"""The schema's history, run by Alembic (see hub.store.migration)."""
