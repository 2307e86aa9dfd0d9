"""Reads tables and hourly files. Nothing here depends on scenarios."""
