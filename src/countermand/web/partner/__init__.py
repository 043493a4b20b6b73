"""The holder's queue: what a warehouse, a 3PL or a seller has to answer, and what must not be packed."""
