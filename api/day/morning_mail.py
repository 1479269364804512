"""« Ma journée » as a mail, each morning on which it says something, to whoever of the house chose it.

Nothing confidential is in it: it is the same whether or not there is anything confidential on the desk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.queries import partner_by_email
from api.accounts.recipients import recipient_of
from api.core.chunks import in_chunks
from api.core.french import day, plural
from api.core.settings import Settings
from api.day import queries
from api.day.calendar_moves import MovedOpportunities
from api.day.reading import Day, Listed, Period, read_day
from api.day.wording import (
    answer_in_words,
    case_in_words,
    moves_in_words,
    need_in_words,
    news_in_words,
    takeover_dates,
    takeover_day_in_words,
)
from api.mailing.compose import Mail, MorningLine, MorningSection, morning_mail
from api.mailing.outbox import add_message
from api.mailing.retrying import MORNING
from api.stated_needs.fields import heading_of, kind_in_words
from models.accounts import Account
from models.database import reading, writing
from models.opportunities import Opportunity
from models.partners import Partner

# What is new is new since the mail before: a day usually, and a week at most.
USUAL, LONGEST = timedelta(days=1), timedelta(days=7)
# So many accounts are one worker's part.
PART_ACCOUNTS = 20


@dataclass(frozen=True)
class MorningReport:
    """Counts of accounts that chose the mail, and of mails that had something to say."""

    accounts: int = 0
    mails: int = 0


def accounts_in_parts(session: Session) -> list[list[str]]:
    """Return the accounts that chose the mail, in parts that several workers may write apart; one part if none did."""
    return [list(ids) for ids in in_chunks(queries.morning_accounts(session), PART_ACCOUNTS)] or [[]]


def write_mornings(
    engine: Engine,
    account_ids: Sequence[str] | None = None,
    *,
    night: date,
    now: datetime,
    options: Settings,
    dry_run: bool = False,
) -> MorningReport:
    """Put the morning mails of a night into the outbox, one an account at most: of these accounts, or of all."""
    if account_ids is None:
        with reading(engine) as session:
            account_ids = queries.morning_accounts(session)
    mails = 0
    for account_id in account_ids:
        with reading(engine) if dry_run else writing(engine, durable=True) as session:
            account = session.get(Account, account_id)
            if account is None:
                continue
            partner = partner_by_email(session, account.email)
            mail = mail_of(session, account, period_of(session, partner, now), options)
            if mail is None:
                continue
            if dry_run:
                mails += 1
                continue
            recipient = recipient_of(session, account, now)
            mails += add_message(session, recipient.id, mail, MORNING, night, now, options) is not None
    return MorningReport(len(account_ids), mails)


def mail_of(session: Session, account: Account, period: Period, options: Settings) -> Mail | None:
    """Return the mail of an account's morning; None where nothing is new, due or waiting."""
    my_day = read_day(session, account.id, period, confidential=False, options=options)
    base = options.public_url.rstrip("/")
    sections = [section for section in _sections(my_day, base) if section.lines]
    if not sections:
        return None
    return morning_mail(
        sections,
        summary=news_in_words(my_day),
        night=day(period.today.isoformat()),
        home_url=f"{base}/",
        account_url=f"{base}/compte#matin",
    )


def period_of(session: Session, partner: Partner | None, written_at: datetime) -> Period:
    """Return what is new for a mail that is written at a moment; None: nobody was written to at its address."""
    former = queries.last_morning(session, partner.id, written_at) if partner else None
    return Period(max(former, written_at - LONGEST) if former else written_at - USUAL, written_at)


def _sections(my_day: Day, base: str) -> Iterable[MorningSection]:
    today = my_day.period.today
    yield _needs(plural(my_day.new.count, "opportunité nouvelle", "opportunités nouvelles"), my_day.new, today, base)
    yield _moves("Échéances changées", my_day.moved_deadlines, base)
    answers = [
        MorningLine(answer_in_words(row), row.pair.opportunity.title, _address(row.pair.opportunity, base))
        for row in my_day.answers.rows
    ]
    yield _section("Réponses de partenaires", answers, my_day.answers.count)
    yield _needs("Échéances de cette semaine", my_day.due, today, base)
    cases = [
        MorningLine(row.pair.opportunity.title, case_in_words(row, today), f"{base}/dossiers/{row.case.id}")
        for row in my_day.cases
    ]
    yield _section("Mes dossiers à relancer", cases)
    stated = [
        MorningLine(heading_of(need.typed), kind_in_words(need.kind), f"{base}/a-valider/besoins/{need.id}")
        for need in my_day.needs.rows
    ]
    yield _section("Besoins déposés à valider", stated, my_day.needs.count)
    days = [
        MorningLine(row.title, takeover_day_in_words(line, today), f"{_address(row, base)}/reprise/etapes")
        for row, line in my_day.takeover_days.rows
    ]
    yield _section("Dates de mes reprises", days, my_day.takeover_days.count)
    yield _moves("Reprises : ce qui a bougé", my_day.moved_takeovers, base)
    takeovers = [
        MorningLine(row.title, " · ".join(takeover_dates(row, takeover, today)), _address(row, base))
        for row, takeover in my_day.takeovers
    ]
    yield _section("Reprises : ce qui approche", takeovers)
    yield _needs("Besoins que tous ont refusés", my_day.refused, today, base)


def _needs(title: str, listed: Listed, today: date, base: str) -> MorningSection:
    lines = [MorningLine(row.title, need_in_words(row, today), _address(row, base)) for row in listed.rows]
    return _section(title, lines, listed.count)


def _moves(title: str, moved: MovedOpportunities, base: str) -> MorningSection:
    lines = [
        MorningLine(
            row.title, " · ".join(moves_in_words(moves, of_takeover=row.kind == "takeover")), _address(row, base)
        )
        for row, moves in moved.rows
    ]
    return _section(title, lines, moved.count)


def _section(title: str, lines: Sequence[MorningLine], count: int | None = None) -> MorningSection:
    others = count - len(lines) if count else 0
    return MorningSection(title, tuple(lines), f"Et {plural(others, 'autre')}." if others else "")


def _address(opportunity: Opportunity, base: str) -> str:
    return f"{base}/opportunites/{opportunity.id}"
