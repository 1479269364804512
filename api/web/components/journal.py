"""The journal's acts and actors, in French."""

import json
from collections.abc import Mapping
from datetime import datetime

from api.accounts.accounts import ACCOUNT_ROLES
from api.core.clock import PARIS
from api.core.french import day

ACTIONS = {
    "sign_in.ok": "s’est connecté·e",
    "sign_in.failed": "connexion refusée",
    "account.invited": "compte ouvert",
    "account.link_given": "nouveau lien donné",
    "account.password_set": "mot de passe choisi",
    "account.disabled": "compte désactivé",
    "account.enabled": "compte réactivé",
    "account.role_changed": "rôle changé",
    "account.sessions_revoked": "sessions fermées",
    "key.created": "clé d’API créée",
    "key.revoked": "clé d’API révoquée",
    "account.actor_given": "compte lié à un acteur",
    "account.actor_taken": "compte délié d’un acteur",
    "actor.seen": "acteur confidentiel lu",
    "actor.created": "acteur ajouté",
    "actor.changed": "acteur modifié",
    "opportunity.seen": "opportunité confidentielle lue",
    "opportunity.created": "opportunité ajoutée",
    "opportunity.changed": "opportunité modifiée",
    "case.opened": "dossier pris en main",
    "case.moved": "dossier avancé",
    "case.noted": "dossier complété",
    "report.exported": "rapport exporté",
    "consent.given": "accord donné",
    "consent.withdrawn": "accord retiré",
    "identity.revealed": "identité révélée",
    "document.added": "document ajouté",
    "document.removed": "document retiré",
    "document.downloaded": "document téléchargé",
    "file.imported": "fichier importé",
    "source.synchronised": "source publique lue",
    "duplicate.decided": "doublon tranché",
    "weights.activated": "poids activés",
    "weights.rolled_back": "poids rétablis",
    "subscription.asked": "abonnement demandé",
    "subscription.confirmed": "abonnement confirmé",
    "subscription.stopped": "abonnement arrêté",
    "subscription.removed": "abonnement supprimé",
    "partner.unsubscribed": "partenaire désinscrit",
    "partner.came_back": "partenaire réinscrit",
    "person.exported": "données d’une personne exportées",
    "person.erased": "données d’une personne effacées",
}

_DETAILS = {"created": "ajoutés", "changed": "modifiés", "fields": "champs", "role": "rôle", "from": "de", "to": "à"}

_VALUES = ACCOUNT_ROLES | {"holder": "cédant", "actor": "acteur", "documents": "documents"}

_ALONE = {"cli": "ligne de commande", "night": "la nuit", "anonymous": "quelqu’un, non identifié"}

_KINDS = {"key": "clé d’API", "partner": "partenaire", "account": "compte"}

_DETAILS |= {"actor": "acteur", "side": "côté", "document": "document", "as": "décision"}

_VALUES |= {"same": "même chose", "different": "différents", "proposed": "à revoir"}


def actor_in_words(actor: str, names: Mapping[str, str]) -> str:
    """Return who acted; names: account id → name, of those that there still are."""
    if actor in _ALONE:
        return _ALONE[actor]
    kind, _, ident = actor.partition(":")
    return names.get(ident) or f"{_KINDS.get(kind, kind)} {ident[:8]}"


def detail_in_words(detail: str) -> str:
    """Return what an entry adds, e.g. « ajoutés : 12 »; what is not of ours stays as it is written."""
    try:
        parts = json.loads(detail).items()
    except (ValueError, AttributeError):
        return detail
    return ", ".join(f"{_DETAILS.get(name, name)}\N{NO-BREAK SPACE}: {_value(value)}" for name, value in parts)


def _value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else _VALUES.get(str(value), str(value))


def moment_in_words(iso: str) -> str:
    try:
        moment = datetime.fromisoformat(iso).astimezone(PARIS)
    except ValueError:
        # Somebody wrote into it: what is there is shown.
        return iso
    return f"{day(moment.date().isoformat())}, {moment:%H:%M:%S}"
