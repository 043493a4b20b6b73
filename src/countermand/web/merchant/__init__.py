"""The merchant's console: orders, cancelling, cases, refunds, worklist, policy."""
