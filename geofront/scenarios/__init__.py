"""Scenarios: schema, building from tables, alignment, validation, files. Nothing here knows how demand is placed."""
