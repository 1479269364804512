"""Somebody who knows an address guesses until they are told to wait: whether its owner still gets in."""

from api.accounts import accounts
from bench.served_copy import Outcome, ServedCopy

GUESSES = 12


def attack(copy: ServedCopy) -> list[Outcome]:
    """Guess from the owner's own network, which is the worst case, then have the owner sign in."""
    email, password = copy.passwords[accounts.FACILITATOR]
    with copy.browser() as owner, copy.browser() as attacker:
        first = owner.post("/connexion", data={"courriel": email, "mot_de_passe": password}).status_code
        wrong = {"courriel": email, "mot_de_passe": "pas le bon du tout"}
        statuses = [attacker.post("/connexion", data=wrong).status_code for _ in range(GUESSES)]
        again = owner.post("/connexion", data={"courriel": email, "mot_de_passe": password}).status_code
    blocked = statuses.count(429)
    return [
        Outcome("qui devine est ralenti", blocked > 0, f"{blocked} refus d’essayer sur {GUESSES}"),
        Outcome(
            "le compte visé reste ouvert à son appareil",
            first == again == 303,
            f"statut {again}, du même réseau",
            "verrouillé",
        ),
    ]
