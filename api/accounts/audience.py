"""The asker of a ranking, and what they may see."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """Who asks: only a facilitator is answered about what is confidential."""

    confidential: bool = False
    api_key_id: str | None = None
    account_id: str | None = None

    @property
    def by(self) -> str:
        """How the journal names the asker; who has neither an account nor a key sits at the command line."""
        if self.account_id:
            return f"account:{self.account_id}"
        return f"key:{self.api_key_id}" if self.api_key_id else "cli"
