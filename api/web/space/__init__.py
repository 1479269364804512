"""The partners' pages (session of a partner)."""
