"""The second factor of the house's accounts: codes of an authenticator application (TOTP, RFC 6238).

The secret is encrypted with a key made from those that sign links: a copy of the database alone makes no code.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from api.accounts import queries, throttle
from api.accounts.accounts import PARTNER, end_sessions, held_account
from api.accounts.sessions import end_other_sessions, open_session
from api.accounts.throttle import Attempt
from api.accounts.tokens import digest
from api.audit import log
from api.core.errors import ConflictError, InvalidError, NotReadyError, RefusedSignInError
from api.core.settings import Settings
from models.accounts import Account, RecoveryCode
from models.database import reading, writing

ISSUER = "Pôle Sud"
STEP_S = 30
# Clocks of telephones differ: one step before and one after.
MOST_STEPS_OFF = 1
RECOVERY_CODES = 10
# How long after a sign-in a factor may be set up: a session that was stolen later must not choose the telephone.
FRESH_SIGN_IN = timedelta(minutes=15)

_SIGN_IN_AGAIN = (
    "Par prudence, cela ne se fait que dans le quart d’heure qui suit une connexion : "
    "déconnectez-vous, reconnectez-vous, puis recommencez."
)
_WRONG_CODE = "Ce code n’est pas le bon, ou a déjà servi."


def begin_enrolment(
    engine: Engine, account_id: str, *, token: str | None, keys: Sequence[bytes], now: datetime
) -> None:
    """Give an account of the house a new secret, which counts once it is confirmed.

    token: of the session that asks. Raises NotFoundError, InvalidError where its sign-in was long ago, ConflictError
    for a partner's account or one that has a second factor.
    """
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        _check_fresh(session, account, token, now)
        if account.role == PARTNER:
            raise ConflictError("Le second facteur est pour les comptes de l’équipe.")
        if account.totp_confirmed_at:
            raise ConflictError("Le second facteur de ce compte sert déjà.")
        account.totp_secret = _cipher(keys).encrypt(pyotp.random_base32().encode()).decode()
        session.add(account)
        log.note(session, by=f"account:{account.id}", action="factor.begun", kind="account", of=account.id, now=now)


def waiting_secret(session: Session, account_id: str, *, keys: Sequence[bytes]) -> tuple[str, str] | None:
    """Return the secret that waits to be confirmed, and its otpauth address; None if there is none."""
    account = session.get_one(Account, account_id)
    if account.totp_secret is None or account.totp_confirmed_at:
        return None
    secret = _secret_of(account, keys)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER)


def confirm_enrolment(
    engine: Engine, account_id: str, code: str, *, token: str | None, keys: Sequence[bytes], now: datetime
) -> Sequence[str]:
    """Put the waiting secret into use, end the account's other sessions, and return the recovery codes, shown once.

    Raises InvalidError for a wrong code or where the sign-in was long ago, ConflictError if no secret waits.
    """
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        _check_fresh(session, account, token, now)
        if account.totp_secret is None or account.totp_confirmed_at:
            raise ConflictError("Aucun second facteur n’attend d’être confirmé.")
        if (step := _step_of(_secret_of(account, keys), code, now)) is None:
            raise InvalidError([("code", _WRONG_CODE)])
        account.totp_confirmed_at, account.totp_step = now, step
        session.add(account)
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        session.add_all(RecoveryCode(id=_recovery_id(account.id, one), account_id=account.id) for one in codes)
        end_other_sessions(session, account.id, token, now=now)
        log.note(session, by=f"account:{account.id}", action="factor.set", kind="account", of=account.id, now=now)
    return codes


def awaiting_account(session: Session, token: str | None, *, now: datetime) -> Account | None:
    """Return the account whose password was given in this browser, and whose code is awaited."""
    row = queries.session_with_account(session, digest(token or ""))
    if row is None or row[0].revoked_at or row[1].disabled_at:
        return None
    awaits_until = row[0].awaits_code_until
    return row[1] if awaits_until and now < awaits_until else None


def finish_with_code(
    engine: Engine,
    token: str | None,
    code: str,
    *,
    attempt: Attempt,
    device_name: str = "",
    keys: Sequence[bytes],
    now: datetime,
    options: Settings,
) -> str:
    """Return the token of a session that is open, in place of the one that awaited the code.

    attempt: as for the password, by the account's address. Raises RefusedSignInError, TooManyError.
    """
    code_attempt = Attempt(f"code\x1f{attempt.email}", attempt.address, attempt.key, attempt.device)
    with reading(engine) as session:
        throttle.check(session, code_attempt, now)
    with writing(engine, durable=True) as session:
        awaiting = awaiting_account(session, token, now=now)
        if awaiting is None:
            raise RefusedSignInError("Recommencez par votre mot de passe.")
        throttle.record_failure(session, code_attempt, now, account_id=awaiting.id)
        account = held_account(session, awaiting.id)
        if _uses(session, account, code, keys, now):
            throttle.clear_failures(session, code_attempt)
            return open_session(session, account, former_token=token, device_name=device_name, now=now, options=options)
        log.note(session, by=log.ANONYMOUS, action="factor.failed", kind="account", of=account.id, now=now)
    raise RefusedSignInError(_WRONG_CODE)


def turn_off(
    engine: Engine, account_id: str, code: str, *, attempt: Attempt, keys: Sequence[bytes], now: datetime
) -> None:
    """Take the second factor away at its owner's wish, who gives a code. Raises InvalidError, TooManyError."""
    code_attempt = Attempt(f"code\x1f{attempt.email}", attempt.address, attempt.key, attempt.device)
    with writing(engine, durable=True) as session:
        throttle.record_failure(session, code_attempt, now, account_id=account_id)
        account = held_account(session, account_id)
        if is_right := _uses(session, account, code, keys, now):
            throttle.clear_failures(session, code_attempt)
            forget(session, account)
            log.note(session, by=f"account:{account_id}", action="factor.off", kind="account", of=account_id, now=now)
    if not is_right:
        raise InvalidError([("code", _WRONG_CODE)])


def reset(engine: Engine, account_id: str, *, by: str, now: datetime) -> None:
    """Take the second factor of an account away, after a lost telephone, and end its sessions.

    Raises NotFoundError, ConflictError for one's own account: a stolen session must not do it.
    """
    if by == f"account:{account_id}":
        raise ConflictError("Demandez-le à un·e autre administrateur·rice, ou faites-le en ligne de commande.")
    with writing(engine, durable=True) as session:
        account = held_account(session, account_id)
        if account.totp_secret is None:
            return
        forget(session, account)
        end_sessions(session, account.id, now)
        log.note(session, by=by, action="factor.reset", kind="account", of=account.id, now=now)


def recovery_codes_left(session: Session, account_id: str) -> int:
    """Return how many recovery codes were not used yet."""
    return sum(row.used_at is None for row in queries.recovery_codes_of(session, account_id))


def _check_fresh(session: Session, account: Account, token: str | None, now: datetime) -> None:
    """Raise InvalidError unless the session of the token began with a sign-in of this account a short time ago."""
    row = queries.session_with_account(session, digest(token or ""))
    if row is None or row[1].id != account.id or now - row[0].created_at > FRESH_SIGN_IN:
        raise InvalidError([("acte", _SIGN_IN_AGAIN)])


def _uses(session: Session, account: Account, code: str, keys: Sequence[bytes], now: datetime) -> bool:
    """Use a code up, of the application or of recovery; False if it is wrong or was used."""
    if account.totp_confirmed_at is None:
        return False
    typed = "".join(code.split()).upper().replace("-", "")
    recovery_row = session.get(RecoveryCode, _recovery_id(account.id, typed))
    if recovery_row is not None:
        if recovery_row.used_at:
            return False
        recovery_row.used_at = now
        session.add(recovery_row)
        by = f"account:{account.id}"
        log.note(session, by=by, action="factor.recovery_used", kind="account", of=account.id, now=now)
        return True
    step = _step_of(_secret_of(account, keys), typed, now)
    if step is None or (account.totp_step is not None and step <= account.totp_step):
        return False
    account.totp_step = step
    # Under the newest key, for the older ones go in the end.
    account.totp_secret = _cipher(keys).rotate((account.totp_secret or "").encode()).decode()
    session.add(account)
    return True


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code it is, the newest that may serve; None for no such code."""
    generator, typed = pyotp.TOTP(secret, interval=STEP_S), "".join(code.split())
    steps = [
        int((now + timedelta(seconds=STEP_S * offset)).timestamp()) // STEP_S
        for offset in range(-MOST_STEPS_OFF, MOST_STEPS_OFF + 1)
    ]
    right_steps = [step for step in steps if hmac.compare_digest(generator.at(step * STEP_S).encode(), typed.encode())]
    return max(right_steps, default=None)


def forget(session: Session, account: Account) -> None:
    """Take the second factor and its recovery codes away, in the caller's unit of work."""
    account.totp_secret = account.totp_confirmed_at = account.totp_step = None
    session.add(account)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))


def _secret_of(account: Account, keys: Sequence[bytes]) -> str:
    try:
        return _cipher(keys).decrypt((account.totp_secret or "").encode()).decode()
    except InvalidToken:
        raise NotReadyError("Le second facteur ne peut pas être lu : le fichier des clés a changé.") from None


def _cipher(keys: Sequence[bytes]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key[:32])) for key in reversed(keys)])


def _new_recovery_code() -> str:
    # 120 random bits: a fast hash is enough (from 112 on, by OWASP's ASVS 6.5.2).
    text = base64.b32encode(secrets.token_bytes(15)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _recovery_id(account_id: str, code: str) -> str:
    typed = "".join(code.split()).upper().replace("-", "")
    return hashlib.sha256(f"{account_id}\x1f{typed}".encode("utf-8", "surrogatepass")).hexdigest()
