"""A partner's visit to the pages behind signed links."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import func
from sqlmodel import select

from api.mailing.links import Purpose, Signer
from models.database import reading, writing
from models.tables import Opportunity, Partner, Rating, metadata
from tests.support.world import Doors, demo_actor, demo_opportunity

ADDRESS = "canari@exemple.invalid"


PARTNER = "11111111-2222-4333-8444-555555555555"


GARDENERS = demo_actor("a001", "00017926700026")


OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")


@dataclass(frozen=True)
class Visit:
    """One partner's way through the pages, of a suggestion of an opening and of one of a confidential case."""

    doors: Doors
    suggestion: str
    confidential: str
    subscription: str

    @property
    def signer(self) -> Signer:
        signer: Signer = self.doors.app.state.signers.newest()
        return signer

    def path(self, purpose: Purpose, **claims: str) -> str:
        if purpose is Purpose.CONFIRM:
            claims = {"u": self.subscription} | claims
        elif purpose is Purpose.UNSUBSCRIBE:
            claims = {"p": PARTNER} | claims
        else:
            claims = {"p": PARTNER, "s": self.suggestion} | claims
        return f"/{purpose}/{self.signer.sign(purpose, **claims)}"

    def get(self, path: str) -> httpx2.Response:
        return self.doors.anonymous.get(path, follow_redirects=False)

    def post(self, path: str, form: dict[str, Any] | None = None, *, follow: bool = False) -> httpx2.Response:
        return self.doors.anonymous.post(path, data=form or {}, follow_redirects=follow)

    def ratings(self) -> Sequence[Rating]:
        with reading(self.doors.engine) as session:
            return session.exec(select(Rating).order_by(Rating.created_at)).all()  # type: ignore[arg-type]

    def partner(self) -> Partner:
        with reading(self.doors.engine) as session:
            return session.get_one(Partner, PARTNER)

    def opportunity(self, opportunity_id: str = OPENING) -> Opportunity:
        with reading(self.doors.engine) as session:
            return session.get_one(Opportunity, opportunity_id)

    def change(self, opportunity_id: str = OPENING, **values: Any) -> None:
        with writing(self.doors.engine) as session:
            row = session.get_one(Opportunity, opportunity_id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def rows(self) -> dict[str, int]:
        """How many rows each table has, but for the one that the next commit of anybody empties into the ledger."""
        with reading(self.doors.engine) as session:
            return {
                table.name: session.exec(select(func.count()).select_from(table)).one()
                for table in metadata.sorted_tables
                if table.name != "revocation_notices"
            }
