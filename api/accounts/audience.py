"""Audience: the asker of a ranking, with the right to see confidential records or without."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """The asker. confidential: may see confidential records (facilitators only)."""

    confidential: bool = False
    api_key_id: str | None = None
    account_id: str | None = None

    @property
    def by(self) -> str:
        """Name of the asker in the journal; without an account or a key, the command line."""
        if self.account_id:
            return f"account:{self.account_id}"
        return f"key:{self.api_key_id}" if self.api_key_id else "cli"
