"""Small random desks and what is confidential beside them."""

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from models.tables import (
    AccountActor,
    Actor,
    BlindSheet,
    BrokerageCase,
    CaseDocument,
    CaseProposal,
    CompanyState,
    Consent,
    Contact,
    FinanceProduct,
    FinancingPlan,
    Interaction,
    Lot,
    Membership,
    Opportunity,
    Provenance,
    SignedAgreement,
    StatedNeed,
    Suggestion,
    TakeoverCandidate,
    TakeoverCase,
    TakeoverDate,
    TakeoverFacts,
    TakeoverFile,
    TakeoverStep,
    TakeoverYear,
)
from tests.support.house_rows import a_contact, a_followed_pair, a_pair, a_stated_need, an_interaction
from tests.support.secret_rows import (
    ACCOUNT,
    EMAIL,
    LONG_AGO,
    Rows,
    a_state,
    an_actor,
    an_opportunity,
    lots,
    provenances,
    words,
)
from tests.support.takeover_rows import (
    a_candidate,
    a_case,
    a_date,
    a_document,
    a_file,
    a_financing_plan,
    a_product,
    a_proposal,
    a_signed_agreement,
    a_step,
    a_withdrawn_consent,
    a_year,
    blind_sheets,
    consents,
    some_facts,
)
from tests.support.world import synthetic_siret


@dataclass(frozen=True)
class World:
    """What everybody may know, and what is confidential; rows by table. own: the actor of the partner's account."""

    public: Rows
    secret: Rows
    own: str
    ids: tuple[str, ...]
    secret_ids: tuple[str, ...]


@st.composite
def worlds(draw: st.DrawFn, *, teasers: bool) -> World:
    """Draw a desk with at least one secret; with `teasers`, its cases may be told of.

    How much there is of each is drawn one by one, what it is by one seed: drawing it all would take most of the time.
    """
    actors, needs, cases, markets = (draw(st.integers(*one)) for one in ((1, 4), (1, 4), (0, 3), (0, 1)))
    groups = draw(st.integers(0 if cases or markets else 1, 2))
    rng = Random(draw(st.integers(0, 2**32)))
    # Some have a SIRET, so that they can be said to hold a case.
    here = [an_actor(rng, "Acteur", n, siret=rng.choice((None, synthetic_siret(n + 1)))) for n in range(actors)]
    if groups and rng.random() < 0.5:
        here[0]["kind"] = rng.choice(("network", "cae"))
    wanted = [an_opportunity(rng, "Besoin", n) for n in range(needs)]
    hidden = [
        an_opportunity(
            rng,
            "Secret",
            n,
            kind="takeover",
            confidential=True,
            teaser=rng.choice((None, words(rng))) if teasers else None,
        )
        for n in range(cases)
    ]
    discreet = [an_opportunity(rng, "Discret", n, confidential=True) for n in range(markets)]
    secretive = [
        an_actor(
            rng,
            "Groupe",
            n,
            confidential=True,
            kind=rng.choice(("employee_group", "scop")),
            siret=rng.choice((None, synthetic_siret(n + 40))),
        )
        for n in range(groups)
    ]
    sheets = rng.getrandbits(32)
    carried = here[0]["kind"] in ("network", "cae")
    # What facilitators follow is their own, about public pairs too: added by hand, or refused by telephone.
    followed = [(here[0]["id"], one["id"]) for one in wanted[:1] + hidden + discreet]
    agreed = [consent for one in hidden for consent in consents(rng, one["id"], here[0]["id"])]
    agreed += [a_withdrawn_consent(one["id"], here[0]["id"]) for one in hidden]
    return World(
        public={
            Actor: here,
            Opportunity: wanted,
            # Of secret ones too: what registers say is public.
            CompanyState: [a_state(rng, one["siret"]) for one in here[1:] + secretive if one["siret"]],
            Lot: lots(rng, "l", wanted[0]["id"], rng.choice((0, 0, 2))),
            Provenance: provenances("actors", here) + provenances("opportunities", wanted),
            FinanceProduct: [a_product(rng, one["id"]) for one in here[:1]],
            AccountActor: [AccountActor(account_id=ACCOUNT, actor_id=here[0]["id"], created_at=LONG_AGO).model_dump()],
        },
        secret={
            Actor: secretive,
            Opportunity: hidden + discreet,
            TakeoverCase: [a_case(rng, one["id"]) for one in hidden],
            # How far a case is, and its days, are the house's alone.
            TakeoverFile: [a_file(rng, one["id"]) for one in hidden],
            TakeoverStep: [a_step(rng, one["id"]) for one in hidden],
            TakeoverDate: [a_date(rng, one["id"]) for one in hidden],
            Lot: [lot for one in discreet for lot in lots(rng, "s", one["id"], 2)],
            Membership: [
                Membership(carrier_id=here[0]["id"], member_id=one["id"]).model_dump() for one in secretive if carried
            ],
            Consent: agreed,
            SignedAgreement: [a_signed_agreement(rng, consent) for consent in agreed if consent["side"] == "actor"],
            # Acts of facilitators: to the partner's actor, to others, some taken back.
            CaseProposal: [
                a_proposal(rng, one["id"], actor["id"])
                for one in hidden
                for actor in here + secretive
                if rng.random() < 0.5
            ],
            CaseDocument: [a_document(one["id"]) for one in hidden],
            TakeoverFacts: [some_facts(rng, one["id"]) for one in hidden],
            TakeoverYear: [a_year(rng, one["id"]) for one in hidden],
            BlindSheet: [sheet for one in hidden for sheet in blind_sheets(f"{sheets} {one['department']}", one["id"])],
            FinancingPlan: [a_financing_plan(one["id"]) for one in hidden],
            # Whom the house calls is nobody else's to know, at a public actor or opening too.
            Contact: [
                *(a_contact(rng, "actor_id", one["id"]) for one in here),
                *(a_contact(rng, "opportunity_id", one["id"]) for one in wanted),
                *(a_contact(rng, "actor_id", one["id"], EMAIL) for one in secretive),
                *(a_contact(rng, "opportunity_id", one["id"], EMAIL) for one in hidden + discreet),
            ],
            # What the house did is its own, about a public actor too.
            Interaction: [
                *(an_interaction(rng, actor_id=one["id"]) for one in here + secretive),
                *(an_interaction(rng, opportunity_id=one["id"]) for one in wanted),
                *(an_interaction(rng, actor_id=here[0]["id"], opportunity_id=one["id"]) for one in hidden + discreet),
            ],
            Suggestion: [a_pair(*pair) for pair in followed],
            BrokerageCase: [a_followed_pair(rng, *pair) for pair in followed],
            # Whom the house chose for a case, public actors too, and what confidential ones finance.
            TakeoverCandidate: [a_candidate(rng, here[0]["id"], one["id"]) for one in hidden],
            FinanceProduct: [a_product(rng, one["id"]) for one in secretive],
            # What owners stated themselves: from the partner's own address too, and some of it is a case by now.
            StatedNeed: [
                *(a_stated_need(rng, number, None) for number in range(groups)),
                *(a_stated_need(rng, number + 10, one["id"]) for number, one in enumerate(hidden)),
            ],
            Provenance: provenances("actors", secretive) + provenances("opportunities", hidden + discreet),
        },
        own=here[0]["id"],
        ids=tuple(one["id"] for one in here + wanted),
        secret_ids=tuple(one["id"] for one in secretive + hidden + discreet),
    )
