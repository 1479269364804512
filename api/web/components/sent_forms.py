"""The forms that arrived after their session had expired, for routes that show them again."""

from typing import Annotated

from fastapi import Depends, Request

from api.entry.drafts import SentForms


async def _sent_forms(request: Request) -> SentForms:
    kept_forms: SentForms = request.app.state.sent_forms
    return kept_forms


SentFormsDep = Annotated[SentForms, Depends(_sent_forms)]
