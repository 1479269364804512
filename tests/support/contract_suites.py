"""What `make test-postgres` runs on a real server: a suite for each family of tables and each journey.

The same tests run on SQLite with all others.
"""

from collections.abc import Iterable, Mapping

# One part of each; `tests.support.on_postgres` draws a small share of its worlds.
CLAIMS = (
    "a_client_and_nobody_cannot_tell[0]",
    "a_partner_and_who_is_written_to_cannot_tell_of_what_has_no_teaser[0]",
    "of_a_case_with_a_teaser_nothing_else_can_be_told[0]",
    "what_a_partner_is_given_of_itself_does_not_tell",
    "the_order_of_cases_with_teasers_tells_nothing",
    "what_becomes_confidential_while_a_mail_waits_cannot_be_told",
    "there_are_secrets_and_they_would_be_seen",
)
SUITES: Mapping[str, tuple[str, ...]] = {
    "migrations": ("tests/models/test_migrations.py", "tests/models/test_rolling_upgrade.py"),
    "units of work": (
        "tests/models/test_background.py",
        "tests/models/test_bulk_insert.py",
        "tests/models/test_changes.py",
        "tests/models/test_database.py",
        "tests/models/test_deadlock.py",
        "tests/models/test_group_commit.py",
    ),
    "orders": ("tests/models/test_null_order.py", "tests/models/test_text_order.py"),
    "ingest": ("tests/imports/test_importing.py",),
    "imports": ("tests/imports/test_undoing.py", "tests/imports/test_imported_contacts.py"),
    "catalogue": (
        "tests/catalogue/test_bulk_acts.py",
        "tests/catalogue/test_card_corrections.py",
        "tests/catalogue/test_edits_by_hand.py",
        "tests/catalogue/test_edits_side_by_side.py",
        "tests/catalogue/test_row_history.py",
    ),
    "matching": (
        "tests/matching/test_builder.py",
        "tests/matching/test_following.py",
        "tests/matching/test_impressions.py",
        "tests/matching/test_snapshot.py",
    ),
    "night": ("tests/night", "tests/alerts/test_composing.py", "tests/alerts/test_confidential_alerts.py"),
    "ratings": ("tests/learning/test_ratings.py", "tests/learning/test_weights.py"),
    "brokerage": ("tests/brokerage",),
    "confidentiality": (
        "tests/confidentiality/test_agreements.py",
        "tests/confidentiality/test_documents.py",
        "tests/confidentiality/test_register.py",
    ),
    "proof of confidentiality": tuple(f"tests/test_non_interference.py::test_{claim}" for claim in CLAIMS),
    "journal": ("tests/audit",),
    "backup and restore": (
        "tests/privacy/test_database_copies.py",
        "tests/privacy/test_restoring.py",
        "tests/privacy/test_lost_ledger.py",
    ),
    "roles": ("tests/deploy/test_service_role.py",),
    "erasure": ("tests/privacy/test_personal_data.py", "tests/privacy/test_kept_contacts.py"),
    "takeovers": (
        "tests/takeovers/test_blind_sheets.py",
        "tests/takeovers/test_facts.py",
        "tests/takeovers/test_financing_records.py",
        "tests/takeovers/test_proposals.py",
        "tests/takeovers/test_role_lists.py",
        "tests/takeovers/test_stages.py",
        "tests/takeovers/test_who_learned.py",
    ),
    "accounts": (
        "tests/accounts/test_accounts.py",
        "tests/accounts/test_rate_limits.py",
        "tests/accounts/test_second_factor.py",
        "tests/accounts/test_throttle.py",
    ),
    "contacts and interactions": ("tests/interactions", "tests/search/test_keeping.py"),
    "stated needs": ("tests/stated_needs",),
    "subscriptions": ("tests/subscriptions/test_moving.py", "tests/subscriptions/test_subscriptions.py"),
    "open data": (
        "tests/open_data/test_sync.py",
        "tests/open_data/test_handovers.py::test_companies_are_counted_by_territory_and_trade",
    ),
    "mailing": ("tests/mailing/test_delivery.py", "tests/mailing/test_delivery_processes.py"),
    "partners' desk": ("tests/partner_view/test_answering.py", "tests/partner_view/test_proposals.py"),
}


def contract_paths(suites: Iterable[str] = SUITES) -> list[str]:
    """Return the files, folders and tests of these suites, as pytest takes them."""
    return [path for suite in suites for path in SUITES[suite]]
