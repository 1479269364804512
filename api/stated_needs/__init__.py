"""Needs that come in by themselves: stated by partners, buyers and owners, until a facilitator takes them up."""
