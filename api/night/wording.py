"""A night's report in French, from `NightReport.as_json`: a line a stage."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.core.french import number, plural
from api.open_data.coverage.falls import Fall
from api.open_data.coverage.wording import fall_in_words
from api.open_data.wording import counts_in_words, silence_in_words, source_in_words

STAGES = {
    "refresh": "Sources",
    "encode": "Lecture et encodage",
    "match": "Rapprochement",
    "follow_ups": "Suites",
    "mornings": "Messages du matin",
    "send": "Envoi",
    "tune": "Apprentissage",
    "purge": "Effacement",
    "journal": "Journal",
}
EVENTS = {
    "new": "nouveautés",
    "proposed": "proposées par l’équipe",
    "cancelled": "annulations",
    "rectified": "rectifications",
    "worse": "devenues moins proches",
    "better": "devenues plus proches",
    "follow_up": "suites demandées",
}
REFRESH = {
    "no_source_configured": "aucune source configurée",
    "no_source_due": "aucune source à relire cette nuit",
    "dry_run": "essai à blanc : aucune source n’est lue",
}
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
    "actor_gone": "acteur retiré, fermé ou confidentiel",
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
    "composed_anew": "composés de nouveau au moment de partir",
    "withheld": "retenus, plus rien n’en peut être dit",
    "unsettled": "remis, leur contenu change encore",
    "confidential": "devenues confidentielles",
    "teaser_withdrawn": "accroches retirées",
    "proposal_withdrawn": "propositions reprises",
    "actor_confidential": "acteurs devenus confidentiels",
    "actor_left": "acteurs fermés ou en procédure",
    "archived": "fiches archivées",
    "opportunity_cancelled": "opportunités annulées",
    "opportunity_closed": "opportunités closes ou échues",
    "duplicate": "doublons",
    "gone": "disparues",
    "stopped": "abonnements arrêtés",
    "rectified": "rectifiées avant de partir",
    "answered": "déjà répondues",
    "changed": "changées avant de partir",
    "too_late": "trop tard pour partir",
    "account_closed": "comptes fermés",
    "unknown_purpose": "de nature inconnue",
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
    "impressions": "lignes d’anciennes listes",
    "searches": "lignes sans leurs mots",
    "contacts": "contacts dont la durée est finie",
    "mailboxes": "adresses écrites qui n’ont plus de contact",
    "needs": "besoins déposés, jamais confirmés ou finis depuis longtemps",
    "edits": "modifications anciennes",
    "agreements": "engagements anciens, sans nom ni fichier désormais",
}
TUNED = {"skipped": "pas d’essai", "kept": "poids actifs gardés", "activated": "nouveaux poids actifs"}


def stage_lines(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each stage's name, what it did, and its duration in seconds."""
    stage_rows = []
    for stage, stage_name in STAGES.items():
        stage_content = report["stages"].get(stage)
        duration_words = f"{number(stage_content['seconds'], 1)} s" if stage_content else ""
        stage_rows.append(
            (stage_name, _WORDS[stage](stage_content) if stage_content else "pas terminé", duration_words)
        )
    return stage_rows


def summary_lines(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the status of the night's mails, and the announcements in them."""
    return [("Messages", _counts(report["mails"], MAILS)), ("Annoncé", _counts(report["told"], EVENTS))]


def status_in_words(report: Mapping[str, Any]) -> str:
    """Return whether a night is finished."""
    if not report["finished_at"]:
        return "pas terminée : des messages attendent" if report["mails"].get("pending") else "pas terminée"
    return "terminée" if report["complete"] else "terminée, des messages ont été abandonnés"


def _counts(counts: Mapping[str, int], count_labels: Mapping[str, str]) -> str:
    count_words = [
        f"{number(count)} {count_labels.get(count_name, count_name)}"
        for count_name, count in sorted(counts.items())
        if count
    ]
    return ", ".join(count_words) or "rien"


def _refresh(content: Mapping[str, Any]) -> str:
    if not content["sources"]:
        return str(REFRESH.get(content["reason"], content["reason"]))
    sentence_parts = [plural(content["sources"], "source"), counts_in_words(content["counts"])]
    failed_sources = [
        f"{source_in_words(source_name)} ({error_text})"
        for source_name, error_text in sorted(content["failed"].items())
    ]
    falls = [fall_in_words(Fall(**fall)) for fall in content.get("falls", ())]
    if falls:
        sentence_parts.append(f"à vérifier, un champ manque soudain – {' ; '.join(falls)}")
    if failed_sources:
        sentence_parts.append(f"pas lues en entier : {', '.join(failed_sources)}")
    silences = [
        f"{source_in_words(source_name)} ({silence_in_words(code, date.fromisoformat(since) if since else None)})"
        for source_name, departments in sorted(content.get("silent", {}).items())
        for code, since in sorted(departments.items())
    ]
    if silences:
        sentence_parts.append(f"en retard : {', '.join(silences)}")
    return " ; ".join(sentence_parts)


def _encode(content: Mapping[str, Any]) -> str:
    return f"lus : {plural(content['actors'], 'acteur')}, {plural(content['opportunities'], 'opportunité')}"


def _match(content: Mapping[str, Any]) -> str:
    sentence_parts = [
        f"{plural(content['due'], 'abonnement')} à servir sur {number(content['subscriptions'])}",
        f"{plural(content['matched'], 'annonce possible', 'annonces possibles')}, "
        f"{plural(content['announced'], 'retenue')} dans {plural(content['mails'], 'message')}",
    ]
    if any(content["skipped"].values()):
        sentence_parts.append(f"laissés : {_counts(content['skipped'], SKIPPED)}")
    if any(content["waiting"].values()):
        sentence_parts.append(f"remises : {_counts(content['waiting'], WAITING)}")
    return " ; ".join(sentence_parts)


def _follow_ups(content: Mapping[str, Any]) -> str:
    return f"{plural(content['questions'], 'question')} dans {plural(content['mails'], 'message')}"


def _mornings(content: Mapping[str, Any]) -> str:
    accounts = plural(content["accounts"], "compte qui les veut", "comptes qui les veulent")
    return f"{plural(content['mails'], 'message')} pour {accounts}"


def _send(content: Mapping[str, Any]) -> str:
    if "waiting" in content:
        return plural(content["waiting"], "message attend", "messages attendent")
    sentence_parts = [plural(content["sent"], "parti")]
    if content["deferred"]:
        sentence_parts.append(f"{number(content['deferred'])} à réessayer")
    if content["failed"]:
        sentence_parts.append(plural(content["failed"], "abandonné"))
    if content["suspended"]:
        sentence_parts.append(plural(content["suspended"], "partenaire suspendu", "partenaires suspendus"))
    reason_words = _counts(content["reasons"], SKIPPED | SENDING) if content["reasons"] else ""
    return ", ".join(sentence_parts) + (f" ({reason_words})" if reason_words else "")


def _tune(content: Mapping[str, Any]) -> str:
    reason_words = ", ".join(TUNING.get(reason, reason) for reason in content["reason"].split(", "))
    tuning_words = f"{number(content['ratings'])} avis ; {TUNED[content['done']]} : {reason_words}"
    verdict = content["verdict"]
    if verdict and verdict["difference"] is not None:
        gain_words = f"{verdict['difference']:+.3f}".replace(".", ",")
        tuning_words += f" (nDCG@10 {gain_words}, {plural(verdict['queries'], 'question')})"
    return tuning_words


def _purge(content: Mapping[str, Any]) -> str:
    purged_counts = {count_name: content.get(count_name, 0) for count_name in PURGED}
    return _counts(purged_counts, PURGED)


def _journal(content: Mapping[str, Any]) -> str:
    if not content.get("entries") and not content.get("problem"):
        return "rien"
    if content["problem"]:
        at_words = f", entrée {content['at']}" if content["at"] else ""
        return f"touché{at_words} : {content['problem']}"
    return f"{plural(content['entries'], 'entrée', 'entrées, qui se suivent toutes')} ; repère {content['mark']}"


_WORDS = {
    "refresh": _refresh,
    "encode": _encode,
    "match": _match,
    "follow_ups": _follow_ups,
    "mornings": _mornings,
    "send": _send,
    "tune": _tune,
    "purge": _purge,
    "journal": _journal,
}
