"""What all pages share: words, rendering, forms, sessions, error pages."""
