"""Real history through the real use cases: the UCI files become orders, their `C` invoices become requests."""
