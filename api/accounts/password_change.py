"""A signed-in person chooses another password; all their other sessions end."""

from datetime import datetime

from sqlalchemy import Engine

from api.accounts import passwords, throttle
from api.accounts.accounts import end_links, held_account
from api.accounts.passwords import Checked
from api.accounts.sessions import Begun, end_other_sessions
from api.audit import log
from api.core.errors import InvalidError
from models.database import writing


def compare_and_hash(
    password: str, new_password: str, stored_hash: str | None, email: str, name: str
) -> tuple[Checked, str]:
    """Compare the present password, and hash the new one; slow. Raises InvalidError for a new one that is too weak."""
    checked = passwords.check_password(password, stored_hash)
    return checked, passwords.hash_password(new_password, email, name) if checked.is_right else ""


def change_password(
    engine: Engine, begun: Begun, checked: Checked, new_hash: str, *, token: str | None, now: datetime
) -> None:
    """Set the new password where the present one was right, and end the sessions other than the token's.

    begun: by `sessions.begin_sign_in`: guesses are counted as at the door. Raises InvalidError.
    """
    is_done = False
    with writing(engine, durable=True) as session:
        account = held_account(session, begun.account_id or "")
        if checked.is_right and account.password_hash == begun.stored_hash:
            throttle.clear_failures(session, begun.attempt)
            account.password_hash = new_hash
            end_links(session, account, now)
            end_other_sessions(session, account.id, token, now=now)
            by = f"account:{account.id}"
            log.note(session, by=by, action="account.password_set", kind="account", of=account.id, now=now)
            is_done = True
    if not is_done:
        raise InvalidError([("present", "ce n’est pas votre mot de passe actuel")])
