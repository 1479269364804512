"""Settings, from the environment (`POLESUD_…`) or a `.env` file."""

from functools import cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a default that works from a fresh checkout."""

    model_config = SettingsConfigDict(env_prefix="POLESUD_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///var/polesud.db"
    # A folder made by `make setup`, any sentence-transformers folder, or a name on a model hub.
    encoder: str = "var/encoder"
    host: str = "127.0.0.1"
    port: int = 8026
    # Départements whose needs and actors fill the desk.
    departments: str = "26,07"
    # The longest list that the API returns.
    max_k: int = 100
    # Where a file that is being imported is kept aside, and how large one may be.
    imports: str = "var/imports"
    import_megabytes: int = 20
    # How large a document of a confidential case may be.
    document_megabytes: int = 10

    # How links in mails begin: where this service is reached from outside.
    public_url: str = "http://127.0.0.1:8026"
    # Keys that sign links, one a line, the newest last; made at the first need.
    link_keys: str = "var/link_keys"
    link_days: int = 45
    mail_from: str = "Pôle Sud <rapprochements@polesud.invalid>"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    # none, starttls or tls.
    smtp_security: str = "none"
    smtp_timeout_s: float = 30
    # A process that took a mail and died gives it back after so long.
    mail_lease_s: float = 120
    # The wait after a first failed attempt; it doubles with each, up to a few hours.
    mail_backoff_s: float = 60
    mail_tries: int = 12
    # Mails in a row, given up for temporary refusals of the address, after which a partner is suspended.
    soft_bounces: int = 5
    # New suggestions a week, for one actor and for one partner, over all facilitators.
    weekly_per_actor: int = 10
    weekly_per_partner: int = 15

    # A session ends after so long without a request, and after so long in any case.
    session_idle_minutes: int = 120
    session_hours: int = 12
    invitation_days: int = 7
    # How long the texts of mails that left, and sessions and invitations that are over, are kept.
    outbox_days: int = 90
    session_days: int = 30
    # An open case without a reminder, about which nothing was done for so long, is called to mind.
    quiet_days: int = 14

    # Public sources that the night reads, by name, separated by commas; none unless it is said.
    open_data_sources: str = ""
    # Who reads, for those who serve: an address or a page, in the User-Agent.
    open_data_contact: str = ""
    recherche_entreprises_url: str = "https://recherche-entreprises.api.gouv.fr"
    boamp_url: str = "https://boamp-datadila.opendatasoft.com"
    # With the identifier of the consolidated table.
    decp_url: str = "https://tabular-api.data.gouv.fr/api/resources/22847056-61df-452d-837d-8b8ceadbfc52"
    bodacc_url: str = "https://bodacc-datadila.opendatasoft.com"
    communes_url: str = "https://geo.api.gouv.fr"
    # How far back a source is read the first time, and before its last complete reading: what is published late.
    open_data_first_days: int = 60
    open_data_overlap_days: int = 7
    # A source that was not read whole for so long is late.
    open_data_late_days: int = 3
    # One request: between two bytes, and as a whole; how many in a second, how often again, the longest wait between.
    open_data_timeout_s: float = 20
    open_data_answer_s: float = 120
    open_data_per_second: float = 3
    open_data_tries: int = 5
    open_data_longest_wait_s: float = 120
    open_data_megabytes: int = 50


@cache
def settings() -> Settings:
    return Settings()
