"""French words for how a subscription announces."""

from api.subscriptions.preferences import Frequency, LeastSection

LEAST_WORDS = {
    LeastSection.CALL_FIRST: "seulement les « très bonnes pistes »",
    LeastSection.GOOD_LEAD: "aussi les « bonnes pistes »",
    LeastSection.TO_STUDY: "aussi ce qui est « à étudier »",
}

FREQUENCIES = {
    Frequency.NIGHTLY: "chaque nuit",
    Frequency.WEEKLY: "une fois par semaine",
    Frequency.PAUSED: "en pause",
}
