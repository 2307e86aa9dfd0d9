"""The engine: solves the placement problem fast. Nothing here knows scenarios or what is reported."""
