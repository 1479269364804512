"""A hundred wrong sign-ins at once: whether others are answered meanwhile, and whether a known browser enters."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from api.accounts import accounts
from bench.served_copy import Outcome, ServedCopy

GUESSES = 100
LONGEST_S = 2.0


def attack(copy: ServedCopy) -> list[Outcome]:
    """Guess at a hundred accounts at once, and measure the longest wait of /health meanwhile."""
    over, waits = threading.Event(), []
    with ExitStack() as opened:
        # Before the clock runs: to make a client takes longer than to answer one.
        guessers = [opened.enter_context(copy.browser()) for _ in range(GUESSES)]
        supervisor, owner = (opened.enter_context(copy.browser()) for _ in range(2))

        def watch() -> None:
            while not over.is_set():
                start = time.perf_counter()
                supervisor.get("/health")
                waits.append(time.perf_counter() - start)
                time.sleep(0.02)

        def guess(number: int) -> int:
            form = {"courriel": f"personne{number}@exemple.invalid", "mot_de_passe": "pas le bon du tout"}
            return guessers[number].post("/connexion", data=form).status_code

        email, password = copy.passwords[accounts.FACILITATOR]
        form = {"courriel": email, "mot_de_passe": password}
        owner.post("/connexion", data=form)
        watcher = threading.Thread(target=watch)
        watcher.start()
        with ThreadPoolExecutor(GUESSES) as crowd:
            guesses = [crowd.submit(guess, number) for number in range(GUESSES)]
            start = time.perf_counter()
            entered = owner.post("/connexion", data=form).status_code
            entered_s = time.perf_counter() - start
            statuses = [one.result() for one in guesses]
        over.set()
        watcher.join()
    told = ", ".join(f"{statuses.count(status)} × {status}" for status in sorted(set(statuses)))
    return [
        Outcome(
            f"/health pendant {GUESSES} connexions fausses",
            max(waits) < LONGEST_S,
            f"{max(waits):.2f} s au plus, sur {len(waits)} ({told})",
            "24,8 s",
        ),
        Outcome(
            "connexion d’un appareil connu, pendant ce temps", entered == 303, f"statut {entered}, {entered_s:.2f} s"
        ),
    ]
