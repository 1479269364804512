"""Settings, from the environment (`POLESUD_…`) or a `.env` file: typed, bounded, read by `api.app` and the commands.

Below the commands and the app, settings are arguments. A function asks for the group that it needs.
"""

import os
from datetime import date
from functools import cache
from typing import Any, Literal, Self

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic import ValidationError as InvalidValueError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.core.errors import SettingsError
from api.core.setting_types import Departments, LeadDays, Names, Networks, Port, SecondFactor, Security

PREFIX = "POLESUD_"
HOME_DEPARTMENTS = ("26", "07")


class ServiceSettings(BaseSettings):
    """The service, its tables, what it takes in and gives out."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    database_url: str = "sqlite:///var/polesud.db"
    # The ledger of revocations, and its key; empty: beside the database, `….revocations` and `….revocations.key`.
    ledger: str = ""
    ledger_key: str = ""
    # The folder of PostgreSQL's programs (pg_dump, pg_restore); empty: they are found on the PATH.
    postgres_tools: str = ""
    # A folder made by `make setup`, or any sentence-transformers folder; with encoder_from_hub a name on a model hub.
    encoder: str = "var/encoder"
    encoder_from_hub: bool = False
    # Where the desk's columns are kept for the next start, where the database is no file to keep them beside.
    columns: str = "var/columns"
    host: str = "127.0.0.1"
    port: Port = 8026
    # Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's else are.
    trusted_proxies: Networks = ()
    # Serve with unsafe settings all the same: for a demonstration on a laptop.
    allow_unsafe: bool = False
    # Connections at once, and from one address; behind a proxy, which is one address, both should be the same.
    connections: PositiveInt = 512
    connections_per_address: PositiveInt = 128
    # How long a client may take to send its headers, the beginning of a body, and to take any of an answer.
    header_timeout_s: PositiveFloat = 10
    body_timeout_s: PositiveFloat = 20
    write_timeout_s: PositiveFloat = 20
    # What a request may send, unless it is a file of somebody who is signed in.
    body_kilobytes: PositiveInt = 256
    # Départements whose needs and actors fill the desk.
    departments: Departments = HOME_DEPARTMENTS
    # How long a request waits for its turn to write, and before for what earlier ones showed; then it is answered 503.
    write_wait_s: PositiveFloat = 2
    # The longest list that the API returns.
    max_k: PositiveInt = 100
    # Where a file that is being imported is kept aside, and how large one may be.
    imports: str = "var/imports"
    import_megabytes: PositiveInt = 20
    # Whom to call: on pages whose reader has no mail of ours to answer (sign-in, errors).
    contact_name: str = ""
    contact_phone: str = ""
    # Whether buyers and owners may state a need on a public page, and after how many days it is forgotten where its
    # sender does not confirm it.
    needs_page: bool = False
    unconfirmed_need_days: PositiveInt = 7
    # How large a document of a confidential case may be.
    document_megabytes: PositiveInt = 10


class MailSettings(BaseSettings):
    """Links in mails, the mail server, and how often is too often."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    # Base of links in mails: the public address of this service; empty: this machine's, at `port`.
    public_url: str = ""
    # Keys that encrypt links and marks, one a line, the newest last; made at the first need.
    link_keys: str = "var/link_keys"
    link_days: PositiveInt = 45
    mail_from: str = "Pôle Sud <rapprochements@polesud.invalid>"
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 1025
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Security = "none"
    smtp_timeout_s: PositiveFloat = 30
    # Duration of a lease: after it, a mail taken by a crashed process is sent by another.
    mail_lease_s: PositiveFloat = 120
    # The same of a part of the night; a worker renews its lease for as long as it lives.
    night_lease_s: PositiveFloat = 60
    # So many partners at least, where there are more, make a part of the night's matching.
    night_part_partners: PositiveInt = 250
    # Wait after the first failed attempt; doubles with each further one, up to a few hours.
    mail_backoff_s: NonNegativeFloat = 60
    mail_tries: PositiveInt = 12
    # Mails in a row, given up for temporary refusals of the address, after which a partner is suspended.
    soft_bounces: PositiveInt = 5
    # New suggestions a week, for one actor and for one partner, over all facilitators.
    weekly_per_actor: PositiveInt = 10
    weekly_per_partner: PositiveInt = 15


class AccountSettings(BaseSettings):
    """Sessions, invitations, and how long personal data is kept."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    # A session ends after so long without a request, and after so long in any case.
    session_idle_minutes: PositiveInt = 120
    session_hours: PositiveInt = 12
    invitation_days: PositiveInt = 7
    # How long the texts of mails that left, and sessions and invitations that are over, are kept.
    outbox_days: PositiveInt = 90
    session_days: PositiveInt = 30
    # How long what was shown, and why, is kept where nobody answered it. Attention is shared by the last 90 days.
    impression_days: PositiveInt = 400
    # How long it is kept what was changed in each row, and by whom.
    history_days: PositiveInt = 1_095
    # How long a signed confidentiality agreement is kept with its signer's name: the five years that it binds, and five
    # more in which somebody may go to court about it.
    agreement_days: PositiveInt = 3_653
    # An open case without a reminder or a step for so long appears in the worklist.
    quiet_days: PositiveInt = 14
    # Whether the house's accounts may or must have a second factor.
    second_factor: SecondFactor = "offered"
    # How long a browser that signed in is known, and how long a new API key opens.
    device_days: PositiveInt = 180
    key_days: PositiveInt = 365
    # Passwords hashed at once, and how many more may wait; 64 MB each while they are hashed.
    hashing_threads: PositiveInt = 2
    hashing_places: PositiveInt = 16


class RateSettings(BaseSettings):
    """Requests a minute, over all processes; 0 for no limit."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    rate_per_key: NonNegativeInt = 1_200
    rate_per_account: NonNegativeInt = 600
    rate_per_network: NonNegativeInt = 1_800


class OpenDataSettings(BaseSettings):
    """The public sources: which, where, how politely."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    # Public sources that the night reads, by name; none unless they are named.
    open_data_sources: Names = ()
    # The contact of the reader, for those who serve: an address or a page, in the User-Agent.
    open_data_contact: str = ""
    recherche_entreprises_url: str = "https://recherche-entreprises.api.gouv.fr"
    boamp_url: str = "https://boamp-datadila.opendatasoft.com"
    # How its lists of départements are filtered: `refine` for the day on which `where` finds nothing.
    boamp_filter: Literal["where", "refine"] = "where"
    # With the identifier of the consolidated table.
    decp_url: str = "https://tabular-api.data.gouv.fr/api/resources/22847056-61df-452d-837d-8b8ceadbfc52"
    bodacc_url: str = "https://bodacc-datadila.opendatasoft.com"
    reprises_a_venir_url: str = "https://recherche-entreprises.api.gouv.fr"
    communes_url: str = "https://geo.api.gouv.fr"
    # How far back a source is read the first time, and before its last complete reading: what is published late.
    open_data_first_days: PositiveInt = 60
    open_data_overlap_days: PositiveInt = 7
    # A source that was not read whole for so long is late.
    open_data_late_days: PositiveInt = 3
    # A département of which a steady source publishes nothing for so long is late.
    open_data_silent_days: PositiveInt = 14
    # One request: between two bytes, and as a whole; how many in a second, how often again, the longest wait between.
    open_data_timeout_s: PositiveFloat = 20
    open_data_answer_s: PositiveFloat = 120
    open_data_per_second: NonNegativeFloat = 3
    open_data_tries: PositiveInt = 5
    open_data_longest_wait_s: NonNegativeFloat = 120
    open_data_megabytes: PositiveInt = 50


class TakeoverSettings(BaseSettings):
    """Delays of a takeover's calendar (docs/takeovers.md has the sources). Months are those of the calendar."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    # Employees are informed so long before the sale; and for sales concluded before the law changed.
    employee_notice_months: PositiveInt = 1
    employee_notice_months_before: PositiveInt = 2
    employee_notice_changed_on: date = date(2026, 7, 26)
    # Which contract counts as the sale: the protocol (the careful reading), or the closing.
    employee_notice_anchor: Literal["protocol", "closing"] = "protocol"
    # Up to which headcount each employee is informed, and from which the rule is to be verified.
    employee_notice_headcount: PositiveInt = 50
    employee_notice_ceiling: PositiveInt = 250
    employee_notice_valid_months: PositiveInt = 24
    # The opinion of the employees' council (CSE), and where it names an expert.
    council_opinion_months: PositiveInt = 1
    council_opinion_expert_months: PositiveInt = 2
    exclusivity_days: PositiveInt = 60
    fonds_publication_days: PositiveInt = 15
    fonds_opposition_days: PositiveInt = 10
    preemption_months: PositiveInt = 2
    handover_months: PositiveInt = 6
    # Before a court's hearing, and after its judgments.
    court_offer_days: PositiveInt = 15
    court_prepared_offer_days: PositiveInt = 8
    court_improvement_working_days: PositiveInt = 2
    court_activity_months: PositiveInt = 3
    court_observation_months: PositiveInt = 6
    court_financing_months: PositiveInt = 2
    court_dismissal_months: PositiveInt = 1
    takeover_remind_days: LeadDays = (30, 7, 1)
    court_remind_days: LeadDays = (7, 3, 1)


class Settings(ServiceSettings, MailSettings, AccountSettings, RateSettings, OpenDataSettings, TakeoverSettings):
    """All of them. Every setting has a default that works from a fresh checkout."""

    @model_validator(mode="after")
    def _follow_port(self) -> Self:
        self.public_url = self.public_url or f"http://127.0.0.1:{self.port}"
        return self


@cache
def settings() -> Settings:
    """Return the settings of this process. Raises SettingsError, which names each variable that is refused.

    Only `api.app` and the commands call it.
    """
    try:
        # Those without a variable may have a file each: of a container's secrets, for example.
        return Settings(_secrets_dir=os.environ.get(f"{PREFIX}SECRETS") or None)
    except InvalidValueError as error:
        raise SettingsError(
            [(_variable(field_error["loc"]), _reason(dict(field_error))) for field_error in error.errors()]
        ) from None


def _choices(expected: str) -> str:
    """Return pydantic's list of literals in French: `'a', 'b' or 'c'` → `a, b ou c`."""
    return expected.replace("'", "").replace(" or ", " ou ")


def _variable(location: tuple[int | str, ...]) -> str:
    return PREFIX + str(location[0]).upper()


def _reason(error: dict[str, Any]) -> str:
    """Return why a value is refused, in French, without the value: it may be a password."""
    context = error.get("ctx", {})
    match error["type"]:
        case "literal_error":
            return f"attendu : {_choices(context['expected'])}"
        case "greater_than" | "greater_than_equal" | "less_than_equal" | "too_short":
            limits = {"gt": "plus de", "ge": "au moins", "le": "au plus", "min_length": "au moins"}
            return "attendu : " + ", ".join(
                f"{limit_words} {context[limit_key]}"
                for limit_key, limit_words in limits.items()
                if limit_key in context
            )
        case "bool_parsing" | "bool_type":
            return "attendu : true ou false"
        case "value_error":
            return str(context["error"])
        case _:
            return "nombre attendu"
