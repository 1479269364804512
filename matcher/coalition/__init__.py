"""Actors that together cover an opportunity."""
