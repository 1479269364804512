"""Commands about people: accounts, personal data, the journal, backups; merged into `api.cli`."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.accounts import accounts, api_keys, invitations, second_factor
from api.accounts.accounts import ACCOUNT_ROLES
from api.audit import log, marks
from api.commands.consoles import console
from api.commands.terminal import add_text_row, confirm, engine
from api.core.digits import is_digits
from api.core.errors import ConflictError
from api.core.french import number, plural
from api.core.settings import settings
from api.mailing.links import open_signer
from api.privacy import database_copies, personal_data, restoring
from models.base import utc_now
from models.database import reading

app = typer.Typer()

TOUCHED = 4
# What a restoration revokes again: of one, of several.
REPLAYED = {
    "account:disabled": ("compte désactivé", "comptes désactivés"),
    "account:password": (
        "mot de passe changé depuis : redonnez un lien (`invite`)",
        "mots de passe changés depuis : redonnez un lien (`invite`)",
    ),
    "account:role": ("rôle abaissé", "rôles abaissés"),
    "actor:taken": ("compte délié d’un acteur", "comptes déliés d’un acteur"),
    "consent:withdrawn": ("accord retiré", "accords retirés"),
    "contact:erased": ("contact effacé", "contacts effacés"),
    "sheet:withdrawn": ("fiche aveugle retirée", "fiches aveugles retirées"),
    "document:removed": ("document retiré", "documents retirés"),
    "invitation:ended": ("invitation finie", "invitations finies"),
    "key:revoked": ("clé d’API révoquée", "clés d’API révoquées"),
    "mail:cancelled": ("message annulé", "messages annulés"),
    "mail:sent": ("message déjà parti", "messages déjà partis"),
    "partner:suspended": ("partenaire suspendu", "partenaires suspendus"),
    "partner:unsubscribed": ("partenaire désinscrit", "partenaires désinscrits"),
    "person:erased": ("personne effacée", "personnes effacées"),
    "record:hidden": ("fiche devenue confidentielle", "fiches devenues confidentielles"),
    "session:ended": ("session fermée", "sessions fermées"),
    "subscription:paused": ("abonnement en pause", "abonnements en pause"),
    "subscription:removed": ("abonnement supprimé", "abonnements supprimés"),
    "subscription:stopped": ("abonnement arrêté", "abonnements arrêtés"),
    "proposal:withdrawn": ("proposition d’un cas retirée", "propositions de cas retirées"),
    "teaser:withdrawn": ("accroche retirée", "accroches retirées"),
}
Email = Annotated[str, typer.Argument(help="L’adresse de la personne.")]


class Role(StrEnum):
    FACILITATOR = accounts.FACILITATOR
    ADMINISTRATOR = accounts.ADMINISTRATOR


@app.command(name="invite")
def invite_command(
    email: Email,
    role: Annotated[Role, typer.Option(help="Ce que la personne pourra faire.")] = Role.FACILITATOR,
    name: Annotated[str, typer.Option(help="Comment l’appeler.")] = "",
    mailed: Annotated[bool, typer.Option("--mail", help="Envoyer aussi un lien par courriel.")] = False,
) -> None:
    """Ouvre un compte, ou redonne un lien à qui l’a perdu ; le lien, qui sert une fois, n’est montré qu’ici."""
    database, moment, options = engine(), utc_now(), settings()
    try:
        invitation_link = invitations.invite(
            database, email, role.value, name=name, mailed=mailed, by=log.CLI, now=moment, options=options
        )
    except ConflictError:
        known_account = accounts.find_account(database, email)
        invitation_link = invitations.invite_again(
            database, known_account.id, mailed=mailed, by=log.CLI, now=moment, options=options
        )
        console.print("Ce compte existe déjà, et garde son rôle ; voici un nouveau lien.")
    console.print(invitation_link, soft_wrap=True, highlight=False, markup=False)


@app.command(name="accounts")
def accounts_command() -> None:
    """Liste les comptes."""
    table = Table("adresse", "nom", "rôle", "état")
    with reading(engine()) as session:
        listed_accounts = accounts.list_accounts(session, now=utc_now(), options=settings())
    for listed_account in listed_accounts:
        account = listed_account.account
        account_state = "désactivé" if account.disabled_at else "actif" if account.password_hash else "invité"
        add_text_row(table, account.email, account.name, ACCOUNT_ROLES[account.role], account_state)
    console.print(table)


@app.command(name="account-disable")
def disable_command(email: Email) -> None:
    """Désactive un compte et ferme ses sessions."""
    database = engine()
    accounts.disable(database, accounts.find_account(database, email).id, by=log.CLI, now=utc_now())
    console.print("Le compte est désactivé, ses sessions sont fermées.")


@app.command(name="audit-verify")
def verify_command(
    anchor: Annotated[
        str | None, typer.Option("--repere", help="Un repère imprimé plus tôt : NUMÉRO:EMPREINTE.")
    ] = None,
) -> None:
    """Vérifie que le journal n’a pas été touché, aussi par les repères des nuits ; sort avec 4 s’il l’a été."""
    anchor_mark = None
    if anchor is not None:
        entry_number, _, digest = anchor.partition(":")
        if not is_digits(entry_number) or not digest:
            raise typer.BadParameter("attendu NUMÉRO:EMPREINTE", param_hint="--repere")
        anchor_mark = (int(entry_number), digest)
    verification = marks.verify_by_marks(engine(), anchors=[anchor_mark] if anchor_mark else ())
    if verification.problem:
        entry_words = f", entrée {verification.at}" if verification.at else ""
        console.print(
            f"Le journal a été touché{entry_words} : {verification.problem}.", soft_wrap=True, highlight=False
        )
        raise typer.Exit(TOUCHED)
    console.print(f"{plural(verification.count, 'entrée')}, qui se suivent toutes.", highlight=False)
    console.print(f"Repère : {verification.count}:{verification.last_hash}", soft_wrap=True, highlight=False)


@app.command(name="person-export")
def export_command(
    email: Email,
    target: Annotated[Path | None, typer.Option("--file", help="Où l’écrire ; par défaut, à l’écran.")] = None,
) -> None:
    """Donne, en JSON, tout ce qui est gardé sur une personne."""
    personal_values = personal_data.export_person(engine(), open_signer(settings()), email, by=log.CLI, now=utc_now())
    export_text = json.dumps(personal_values, ensure_ascii=False, indent=1)
    if target is None:
        print(export_text)
        return
    target.touch(mode=0o600)
    target.write_text(export_text + "\n", "utf-8")


@app.command(name="person-erase")
def erase_command(
    email: Email,
    sure: Annotated[bool, typer.Option("--yes", help="Ne pas demander.")] = False,
) -> None:
    """Efface une personne : compte, abonnements, contacts, texte de ses courriels. Ses notes restent, sans nom."""
    if not sure:
        confirm("Effacer pour toujours ce qui est gardé sur cette personne ?")
    personal_data.erase_person(engine(), email, by=log.CLI, now=utc_now())
    console.print("C’est effacé. Les sauvegardes d’avant gardent ces données jusqu’à leur propre fin.")


@app.command(name="purge")
def purge_command() -> None:
    """Efface ce qui a été gardé assez longtemps : textes de courriels, sessions et invitations finies, contacts."""
    purge_counts = personal_data.purge(engine(), now=utc_now(), options=settings())
    count_words = (
        plural(purge_counts.mails, "courriel vidé", "courriels vidés"),
        plural(purge_counts.sessions, "session"),
        plural(purge_counts.invitations, "invitation"),
        plural(purge_counts.impressions, "ligne d’anciennes listes", "lignes d’anciennes listes"),
        plural(purge_counts.contacts, "contact"),
    )
    console.print(", ".join(count_words), highlight=False)


@app.command(name="backup")
def backup_command(
    target: Annotated[Path, typer.Argument(help="Le fichier à écrire ; il ne doit pas exister.")],
) -> None:
    """Copie la base entière dans un fichier, vérifié ; le service peut tourner."""
    database_copies.backup(settings().database_url, target, tools=settings().postgres_tools)
    console.print(
        f"Sauvegarde : {target} ({number(target.stat().st_size / 1e6, 1)} Mo)", soft_wrap=True, highlight=False
    )


@app.command(name="restore")
def restore_command(
    source: Annotated[Path, typer.Argument(help="Une sauvegarde.")],
    sure: Annotated[bool, typer.Option("--yes", help="Ne pas demander.")] = False,
    without_ledger: Annotated[
        bool,
        typer.Option(
            "--without-ledger", help="Même si le registre des révocations manque, ou lui ou le journal a été touché."
        ),
    ] = False,
    signed_by: Annotated[
        str, typer.Option(help="Avec --without-ledger : l’adresse d’un compte d’administration de la sauvegarde.")
    ] = "",
    reason: Annotated[
        str, typer.Option(help="Avec --without-ledger : pourquoi ; le journal le garde. N’y nommez personne.")
    ] = "",
) -> None:
    """Remet une sauvegarde, et y révoque de nouveau ce qui l’a été depuis. Arrêtez le service avant."""
    if without_ledger and not (signed_by and reason):
        raise typer.BadParameter("--signed-by et --reason vont avec", param_hint="--without-ledger")
    if not sure:
        confirm("Remplacer la base par cette sauvegarde ?")
    signature = restoring.Signature(signed_by, reason) if without_ledger else None
    restored = restoring.restore(settings(), source, signature=signature, now=utc_now())
    engine().dispose()
    console.print("La sauvegarde est en place. Les sessions, les invitations et les liens des courriels sont finis,")
    console.print("sauf ceux qui désinscrivent.")
    for kind, count in sorted(restored.replayed.items()):
        console.print(f"  {plural(count, *REPLAYED.get(kind, (kind, kind)))}", highlight=False)
    if restored.problem:
        console.print(f"Signé : {restored.problem} D’autres révocations ont pu se perdre.", soft_wrap=True)
    if restored.former:
        console.print(f"Ce qui y était : {restored.former}", soft_wrap=True, highlight=False)


@app.command(name="factor-reset")
def factor_reset_command(email: Email) -> None:
    """Remet à zéro le second facteur d’un compte, après un téléphone perdu, et ferme ses sessions."""
    database = engine()
    second_factor.reset(database, accounts.find_account(database, email).id, by=log.CLI, now=utc_now())
    console.print("Le second facteur est remis à zéro, les sessions du compte sont fermées.")


@app.command(name="key")
def key_command(
    name: Annotated[str, typer.Argument(help="À qui, à quoi sert la clé.")],
    facilitator: Annotated[bool, typer.Option(help="Voit les cas confidentiels et peut écrire.")] = False,
    replace: Annotated[bool, typer.Option(help="Remplace la clé qui porte ce nom.")] = False,
    days: Annotated[int | None, typer.Option(min=1, max=3_650, help="Jours avant qu’elle expire.")] = None,
) -> None:
    """Crée une clé d’API ; elle n’est montrée qu’une fois."""
    database, key_role = engine(), api_keys.FACILITATOR if facilitator else api_keys.CLIENT
    make = api_keys.replace_key if replace else api_keys.create_key
    api_key = make(database, name, key_role, now=utc_now(), days=days or settings().key_days)
    if api_key is None:
        raise typer.BadParameter(f"une clé « {name} » existe déjà ; --replace la remplace")
    console.print(api_key, soft_wrap=True, highlight=False)


@app.command(name="keys")
def keys_command() -> None:
    """Liste les clés d’API."""
    table, now = Table("nom", "rôle", "créée le", "servie le", "expire le", "état"), utc_now()
    with reading(engine()) as session:
        listed_keys = api_keys.list_keys(session)
    for api_key in listed_keys:
        is_expired = api_key.expires_at is None or api_key.expires_at <= now
        key_state = "révoquée" if api_key.revoked_at else "expirée" if is_expired else "sert"
        days = (api_key.created_at.date(), api_key.last_used_on, api_key.expires_at and api_key.expires_at.date())
        add_text_row(
            table,
            api_key.name,
            ACCOUNT_ROLES.get(api_key.role, api_key.role),
            *(str(day or "–") for day in days),
            key_state,
        )
    console.print(table)


@app.command(name="key-revoke")
def key_revoke_command(name: Annotated[str, typer.Argument(help="Le nom de la clé.")]) -> None:
    """Révoque une clé d’API : elle n’ouvre plus rien."""
    database = engine()
    with reading(database) as session:
        key_id = api_keys.find_key(session, name).id
    api_keys.revoke_key(database, key_id, by=log.CLI, now=utc_now())
    console.print("La clé est révoquée.")
