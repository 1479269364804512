"""Why a takeover ended without a new owner, or went back. Unlike an actor's refusal, they teach the ranking nothing."""

from enum import StrEnum


class Reason(StrEnum):
    NO_CANDIDATE = "no_candidate"
    PRICE = "price"
    FINANCING = "financing"
    AUDIT = "audit"
    LEASE = "lease"
    KEY_PEOPLE = "key_people"
    CANDIDATE_WITHDREW = "candidate_withdrew"
    TOO_LATE = "too_late"
    OFFER_NOT_CHOSEN = "offer_not_chosen"
    NO_OFFER = "no_offer"
    CEASED = "ceased"
    LIQUIDATED = "liquidated"
    SOLD_ELSEWHERE = "sold_elsewhere"  # not through the house: its jobs may be kept all the same
    OWNER_KEEPS = "owner_keeps"
    FAMILY = "family"
    HEALTH = "health"
    CONFIDENTIALITY = "confidentiality"
    NOT_READY = "not_ready"  # to be seen again later
    CONTINUATION = "continuation"
    EXCLUSIVITY_ENDED = "exclusivity_ended"
    HEARING_PUT_OFF = "hearing_put_off"
    PROCEDURE_CLOSED = "procedure_closed"
    # Written by the house itself, of a step: it corrects a mistake; a warning was overruled by name.
    CORRECTION = "correction"
    OVERRULED = "overruled"


LOSSES = (
    *(Reason.NO_CANDIDATE, Reason.PRICE, Reason.FINANCING, Reason.AUDIT, Reason.LEASE, Reason.KEY_PEOPLE),
    *(Reason.CANDIDATE_WITHDREW, Reason.TOO_LATE, Reason.OFFER_NOT_CHOSEN, Reason.NO_OFFER, Reason.CEASED),
    *(Reason.LIQUIDATED, Reason.SOLD_ELSEWHERE),
)
WITHDRAWALS = (
    *(Reason.OWNER_KEEPS, Reason.FAMILY, Reason.HEALTH, Reason.CONFIDENTIALITY, Reason.NOT_READY),
    Reason.CONTINUATION,
)
SETBACKS = (
    *(Reason.CANDIDATE_WITHDREW, Reason.PRICE, Reason.FINANCING, Reason.AUDIT, Reason.LEASE, Reason.KEY_PEOPLE),
    *(Reason.EXCLUSIVITY_ENDED, Reason.HEARING_PUT_OFF),
)
# Why the owner sells again after a court was in charge.
RETURNS = (Reason.PROCEDURE_CLOSED, Reason.CONTINUATION)
