"""A state reads as words, with a tone that says the same."""

from typing import get_args

import pytest

from api.stated_needs.kinds import StatedKind, StatedStatus
from api.web.components.state_badge import Tone, account_badge, mail_badge, own_need_badge
from models.accounts import Account
from models.alerts import OutboxMessage
from models.base import utc_now


@pytest.mark.parametrize("kind", StatedKind)
@pytest.mark.parametrize("status", StatedStatus)
def test_each_state_of_a_need_has_a_tone_for_its_sender(kind: StatedKind, status: StatedStatus) -> None:
    badge = own_need_badge(kind, status)
    assert badge.words
    assert badge.tone in get_args(Tone)


def test_an_owner_s_project_never_reads_as_published() -> None:
    """Its badge is that of what is in progress: who else reads the mailbox cannot tell that it is confidential."""
    project = own_need_badge(StatedKind.TAKEOVER, StatedStatus.PUBLISHED)
    assert project == own_need_badge(StatedKind.NEED, StatedStatus.IN_PROGRESS)


def test_a_mail_that_did_not_arrive_does_not_look_as_one_that_left() -> None:
    tones = [mail_badge(OutboxMessage(status=status), "").tone for status in ("sent", "pending", "failed")]
    assert len(set(tones)) == len(tones)
    assert mail_badge(None, "effacé").tone == "closed"


def test_an_account_says_whether_somebody_can_sign_in_with_it() -> None:
    invited, ready = Account(name="A"), Account(name="B", password_hash="x")
    assert account_badge(invited).words == "lien pas encore utilisé"
    assert account_badge(ready).words == "actif"
    assert account_badge(ready, 2).words.split() == ["2", "sessions", "ouvertes"]
    assert account_badge(Account(name="C", password_hash="x", disabled_at=utc_now()), 1).words == "désactivé"
