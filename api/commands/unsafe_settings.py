"""Settings with which a service must not be opened to others."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, make_url

from api.accounts import queries
from api.core.hosts import is_loopback
from api.core.settings import OpenDataSettings, Settings
from models.database import reading
from models.service_role import may_rewrite_journal

# What the demonstration makes.
DEMO_DOMAIN, DEMO_KEY = "@exemple.invalid", "développement"

Refusal = tuple[str, str]


def unsafe_settings(options: Settings, engine: Engine) -> list[Refusal]:
    """Return what is unsafe, as (variable, why in French); nothing where all is well.

    Much is allowed to a service that this machine alone reaches: a demonstration, a developer's.
    """
    return [
        *_unsafe_mail(options),
        *_unsafe_proxies(options),
        *_unsafe_connections(options),
        *_readable_by_others("POLESUD_LINK_KEYS", Path(options.link_keys)),
        *(_unsafe_when_open(options, engine) if is_open(options) else ()),
    ]


def is_open(options: Settings) -> bool:
    """Return whether others than this machine reach the service, or are told to."""
    return not (is_loopback(options.host) and is_loopback(_public_host(options)))


def _unsafe_mail(options: Settings) -> list[Refusal]:
    if options.smtp_security != "none" or is_loopback(options.smtp_host):
        return []
    secrets = "le mot de passe du serveur et les liens" if options.smtp_user else "les liens"
    return [("POLESUD_SMTP_SECURITY", f"{secrets} partiraient en clair vers une autre machine ; starttls ou tls")]


def _unsafe_proxies(options: Settings) -> list[Refusal]:
    everybody = [network for network in options.trusted_proxies if ip_network(network).prefixlen == 0]
    return [("POLESUD_TRUSTED_PROXIES", f"{network} croirait n’importe qui") for network in everybody]


def _unsafe_connections(options: Settings) -> list[Refusal]:
    sources = [name for name in OpenDataSettings.model_fields if name.endswith("_url")]
    refusals = [
        (f"POLESUD_{name.upper()}", "une source publique est lue sans TLS : il faut son adresse en https")
        for name in sources
        if _is_in_clear(getattr(options, name))
    ]
    database = make_url(options.database_url)
    is_elsewhere = bool(database.host) and not is_loopback(database.host or "")
    if is_elsewhere and database.query.get("sslmode") not in ("verify-ca", "verify-full"):
        refusals.append(("POLESUD_DATABASE_URL", "la base d’une autre machine est à joindre par ?sslmode=verify-full"))
    return refusals


def _is_in_clear(url: str) -> bool:
    return urlsplit(url).scheme != "https" and not is_loopback(urlsplit(url).hostname or "")


def _unsafe_when_open(options: Settings, engine: Engine) -> list[Refusal]:
    refusals = []
    if urlsplit(options.public_url).scheme != "https" or is_loopback(_public_host(options)):
        reason = "le service est ouvert à d’autres machines : il faut son adresse publique, en https"
        refusals.append(("POLESUD_PUBLIC_URL", reason))
    if not options.trusted_proxies:
        reason = "nommez l’adresse du mandataire qui fait TLS, sans quoi tous les visiteurs n’en sont qu’un"
        refusals.append(("POLESUD_TRUSTED_PROXIES", reason))
    database_file = make_url(options.database_url).database if options.database_url.startswith("sqlite") else None
    if database_file:
        for suffix in ("", "-wal", "-shm"):
            refusals += _readable_by_others("POLESUD_DATABASE_URL", Path(database_file + suffix))
    with reading(engine) as session:
        demo_accounts = queries.open_accounts_of_domain(session, DEMO_DOMAIN)
        demo_key = queries.key_by_name(session, DEMO_KEY)
        rewrites = engine.dialect.name == "postgresql" and may_rewrite_journal(session.connection())
    if rewrites:
        reason = "ce rôle peut récrire le journal : servez avec un autre, borné par « grant-roles »"
        refusals.append(("POLESUD_DATABASE_URL", reason))
    if demo_accounts:
        refusals.append(("POLESUD_DATABASE_URL", f"la base a des comptes de démonstration ({DEMO_DOMAIN})"))
    if demo_key and demo_key.revoked_at is None:
        refusals.append(("POLESUD_DATABASE_URL", f"la base a la clé de démonstration « {DEMO_KEY} »"))
    return refusals


def _readable_by_others(variable: str, path: Path) -> list[Refusal]:
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return []  # not made yet: it is made for its owner alone
    return [(variable, f"{path} est lisible par d’autres ({mode:o}) ; chmod 600")] if mode & 0o077 else []


def _public_host(options: Settings) -> str:
    return urlsplit(options.public_url).hostname or ""
