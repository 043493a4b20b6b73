"""The customer's pages: the order, cancelling, the outcome, a new link."""
