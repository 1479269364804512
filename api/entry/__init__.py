"""Actors, opportunities and takeover cases typed by hand: their fields, what resembles them, what is known of them."""
