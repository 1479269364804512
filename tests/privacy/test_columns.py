"""Every column that can hold words has a decision: what becomes of it when a person is erased."""

from sqlalchemy import JSON, LargeBinary, String
from sqlmodel.sql.sqltypes import AutoString

from models.tables import metadata

# Emptied, or deleted with its row, for whoever is erased (`api.privacy.personal_data.erase_rows`).
ERASED = """
accounts: id email name role password_hash totp_secret link_mark
account_actors: account_id actor_id
sessions: id account_id device
invitations: id account_id
throttles: id account_id
set_aside: id account_id content
recovery_codes: id account_id
saved_views: id account_id list_name name query
partners: id email label status status_reason
subscriptions: id partner_id actor_id formerly search departments frequency least
ratings: comment partner_id
outbox: subject text html headers last_error partner_id
announcements: partner_id
impressions: breakdown
text_vectors: vector text_hash
brokerage_cases: facilitator_id
takeover_files: facilitator_id
interactions: contact_id text
contacts: id actor_id opportunity_id name role phone email source lawful_basis import_id
card_corrections: id actor_id account_id changes note status answer decided_by
stated_needs: id kind status account_id name email phone typed answer opportunity_id decided_by
"""

# A choice among words of ours, a number, a hash, or an identifier that leads nowhere once its row is gone.
OURS = """
agreement_texts: sha256 written_by
announcements: id suggestion_id actor_id message_id impression_id event
api_keys: id secret_hash role
audit: at actor action object_kind object_id detail previous_hash hash
audit_head: last_hash
blind_sheets: id opportunity_id code_name line choices told saved_by noted_by withdrawn_by
blind_sheets: approved_by approved_contact_id approved_how
brokerage_cases: id suggestion_id state reasons origin
brokerage_steps: case_id by from_state to_state facilitator_id reasons
case_documents: id opportunity_id suffix folder created_by
case_proposals: id opportunity_id actor_id proposed_by withdrawn_by
column_files: token
confidentiality_acts: id kind row_id before after decided_by
consents: id opportunity_id actor_id side given_by withdrawn_by
file_imports: id kind source imported_by undone_by undone
financing_plans: opportunity_id by
impressions: id list_id suggestion_id
interactions: id kind by actor_id opportunity_id case_id mailing_id
ledger_head: mac
line_reach: line actor_id
mail_templates: id updated_by
mailings: id opportunity_id by
night_parts: stage subjects lease_owner result
nights: stages report
outbox: id purpose about message_id status lease_owner withheld drawn_from
ranked_lists: id direction subject weights_id encoder_revision api_key_id
ratings: id suggestion_id impression_id reasons
request_counts: id
revocation_notices: kind row_id second
row_changes: subject row_id
set_aside: kind
signed_agreements: id consent_id opportunity_id actor_id way account_id text_sha256 suffix sha256 noted_by
takeover_dates: opportunity_id kind noted_by
takeover_files: opportunity_id stage procedure sells
takeover_steps: opportunity_id by from_stage to_stage reasons facilitator_id
suggestions: id actor_id subscription_id subject opportunity_id lot_id
takeover_facts: opportunity_id by premises
takeover_years: opportunity_id
teaser_lines: opportunity_id text description conditions
text_vectors: encoder_revision
weights: id status values verdict
"""

# About companies, markets and places, by the house or a public source: the register says how long.
OF_THE_DESK = frozenset(
    [
        "actors",
        "memberships",
        "opportunities",
        "lots",
        "takeover_cases",
        "takeover_candidates",
        "finance_products",
        "communes",
        "former_communes",
        "contracts_won",
        "company_states",
        "raw_records",
        "refused_records",
        "provenances",
        "case_notices",
        "source_names",
        "sync_runs",
        "page_stamps",
        "duplicate_proposals",
        "imported_rows",
        "row_edits",
        "register_extracts",
        "register_counts",
        "handover_tallies",
        "handover_groups",
    ]
)

# Words of the house that no erasure searches (docs/personal-data.md says so, and what not to write in them); of an
# announcement, the facts of the opportunity that was told.
OF_THE_HOUSE = """
agreement_texts: text
announcements: told
api_keys: name
blind_sheets: strengths
brokerage_steps: note
case_documents: name content
confidentiality_acts: reason
file_imports: name
financing_plans: content
mail_templates: name subject body
mailings: subject
takeover_facts: reason premises_note key_roles
takeover_dates: said_by note
takeover_steps: note
weights: note
"""

# Kept for a claim before a court, whoever is erased, until `POLESUD_AGREEMENT_DAYS` have passed; then emptied
# (`api.confidentiality.agreements.forget_old_agreements`).
KEPT_AS_PROOF = """
signed_agreements: signer content
"""


def columns_of(text: str) -> set[str]:
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {f"{table}.{column}" for table, _, columns in lines for column in columns.split()}


def test_every_column_that_can_hold_words_has_a_decision() -> None:
    decided = columns_of(ERASED) | columns_of(OURS) | columns_of(OF_THE_HOUSE) | columns_of(KEPT_AS_PROOF)
    holds_words = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        if table.name not in OF_THE_DESK
        for column in table.columns
        if isinstance(column.type, (AutoString, String, JSON, LargeBinary))
    }
    assert holds_words - decided == set(), "decide what an erasure does to it, here and in docs/personal-data.md"
    assert decided - holds_words == set()
