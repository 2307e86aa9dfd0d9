"""Runs notebooks and writes tables and figures. Nothing here depends on the model."""
