"""Takeovers to come: companies counted by trade and territory, and what may be shown of the counts."""
