"""A payment provider, a warehouse and a shop platform that are real and stateful, in one SQLite file of their own."""
