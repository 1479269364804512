"""Fourteen obvious passwords, each given to an invitation."""

from html import unescape

from api.accounts import accounts, invitations
from api.audit.log import CLI
from bench.served_copy import Outcome, ServedCopy
from models.base import utc_now

OBVIOUS = (
    "motdepasse123",
    "azertyuiop123",
    "Bonjour123456",
    "PoleSud2026!!",
    "polesud26000!",
    "Valence26000!",
    "Drome-Ardeche26",
    "administrateur",
    "Soleil2026!!!",
    "jetaimemonchat",
    "123456789012",
    "Password2026!",
    "camille.canari1",
    "aaaaaaaaaaaa",
)


def attack(copy: ServedCopy) -> list[Outcome]:
    """Choose each by the page of an invitation."""
    link = invitations.invite(
        copy.engine,
        "camille.canari@exemple.invalid",
        accounts.FACILITATOR,
        name="Camille Canari",
        by=CLI,
        now=utc_now(),
        options=copy.settings,
    )
    path = f"/invitation/{link.rpartition('/')[2]}"
    with copy.browser() as visitor:
        answers = [visitor.post(path, data={"mot_de_passe": one, "encore": one}) for one in OBVIOUS]
        fine = "lentille sabot orage pigeon"
        taken = visitor.post(path, data={"mot_de_passe": fine, "encore": fine}).status_code
    accepted = sum(answer.status_code == 303 for answer in answers)
    hinted = sum("sans rapport entre eux" in unescape(answer.text) for answer in answers)
    return [
        Outcome(
            "mots de passe évidents", accepted == 0, f"{accepted} acceptés sur {len(OBVIOUS)}", "12 acceptés sur 14"
        ),
        Outcome("une phrase secrète est proposée, et acceptée", taken == 303, f"{hinted} conseils, statut {taken}"),
    ]
