"""The extract of real orders that ships with Countermand; ATTRIBUTION.md says whose they are."""
