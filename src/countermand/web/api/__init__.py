"""The HTTP API, version 1 (DESIGN section 7): its calls, its document, and the page that explains it."""
