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
# What is counted: a label of one form, or its singular and its plural.
Labels = Mapping[str, str | tuple[str, str]]
EVENTS: Labels = {
    "new": ("nouveauté", "nouveautés"),
    "proposed": ("proposée par l’équipe", "proposées par l’équipe"),
    "cancelled": ("annulation", "annulations"),
    "rectified": ("rectification", "rectifications"),
    "worse": ("devenue moins proche", "devenues moins proches"),
    "better": ("devenue plus proche", "devenues plus proches"),
    "follow_up": ("suite demandée", "suites demandées"),
}
REFRESH = {
    "no_source_configured": "aucune source configurée",
    "no_source_due": "aucune source à relire cette nuit",
    "dry_run": "essai à blanc : aucune source n’est lue",
}
SKIPPED: Labels = {
    "nothing_new": "rien de nouveau",
    "unconfirmed": ("pas confirmé", "pas confirmés"),
    "pending": ("partenaire pas confirmé", "partenaires pas confirmés"),
    "suspended": ("partenaire suspendu", "partenaires suspendus"),
    "unsubscribed": ("partenaire désabonné", "partenaires désabonnés"),
    "paused": "en pause",
    "served": ("déjà servi", "déjà servis"),
    "not_today": "pas son jour",
    "undelivered": "un message attend encore de partir",
    "actor_gone": ("acteur retiré, fermé ou confidentiel", "acteurs retirés, fermés ou confidentiels"),
    "already_written": ("écrit par un autre traitement", "écrits par un autre traitement"),
}
WAITING: Labels = {
    "most": "au-delà du nombre par message",
    "weekly_per_actor": ("acteur assez sollicité cette semaine", "acteurs assez sollicités cette semaine"),
    "weekly_per_partner": ("partenaire assez sollicité cette semaine", "partenaires assez sollicités cette semaine"),
}
MAILS: Labels = {
    "sent": ("parti", "partis"),
    "pending": "en attente",
    "failed": ("abandonné", "abandonnés"),
    "cancelled": ("annulé", "annulés"),
}
SENDING: Labels = {
    "refused": ("adresse refusée", "adresses refusées"),
    "rejected": ("message refusé", "messages refusés"),
    "deferred": "remis à plus tard par le serveur",
    "tries": "trop d’essais",
    "uncertain": ("réponse perdue", "réponses perdues"),
    "lost": ("connexion perdue", "connexions perdues"),
    "server_down": "serveur injoignable",
    "composed_anew": ("composé de nouveau au moment de partir", "composés de nouveau au moment de partir"),
    "withheld": ("retenu, plus rien n’en peut être dit", "retenus, plus rien n’en peut être dit"),
    "unsettled": ("remis, son contenu change encore", "remis, leur contenu change encore"),
    "confidential": ("devenue confidentielle", "devenues confidentielles"),
    "teaser_withdrawn": ("accroche retirée", "accroches retirées"),
    "proposal_withdrawn": ("proposition reprise", "propositions reprises"),
    "actor_confidential": ("acteur devenu confidentiel", "acteurs devenus confidentiels"),
    "actor_left": ("acteur fermé ou en procédure", "acteurs fermés ou en procédure"),
    "archived": ("fiche archivée", "fiches archivées"),
    "opportunity_cancelled": ("opportunité annulée", "opportunités annulées"),
    "opportunity_closed": ("opportunité close ou échue", "opportunités closes ou échues"),
    "duplicate": ("doublon", "doublons"),
    "gone": ("disparue", "disparues"),
    "stopped": ("abonnement arrêté", "abonnements arrêtés"),
    "rectified": ("rectifiée avant de partir", "rectifiées avant de partir"),
    "answered": ("déjà répondue", "déjà répondues"),
    "changed": ("changée avant de partir", "changées avant de partir"),
    "too_late": "trop tard pour partir",
    "account_closed": ("compte fermé", "comptes fermés"),
    "unknown_purpose": "de nature inconnue",
}
TUNING = {
    "too_few_new_ratings": "trop peu de nouveaux avis",
    "too_few_queries": "trop peu de questions jugées",
    "not_surely_better": "pas sûrement mieux",
    "group_worse": "un groupe d’acteurs y perdrait",
    "passed": "mieux que les poids actifs",
}
PURGED: Labels = {
    "mails": ("message vidé", "messages vidés"),
    "sessions": ("session finie", "sessions finies"),
    "invitations": ("invitation finie", "invitations finies"),
    "throttles": ("compteur de connexion", "compteurs de connexion"),
    "impressions": ("ligne d’anciennes listes", "lignes d’anciennes listes"),
    "searches": ("ligne sans ses mots", "lignes sans leurs mots"),
    "contacts": ("contact dont la durée est finie", "contacts dont la durée est finie"),
    "mailboxes": ("adresse écrite qui n’a plus de contact", "adresses écrites qui n’ont plus de contact"),
    "needs": (
        "besoin déposé, jamais confirmé ou fini depuis longtemps",
        "besoins déposés, jamais confirmés ou finis depuis longtemps",
    ),
    "edits": ("modification ancienne", "modifications anciennes"),
    "agreements": (
        "engagement ancien, sans nom ni fichier désormais",
        "engagements anciens, sans nom ni fichier désormais",
    ),
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


def in_number(label: str | tuple[str, str], count: int) -> str:
    """Return « 1 nouveauté », « 2 nouveautés », « 2 en pause »."""
    singular, plural_form = (label, label) if isinstance(label, str) else label
    return plural(count, singular, plural_form)


def _counts(counts: Mapping[str, int], count_labels: Labels) -> str:
    count_words = [
        in_number(count_labels.get(count_name, count_name), count)
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
    reason_words = _counts(content["reasons"], {**SKIPPED, **SENDING}) if content["reasons"] else ""
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
