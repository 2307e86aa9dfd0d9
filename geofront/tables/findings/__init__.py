"""Findings of the notebooks, a module for each: functions of results that return sentences, numbers and checks."""
