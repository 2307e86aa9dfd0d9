"""The engine: solves the placement problem fast. Nothing here depends on scenarios or reported results."""
