"""Scenarios: schema, building from tables, alignment, validation, files. Nothing here depends on placements."""
