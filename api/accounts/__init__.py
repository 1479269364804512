"""Accounts, sessions, passwords, API keys, partners' accounts, and what each may see."""
