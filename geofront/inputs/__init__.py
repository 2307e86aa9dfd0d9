"""Tables and hourly files in; nothing here knows what a scenario is."""
