"""The demo: a shop of real orders in every stage, on this machine alone."""
