"""Time: whether the answer that follows a write takes longer after a confidential one than after a public one.

Two takeover cases alike but for confidentiality are edited in turn; right after each edit an outsider asks. The times
of each pair are compared by Wilcoxon's signed-rank test (Wilcoxon, 1945), both sides, in several runs of 500 pairs.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2
import numpy as np
from scipy.stats import norm, wilcoxon

from api.accounts import accounts, api_keys
from bench.served_copy import Outcome, ServedCopy

RUNS, PAIRS = 3, 500
# The builder is done by then: each pair begins on a quiet desk.
SETTLE_S = 0.06
# Under this p, an outsider has a sign.
LEAST_P = 0.01
# The power of the test at the smallest difference that is printed.
POWER = 0.8

Ask = Callable[[], httpx2.Response]


@dataclass(frozen=True)
class Run:
    """One run: p of no difference, the median difference, the least one that would have been found, in ms."""

    p: float
    difference_ms: float
    detectable_ms: float


def attack(copy: ServedCopy) -> list[Outcome]:
    """Time a client's ranking and a partner's list after each edit."""
    with (
        copy.program(api_keys.FACILITATOR) as house,
        copy.program(api_keys.CLIENT) as client,
        copy.browser(accounts.PARTNER) as partner,
    ):
        cases = [_case(house, confidential=confidential) for confidential in (False, True)]
        question = {"text": "Menuiserie bois, pose de fenêtres à Privas"}
        doors: dict[str, Ask] = {
            "classement d’un client": lambda: client.post("/api/matches", json=question),
            "liste d’un partenaire": lambda: partner.get("/espace"),
        }
        return [_outcome(name, [_run(house, cases, ask, seed) for seed in range(RUNS)]) for name, ask in doors.items()]


def _case(house: httpx2.Client, *, confidential: bool) -> str:
    record = {
        "source_id": f"temps-{confidential}",
        "kind": "takeover",
        "title": "Menuiserie Exemple",
        "description": "Atelier et pose",
        "naf": [{"code": "43.32A"}],
        "commune_code": "07186",
        "confidential": confidential,
        "takeover": {"cause": "retirement", "headcount": 6},
    }
    identifier: str = house.post("/api/opportunities", json=record).raise_for_status().json()["id"]
    return identifier


def _run(house: httpx2.Client, cases: Sequence[str], ask: Ask, seed: int) -> Run:
    rng = random.Random(seed)
    differences = []
    for pair in range(PAIRS):
        times = [0.0, 0.0]
        for side in rng.sample((0, 1), 2):
            description = f"Atelier et pose, {pair} postes, tournée {seed}"
            house.patch(f"/api/opportunities/{cases[side]}", json={"description": description}).raise_for_status()
            start = time.perf_counter()
            ask().raise_for_status()
            times[side] = (time.perf_counter() - start) * 1000
            time.sleep(SETTLE_S)
        differences.append(times[1] - times[0])
    return Run(float(wilcoxon(differences).pvalue), statistics.median(differences), _detectable_ms(differences))


def _detectable_ms(differences: Sequence[float]) -> float:
    """Return the shift that the test would find at LEAST_P with POWER, by the asymptotic efficiency of its normal form.

    The spread is that of the middle half, as for a normal distribution: the test is by ranks, so stalls do not count.
    """
    low, high = np.percentile(differences, [25, 75])
    spread = float(high - low) / float(norm.ppf(0.75) - norm.ppf(0.25))
    needed = float(norm.ppf(1 - LEAST_P / 2) + norm.ppf(POWER))
    return needed * spread * float(np.sqrt(np.pi / 3 / len(differences)))


def _outcome(name: str, runs: Sequence[Run]) -> Outcome:
    figure = " ; ".join(
        f"p = {run.p:.3f}, médiane {run.difference_ms:+.2f} ms, décelable {run.detectable_ms:.2f} ms" for run in runs
    )
    return Outcome(f"temps : {name}", all(run.p > LEAST_P for run in runs), figure, "460–739 ms au lieu de 51")
