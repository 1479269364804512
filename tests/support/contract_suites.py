"""What `make test-postgres` runs on a real server: a suite for each family of tables and each journey.

The same tests run on SQLite with all others.
"""

from collections.abc import Iterable, Mapping

SUITES: Mapping[str, tuple[str, ...]] = {
    "migrations, orders, units of work": ("tests/models",),
    "ingest": ("tests/imports/test_importing.py", "tests/imports/test_second_import.py"),
    "imports undone": ("tests/imports/test_undoing.py", "tests/imports/test_imported_contacts.py"),
    "catalogue": (
        "tests/catalogue/test_bulk_acts.py",
        "tests/catalogue/test_card_corrections.py",
        "tests/catalogue/test_edits_by_hand.py",
        "tests/catalogue/test_row_history.py",
    ),
    "matching": (
        "tests/matching/test_builder.py",
        "tests/matching/test_following.py",
        "tests/matching/test_impressions.py",
        "tests/matching/test_snapshot.py",
    ),
    "night": ("tests/night", "tests/alerts"),
    "ratings": ("tests/learning",),
    "brokerage": ("tests/brokerage",),
    "confidentiality": ("tests/confidentiality", "tests/test_non_interference.py"),
    "journal": ("tests/audit",),
    "backup and restore": (
        "tests/privacy/test_database_copies.py",
        "tests/privacy/test_restoring.py",
        "tests/privacy/test_lost_ledger.py",
    ),
    "roles": ("tests/deploy/test_service_role.py",),
    "erasure and privacy": ("tests/privacy/test_personal_data.py", "tests/privacy/test_kept_contacts.py"),
    "takeovers": ("tests/takeovers",),
    "accounts": ("tests/accounts",),
    "contacts and interactions": ("tests/interactions", "tests/search"),
    "stated needs": ("tests/stated_needs",),
    "subscriptions": ("tests/subscriptions",),
    "open data": ("tests/open_data/test_sync.py", "tests/open_data/test_handovers.py"),
    "mailing": ("tests/mailing/test_delivery.py", "tests/mailing/test_delivery_processes.py"),
    "partners' desk": ("tests/partner_view/test_answering.py", "tests/partner_view/test_proposals.py"),
}


def contract_paths(suites: Iterable[str] = SUITES) -> list[str]:
    """Return the files, folders and tests of these suites, as pytest takes them."""
    return [path for suite in suites for path in SUITES[suite]]
