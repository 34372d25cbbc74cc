"""Alembic's migrations: their sum is the schema in `tables.py`."""
