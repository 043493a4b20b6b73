"""Pages that only the demo has: where to begin, and the mailbox with the mails that it sends."""
