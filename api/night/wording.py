"""What a night did, in French: a line a stage, from the report's plain values."""

from collections.abc import Mapping
from typing import Any

from api.core.french import number
from api.open_data.wording import counts_in_words, source_in_words

STAGES = {
    "refresh": "Sources",
    "encode": "Lecture et encodage",
    "match": "Rapprochement",
    "follow_ups": "Suites",
    "send": "Envoi",
    "tune": "Apprentissage",
    "purge": "Effacement",
}
EVENTS = {
    "new": "nouveautés",
    "cancelled": "annulations",
    "rectified": "rectifications",
    "worse": "devenues moins proches",
    "better": "devenues plus proches",
    "follow_up": "suites demandées",
}
REFRESH = {"no_source_configured": "aucune source configurée", "dry_run": "essai à blanc : aucune source n’est lue"}
SKIPPED = {
    "nothing_new": "rien de nouveau",
    "unconfirmed": "pas confirmé",
    "pending": "partenaire pas confirmé",
    "suspended": "partenaire suspendu",
    "unsubscribed": "partenaire désabonné",
    "paused": "en pause",
    "served": "déjà servi",
    "not_today": "pas son jour",
    "undelivered": "un message attend encore de partir",
    "actor_gone": "acteur retiré ou confidentiel",
    "already_written": "écrit par un autre traitement",
}
WAITING = {
    "most": "au-delà du nombre par message",
    "weekly_per_actor": "acteur assez sollicité cette semaine",
    "weekly_per_partner": "partenaire assez sollicité cette semaine",
}
MAILS = {"sent": "partis", "pending": "en attente", "failed": "abandonnés", "cancelled": "annulés"}
SENDING = {
    "refused": "adresse refusée",
    "rejected": "message refusé",
    "deferred": "remis à plus tard par le serveur",
    "tries": "trop d’essais",
    "uncertain": "réponse perdue",
    "lost": "connexion perdue",
    "server_down": "serveur injoignable",
}
TUNING = {
    "too_few_new_ratings": "trop peu de nouveaux avis",
    "too_few_queries": "trop peu de questions jugées",
    "not_surely_better": "pas sûrement mieux",
    "group_worse": "un groupe d’acteurs y perdrait",
    "passed": "mieux que les poids actifs",
}
PURGED = {
    "mails": "messages vidés",
    "sessions": "sessions finies",
    "invitations": "invitations finies",
    "throttles": "compteurs de connexion",
}
TUNED = {"skipped": "pas d’essai", "kept": "poids actifs gardés", "activated": "nouveaux poids actifs"}


def stage_lines(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each stage's name, what it did, and its seconds; `report` as `NightReport.as_json` has it."""
    lines = []
    for stage, name in STAGES.items():
        content = report["stages"].get(stage)
        seconds = f"{number(content['seconds'], 1)} s" if content else ""
        lines.append((name, _WORDS[stage](content) if content else "pas terminé", seconds))
    return lines


def summary_lines(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how the mails of the night stand, and what was told in them."""
    return [("Messages", _counts(report["mails"], MAILS)), ("Annoncé", _counts(report["told"], EVENTS))]


def status_in_words(report: Mapping[str, Any]) -> str:
    """Return whether a night is over."""
    if not report["finished_at"]:
        return "pas terminée : des messages attendent" if report["mails"].get("pending") else "pas terminée"
    return "terminée" if report["complete"] else "terminée, des messages ont été abandonnés"


def _counts(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    told = [f"{number(count)} {words.get(name, name)}" for name, count in sorted(counts.items()) if count]
    return ", ".join(told) or "rien"


def _refresh(content: Mapping[str, Any]) -> str:
    if not content["sources"]:
        return str(REFRESH.get(content["reason"], content["reason"]))
    parts = [f"{number(content['sources'])} sources", counts_in_words(content["counts"])]
    failed = [f"{source_in_words(name)} ({why})" for name, why in sorted(content["failed"].items())]
    return " ; ".join(parts + ([f"pas lues en entier : {', '.join(failed)}"] if failed else []))


def _encode(content: Mapping[str, Any]) -> str:
    return f"{number(content['actors'])} acteurs, {number(content['opportunities'])} opportunités lus"


def _match(content: Mapping[str, Any]) -> str:
    parts = [
        f"{number(content['due'])} abonnements à servir sur {number(content['subscriptions'])}",
        f"{number(content['matched'])} annonces possibles, {number(content['announced'])} retenues"
        f" dans {number(content['mails'])} messages",
    ]
    if any(content["skipped"].values()):
        parts.append(f"laissés : {_counts(content['skipped'], SKIPPED)}")
    if any(content["waiting"].values()):
        parts.append(f"remises : {_counts(content['waiting'], WAITING)}")
    return " ; ".join(parts)


def _follow_ups(content: Mapping[str, Any]) -> str:
    return f"{number(content['questions'])} questions dans {number(content['mails'])} messages"


def _send(content: Mapping[str, Any]) -> str:
    if "waiting" in content:
        return f"{number(content['waiting'])} messages attendent"
    parts = [f"{number(content['sent'])} partis"]
    if content["deferred"]:
        parts.append(f"{number(content['deferred'])} à réessayer")
    if content["failed"]:
        parts.append(f"{number(content['failed'])} abandonnés")
    if content["suspended"]:
        parts.append(f"{number(content['suspended'])} partenaires suspendus")
    reasons = _counts(content["reasons"], SKIPPED | SENDING) if content["reasons"] else ""
    return ", ".join(parts) + (f" ({reasons})" if reasons else "")


def _tune(content: Mapping[str, Any]) -> str:
    reasons = ", ".join(TUNING.get(reason, reason) for reason in content["reason"].split(", "))
    text = f"{number(content['ratings'])} avis ; {TUNED[content['done']]} : {reasons}"
    verdict = content["verdict"]
    if verdict and verdict["difference"] is not None:
        gain = f"{verdict['difference']:+.3f}".replace(".", ",")
        text += f" (nDCG@10 {gain}, {number(verdict['queries'])} questions)"
    return text


def _purge(content: Mapping[str, Any]) -> str:
    gone = {name: content.get(name, 0) for name in PURGED}
    return _counts(gone, PURGED)


_WORDS = {
    "refresh": _refresh,
    "encode": _encode,
    "match": _match,
    "follow_ups": _follow_ups,
    "send": _send,
    "tune": _tune,
    "purge": _purge,
}
