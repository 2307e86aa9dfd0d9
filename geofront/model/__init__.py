"""Scenario, feasibility, costs, placement and its proof; nothing here knows what is reported."""
