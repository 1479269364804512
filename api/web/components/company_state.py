"""Why an actor is not in the lists, as its page says it."""

from dataclasses import dataclass

from api.core.clock import day_in_france
from api.core.french import NBSP, day
from api.open_data.wording import source_in_words
from models.open_data import CompanyState

TITLES = {"closed": "Fermé", "insolvent": "En procédure collective"}


@dataclass(frozen=True)
class StateNotice:
    """The title and the sentence of a notice; url: of the page that says so, or empty."""

    title: str
    sentence: str
    url: str


def state_notice(statement: CompanyState) -> StateNotice:
    since = f" depuis le {day(statement.since.isoformat())}" if statement.since else ""
    title = TITLES[statement.state] + since
    read_on = day(day_in_france(statement.said_at).isoformat())
    words = f"{statement.words.rstrip('.')}. " if statement.words else ""
    return StateNotice(
        title, f"{words}Source{NBSP}: {source_in_words(statement.source)}, lue le {read_on}.", statement.url
    )
