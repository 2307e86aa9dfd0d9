"""Notebooks run, tables and figures written; nothing here knows the model."""
