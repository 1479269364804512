"""A partner is erased: in how many rows, and where in the file, do the words that they searched still stand?"""

from sqlalchemy import select

from api.accounts.audience import Audience
from api.mailing.links import open_signer
from api.matching.desk import Desk
from api.matching.impressions import record
from api.partner_view.building import DeskView
from api.partner_view.ties import Ties
from api.privacy.personal_data import erase_person
from api.subscriptions import confirming, subscriptions
from bench.served_copy import Outcome, ServedCopy
from matcher.embedding import open_encoder
from models.base import utc_now
from models.database import reading, writing
from models.partners import Subscription
from models.tables import metadata

EMAIL = "chercheuse@exemple.invalid"
# Words that stand nowhere else on the desk.
SEARCH = "Restauration de vitraux Zzyzxcanari, menuiserie et entretien d’espaces verts"
WORD = "Zzyzxcanari"
SHOWN = 20


def attack(copy: ServedCopy) -> list[Outcome]:
    """Show a saved search twenty lines, as the night's mail does; erase its partner; look for a word of it."""
    engine, now = copy.engine, utc_now()
    subscription = subscriptions.subscribe(
        engine, open_signer(copy.settings), EMAIL, search=SEARCH, most=20, now=now, options=copy.settings
    )
    confirming.confirm(engine, subscription.id, now=now)
    desk = Desk(engine, open_encoder(copy.settings.encoder), copy.settings.departments)
    view = DeskView.of(desk, desk.snapshot(), now.date(), Ties.of(open_signer(copy.settings)))
    with reading(engine) as session:
        query = view.subscribed(session.get_one(Subscription, subscription.id))
    assert query
    ranking = view.public.rank(query)
    assert ranking
    shown = [ranking.suggestion(int(index), rank) for rank, index in enumerate(ranking.best[:SHOWN], start=1)]
    with writing(engine) as session:
        record(session, view.public.ranked_by([query]), [view.public.answer(query, shown)], Audience())
    before = _rows(copy)
    erase_person(engine, EMAIL, by="cli", now=now)
    after, in_file = _rows(copy), _in_file(copy)
    return [
        Outcome("mots d’une personne effacée", not after and not in_file,
                f"{after} lignes (de {before}), {in_file} fois dans les fichiers", "20 lignes"),
    ]  # fmt: skip


def _rows(copy: ServedCopy) -> int:
    with reading(copy.engine) as session:
        return sum(
            any(WORD in str(value) for value in row)
            for table in metadata.sorted_tables
            for row in session.execute(select(table))
        )


def _in_file(copy: ServedCopy) -> int:
    return sum(path.read_bytes().count(WORD.encode()) for path in copy.folder.glob("world.db*"))
