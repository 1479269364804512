"""The facilitators' pages (session of a facilitator or administrator)."""
