"""Candidates of a takeover: the brokerage cases that are open or were, by the role that each would play."""

from collections.abc import Mapping, Sequence

from api.brokerage.queries import CaseRow
from api.brokerage.transitions import State
from matcher.roles import vocations_of
from matcher.types import Actor, OpportunityKind, Role, roles_of

ROLES = roles_of(OpportunityKind.TAKEOVER)


def role_of(actor: Actor) -> Role | None:
    """Return the role that an actor plays most in a takeover, read from its record; None where it plays none."""
    by_role = vocations_of(actor).by_role
    leading = max(ROLES, key=lambda role: by_role[role])
    return leading if by_role[leading] > 0 else None


def by_role(
    rows: Sequence[CaseRow], chosen: Mapping[str, Sequence[Role]], actors: Mapping[str, Actor]
) -> list[tuple[Role | None, list[CaseRow]]]:
    """Return the cases by role, in the order of roles, those of an unknown one last; cancelled ones are left out.

    chosen: actor → the roles that it was chosen for, each of which it stands under; another actor stands under the one
    that its record speaks of. actors: id → actor, as the matcher sees it; one that is not there, archived for instance,
    has no known role.
    """
    groups: dict[Role | None, list[CaseRow]] = {}
    for row in rows:
        if row.case.state == State.CANCELLED:
            continue
        actor_id = row.pair.suggestion.actor_id or ""
        actor = actors.get(actor_id)
        roles: Sequence[Role | None] = chosen.get(actor_id, ())
        for role in roles or [role_of(actor) if actor else None]:
            groups.setdefault(role, []).append(row)
    return [(role, groups[role]) for role in (*ROLES, None) if role in groups]
