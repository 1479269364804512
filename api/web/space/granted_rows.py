"""Lines of a partner's first page that stand there whatever the score: what consents opened, what was proposed."""

from typing import Any

from api.catalogue.wording import OPPORTUNITY_KINDS, place
from api.confidentiality.disclosure import DisclosureLevel
from api.learning.wording import rating_in_words
from api.partner_view.proposals import OpenedCase, Proposal

LEVELS = {
    DisclosureLevel.TEASER: "la fiche aveugle",
    DisclosureLevel.ONE_SIDE: "un accord donné, l’autre attendu",
    DisclosureLevel.IDENTITY: "l’identité de l’entreprise",
    DisclosureLevel.DOCUMENTS: "l’identité de l’entreprise et ses documents",
}


def opened_row(case: OpenedCase) -> dict[str, str]:
    """Return a case about which either side consented, with the address of its file."""
    return {
        "address": f"/espace/dossiers/{case.proposal.mark}",
        "title": case.proposal.card.title,
        "actor": case.proposal.actor.name,
        "level": LEVELS[case.level],
    }


def proposed_row(proposal: Proposal) -> dict[str, Any]:
    """Return what a facilitator proposed, by what is told of it, without a score."""
    card = proposal.card
    return {
        "address": f"/espace/propositions/{proposal.mark}",
        "title": card.display_title,
        "kind": OPPORTUNITY_KINDS[card.kind].capitalize(),
        "place": place(card.commune, card.department),
        "teaser": proposal.teaser,
        "rating": rating_in_words(proposal.rating) if proposal.rating else "",
    }
