"""Who may knock where: every route of the application, against a table of who may; what is not declared fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Mount

from models.base import utc_now
from tests.support.api_document import bare_app
from tests.support.options import OPTIONS
from tests.support.signed_in import PASSWORD, browser, open_account, open_partner, sessions
from tests.support.world import ABSENT, Doors, demo_actor

pytestmark = pytest.mark.slow

NOBODY_SPECIAL, CLIENT_KEY, FACILITATOR_KEY = "anonymous", "client key", "facilitator key"
FACILITATOR, ADMINISTRATOR, PARTNER = "facilitator session", "administrator session", "partner session"
WHO = (NOBODY_SPECIAL, CLIENT_KEY, FACILITATOR_KEY, FACILITATOR, ADMINISTRATOR, PARTNER)

ANYBODY = frozenset(WHO)
# The signed link, or that of an invitation, is the key; what is tried here is no link of ours, and is answered 404.
WITH_A_LINK = ANYBODY
KEYS, FACILITATORS_KEY = frozenset({CLIENT_KEY, FACILITATOR_KEY}), frozenset({FACILITATOR_KEY})
NOBODY: frozenset[str] = frozenset()
# Those of the house; a partner is refused whatever there is, and has its own pages.
SIGNED_IN, ADMINISTRATORS = frozenset({FACILITATOR, ADMINISTRATOR}), frozenset({ADMINISTRATOR})
PARTNERS = frozenset({PARTNER})

# HEAD is declared with GET. The API takes no cookie; the pages of the desk take no key, but for one.
DOORS: dict[str, frozenset[str]] = {
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /docs": ANYBODY,
    "GET /openapi.json": ANYBODY,
    "GET /static": ANYBODY,
    "GET /static/leaflet": ANYBODY,
    "GET /static-offline-docs": ANYBODY,
    "GET /metrics": FACILITATORS_KEY,
    # the API
    "POST /api/matches": KEYS,
    "POST /api/coalitions": KEYS,
    "GET /api/suggestions/{suggestion_id}": KEYS,
    "GET /api/actors": KEYS,
    "GET /api/actors/{actor_id}": KEYS,
    "POST /api/actors": FACILITATORS_KEY,
    "PATCH /api/actors/{actor_id}": FACILITATORS_KEY,
    "GET /api/opportunities": KEYS,
    "GET /api/opportunities/{opportunity_id}": KEYS,
    "POST /api/opportunities": FACILITATORS_KEY,
    "PATCH /api/opportunities/{opportunity_id}": FACILITATORS_KEY,
    "GET /api/subscriptions": FACILITATORS_KEY,
    "POST /api/subscriptions": FACILITATORS_KEY,
    "PATCH /api/subscriptions/{subscription_id}": FACILITATORS_KEY,
    "DELETE /api/subscriptions/{subscription_id}": FACILITATORS_KEY,
    "GET /api/ratings": FACILITATORS_KEY,
    "POST /api/ratings": FACILITATORS_KEY,
    "GET /api/nights": FACILITATORS_KEY,
    "GET /api/nights/{day}": FACILITATORS_KEY,
    # the pages behind the links in mails
    "GET /avis/{token}": WITH_A_LINK,
    "POST /avis/{token}": WITH_A_LINK,
    "GET /voir/{token}": WITH_A_LINK,
    "GET /suivi/{token}": WITH_A_LINK,
    "POST /suivi/{token}": WITH_A_LINK,
    "GET /confirmer/{token}": WITH_A_LINK,
    "POST /confirmer/{token}": WITH_A_LINK,
    "GET /desinscription/{token}": WITH_A_LINK,
    "POST /desinscription/{token}": WITH_A_LINK,
    "GET /besoin/{token}": WITH_A_LINK,
    "POST /besoin/{token}": WITH_A_LINK,
    # the public pages: without the setting they are answered 404
    "GET /deposer": ANYBODY,
    "GET /deposer/besoin": ANYBODY,
    "POST /deposer/besoin": ANYBODY,
    "GET /deposer/cession": ANYBODY,
    "POST /deposer/cession": ANYBODY,
    "GET /deposer/recu": ANYBODY,
    # the doors themselves
    "GET /connexion": ANYBODY,
    "POST /connexion": ANYBODY,
    # Between the password and the code: whoever comes otherwise is sent to the first.
    "GET /connexion/code": NOBODY,
    "POST /connexion/code": NOBODY,
    "POST /deconnexion": ANYBODY,
    "GET /invitation/{token}": WITH_A_LINK,
    "POST /invitation/{token}": WITH_A_LINK,
    "GET /mot-de-passe-oublie": ANYBODY,
    "POST /mot-de-passe-oublie": ANYBODY,
    "GET /nouveau-mot-de-passe/{token}": WITH_A_LINK,
    "POST /nouveau-mot-de-passe/{token}": WITH_A_LINK,
    # one's own account
    "GET /envoi-en-attente": SIGNED_IN | PARTNERS,
    "POST /envoi-en-attente": SIGNED_IN | PARTNERS,
    "GET /compte": SIGNED_IN | PARTNERS,
    "POST /compte/nom": SIGNED_IN | PARTNERS,
    "POST /compte/matin": SIGNED_IN,
    "POST /compte/sessions": SIGNED_IN | PARTNERS,
    "POST /compte/mot-de-passe": SIGNED_IN | PARTNERS,
    "GET /compte/second-facteur": SIGNED_IN,
    "POST /compte/second-facteur": SIGNED_IN,
    # the desk
    # It sends a partner on to its own pages.
    "GET /": SIGNED_IN | PARTNERS,
    "GET /acteurs/nouveau": SIGNED_IN,
    "POST /acteurs/nouveau": SIGNED_IN,
    "POST /acteurs/ressemblances": SIGNED_IN,
    "GET /acteurs/{actor_id}/corriger": SIGNED_IN,
    "POST /acteurs/{actor_id}/corriger": SIGNED_IN,
    "GET /opportunites/nouvelle": SIGNED_IN,
    "POST /opportunites/nouvelle": SIGNED_IN,
    "POST /opportunites/ressemblances": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/corriger": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/corriger": SIGNED_IN,
    "GET /reprises/nouvelle": SIGNED_IN,
    "POST /reprises/nouvelle": SIGNED_IN,
    "POST /reprises/ressemblances": SIGNED_IN,
    "GET /recherche": SIGNED_IN,
    "POST /recherche": SIGNED_IN,
    "POST /recherche/fichier": SIGNED_IN,
    "GET /recherche/{draft_token}": SIGNED_IN,
    "POST /recherche/{draft_token}": SIGNED_IN,
    "GET /opportunites": SIGNED_IN,
    "GET /opportunites.{file_format}": SIGNED_IN,
    "GET /vues": SIGNED_IN,
    "POST /vues": SIGNED_IN,
    "POST /vues/{view_id}": SIGNED_IN,
    "GET /trouver": SIGNED_IN,
    "POST /trouver": SIGNED_IN,
    "GET /trouver/{search_token}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/comparer": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/dossiers": SIGNED_IN,
    "GET /acteurs/comparer": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/feuille": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/feuille.xlsx": SIGNED_IN,
    "GET /acteurs/feuille": SIGNED_IN,
    "GET /acteurs/feuille.xlsx": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/groupement": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/etapes": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/etapes": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/calendrier.ics": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/confidentialite": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/confidentialite": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/confidentialite/documents": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/confidentialite/documents/{document_id}": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/confidentialite/documents/{document_id}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/engagement": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/engagement": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/engagement/{agreement_id}": SIGNED_IN,
    "GET /engagement-de-confidentialite": SIGNED_IN,
    "POST /engagement-de-confidentialite": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/informations": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/informations": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/responsable": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/fiche": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/fiche": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/proposer": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/proposer": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/vu": SIGNED_IN,
    "GET /a-venir": SIGNED_IN,
    "GET /titulaires": SIGNED_IN,
    "GET /acteurs": SIGNED_IN,
    "GET /acteurs.{file_format}": SIGNED_IN,
    "GET /acteurs/{actor_id}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/financement": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/financement": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/financement/note": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/financement.xlsx": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/axe": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/dossiers": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/dossiers/ajouter": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/issue": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/reprise/roles": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/reprise/roles": SIGNED_IN,
    "GET /dossiers": SIGNED_IN,
    "POST /dossiers": SIGNED_IN,
    "GET /dossiers/{case_id}": SIGNED_IN,
    "POST /dossiers/{case_id}": SIGNED_IN,
    "POST /echanges": SIGNED_IN,
    "POST /echanges/{interaction_id}/retirer": SIGNED_IN,
    "GET /courriers": SIGNED_IN,
    "GET /courriers/nouveau": SIGNED_IN,
    "POST /courriers": SIGNED_IN,
    "GET /courriers/{mailing_id}": SIGNED_IN,
    "POST /courriers/{mailing_id}": SIGNED_IN,
    "GET /modeles": SIGNED_IN,
    "POST /modeles": SIGNED_IN,
    "GET /modeles/{template_id}": SIGNED_IN,
    "POST /modeles/{template_id}": SIGNED_IN,
    "GET /reprises": SIGNED_IN,
    "GET /rapport": SIGNED_IN,
    "GET /rapport.csv": SIGNED_IN,
    "GET /rapport.xlsx": SIGNED_IN,
    "GET /acteurs/{actor_id}/partenaires": SIGNED_IN,
    "POST /acteurs/{actor_id}/partenaires": SIGNED_IN,
    "GET /acteurs/{actor_id}/contacts": SIGNED_IN,
    "GET /acteurs/{actor_id}/financements": SIGNED_IN,
    "POST /acteurs/{actor_id}/financements": SIGNED_IN,
    "POST /acteurs/{actor_id}/contacts": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/contacts": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/contacts": SIGNED_IN,
    "GET /contacts/{contact_id}": SIGNED_IN,
    "POST /contacts/{contact_id}": SIGNED_IN,
    "GET /acteurs/{actor_id}/abonnements": SIGNED_IN,
    "POST /acteurs/{actor_id}/abonnements": SIGNED_IN,
    "GET /encodage": SIGNED_IN,
    "GET /importer": SIGNED_IN,
    "POST /importer": SIGNED_IN,
    "GET /importer/{token}": SIGNED_IN,
    "POST /importer/{token}": SIGNED_IN,
    "POST /importer/{token}/colonnes": SIGNED_IN,
    "POST /importer/{token}/contenu": SIGNED_IN,
    "GET /importer/{token}/rapport": SIGNED_IN,
    "GET /importer/{token}/refuses.csv": SIGNED_IN,
    "GET /importer/imports/{import_id}": SIGNED_IN,
    "POST /importer/imports/{import_id}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/diffusion": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/diffusion": SIGNED_IN,
    "POST /acteurs/{actor_id}/listes": SIGNED_IN,
    "GET /acteurs/{actor_id}/historique": SIGNED_IN,
    "POST /acteurs/{actor_id}/historique": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/historique": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/historique": SIGNED_IN,
    "POST /acteurs/{actor_id}/archives": SIGNED_IN,
    "POST /opportunites/{opportunity_id}/archives": SIGNED_IN,
    "GET /archives": SIGNED_IN,
    # lists as files
    "GET /a-venir.{file_format}": SIGNED_IN,
    "GET /titulaires.{file_format}": SIGNED_IN,
    "GET /archives.{file_format}": SIGNED_IN,
    "GET /dossiers.{file_format}": SIGNED_IN,
    "GET /dossiers/reponses.{file_format}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/dossiers.{file_format}": SIGNED_IN,
    "GET /courriers.{file_format}": SIGNED_IN,
    "GET /courriers/{mailing_id}.{file_format}": SIGNED_IN,
    "GET /acteurs/{actor_id}/abonnements.{file_format}": SIGNED_IN,
    "GET /acteurs/{actor_id}/partenaires.{file_format}": SIGNED_IN,
    "GET /acteurs/{actor_id}/contacts.{file_format}": SIGNED_IN,
    "GET /opportunites/{opportunity_id}/contacts.{file_format}": SIGNED_IN,
    "GET /a-valider.{file_format}": SIGNED_IN,
    "GET /reprises.{file_format}": SIGNED_IN,
    "GET /trouver/{search_token}.{file_format}": SIGNED_IN,
    "POST /acteurs/ensemble": SIGNED_IN,
    "POST /opportunites/ensemble": SIGNED_IN,
    "GET /actes/{act_id}": SIGNED_IN,
    "POST /actes/{act_id}": SIGNED_IN,
    "GET /a-valider": SIGNED_IN,
    "GET /aide": SIGNED_IN,
    "POST /a-valider/{correction_id}": SIGNED_IN,
    "GET /a-valider/besoins/{need_id}": SIGNED_IN,
    "POST /a-valider/besoins/{need_id}": SIGNED_IN,
    "GET /acteurs/{actor_id}/diffusion": SIGNED_IN,
    "POST /acteurs/{actor_id}/diffusion": SIGNED_IN,
    "GET /poids": ADMINISTRATORS,
    "POST /poids/retour": ADMINISTRATORS,
    "POST /poids/{weights_id}/activer": ADMINISTRATORS,
    "GET /nuits": SIGNED_IN,
    # The one page that programs fetch too: the report of a night.
    "GET /nuits/{day}": SIGNED_IN | FACILITATORS_KEY,
    "GET /sources": SIGNED_IN,
    "POST /sources/doublons/{proposal_id}": SIGNED_IN,
    "GET /comptes": ADMINISTRATORS,
    "GET /personnes": ADMINISTRATORS,
    "POST /personnes": ADMINISTRATORS,
    "GET /journal": ADMINISTRATORS,
    "POST /comptes": ADMINISTRATORS,
    "POST /comptes/{account_id}": ADMINISTRATORS,
    "GET /cles": ADMINISTRATORS,
    "POST /cles": ADMINISTRATORS,
    "POST /cles/{key_id}": ADMINISTRATORS,
    # the space of partners
    "GET /espace": PARTNERS,
    "GET /espace/acteurs": PARTNERS,
    "GET /espace/acteurs/{actor_mark}": PARTNERS,
    "GET /espace/acteurs/{actor_mark}/corriger": PARTNERS,
    "POST /espace/acteurs/{actor_mark}/corriger": PARTNERS,
    "GET /espace/besoins": PARTNERS,
    "GET /espace/besoins/nouveau": PARTNERS,
    "POST /espace/besoins/nouveau": PARTNERS,
    "POST /espace/besoins/{need_id}": PARTNERS,
    "GET /espace/donnees": PARTNERS,
    "POST /espace/donnees": PARTNERS,
    "GET /espace/propositions/{mark}": PARTNERS,
    "POST /espace/propositions/{mark}": PARTNERS,
    "GET /espace/dossiers/{mark}": PARTNERS,
    "POST /espace/dossiers/{mark}": PARTNERS,
    "GET /espace/dossiers/{mark}/documents/{document_id}": PARTNERS,
    "GET /espace/dossiers/{mark}/engagement": PARTNERS,
}

BODIES: dict[str, dict[str, Any]] = {
    "/api/matches": {"text": "tonte de pelouse"},
    "/api/coalitions": {"opportunity_id": ABSENT},
    "/api/actors": {"source_id": "a", "name": "A", "kind": "scop"},
    "/api/opportunities": {"source_id": "a", "title": "A"},
    "/api/subscriptions": {"email": "a@exemple.invalid", "search": "tonte"},
    "/api/ratings": {"partner_id": ABSENT, "suggestion_id": ABSENT, "interest": 3},
}
EMAILS = {
    FACILITATOR: "animation@exemple.invalid",
    ADMINISTRATOR: "administration@exemple.invalid",
    PARTNER: "partenaire@exemple.invalid",
}
GARDENERS = demo_actor("a001", "00017926700026")


def routes() -> Iterator[tuple[str, str]]:
    """Every (method, path) that the application answers to, in its documentation or not."""
    app = bare_app()
    for route in iter_route_contexts(app.routes):
        methods = {"GET"} if isinstance(route, Mount) else getattr(route, "methods", None) or {"GET"}
        for method in methods:
            yield method, str(getattr(route, "path", ""))


ROUTES = sorted(set(routes()))


def declared(method: str, path: str) -> str:
    return f"{'GET' if method == 'HEAD' else method} {path}"


class Knocker:
    """Knocks as each of those who may come; each session is made when it is needed, and again once it is over."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._tokens: dict[str, str] = {}
        open_partner(doors.engine, EMAILS[PARTNER], GARDENERS)
        for who in (FACILITATOR, ADMINISTRATOR):
            open_account(doors, who.removesuffix(" session"), EMAILS[who])

    def is_let_in(self, who: str, method: str, path: str) -> bool:
        filled = path.replace("{day}", "2026-11-24").replace("{token}", "aucun").replace("{mark}", "aucune")
        filled = filled.replace("{draft_token}", "aucun").replace("{search_token}", "aucun")
        filled = re.sub(r"{\w+_id}", ABSENT, filled).replace("{actor_mark}", "aucune")
        filled = filled.replace("{file_format}", "csv")
        assert "{" not in filled, "say here how to fill this path"
        filled += f"?suggestion_id={ABSENT}" if path == "/api/ratings" and method == "GET" else ""
        options: dict[str, Any] = {}
        if path == "/connexion":
            options = {"data": {"courriel": EMAILS[FACILITATOR], "mot_de_passe": PASSWORD}}
        elif method not in ("GET", "HEAD"):
            options = {"json": BODIES.get(path, {})} if path.startswith("/api/") else {"data": {"x": "x"}}
        answer = self._browser(who).request(method, filled, **(options if method not in ("GET", "HEAD") else {}))
        if path in ("/deconnexion", "/connexion"):
            self._tokens.pop(who, None)
        assert answer.status_code < 500, answer.text
        sent_away = answer.headers.get("location", "").startswith("/connexion") and "set-cookie" not in answer.headers
        return answer.status_code not in (401, 403) and not sent_away

    def _browser(self, who: str) -> TestClient:
        if who in EMAILS:
            if who not in self._tokens:
                self._tokens[who] = sessions.sign_in(
                    self._doors.engine,
                    EMAILS[who],
                    PASSWORD,
                    client_address="192.0.2.1",
                    now=utc_now(),
                    options=OPTIONS,
                )
            return browser(self._doors, self._tokens[who])
        found = browser(self._doors)
        if who != NOBODY_SPECIAL:
            found.headers["X-API-Key"] = self._doors.secrets[who.removesuffix(" key")]
        return found


@pytest.fixture(scope="module")
def knocker(doors: Doors) -> Knocker:
    return Knocker(doors)


def test_every_route_is_declared_and_nothing_else_is() -> None:
    assert {declared(*route) for route in ROUTES} == set(DOORS)
    assert len(ROUTES) >= 45


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_a_door_opens_to_those_who_are_declared_and_to_nobody_else(knocker: Knocker, method: str, path: str) -> None:
    let_in = {who for who in WHO if knocker.is_let_in(who, method, path)}
    assert let_in == DOORS.get(declared(method, path))
