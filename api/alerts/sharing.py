"""Parts of a night's matching that several workers may compose apart, with the same mails as one would write alone.

Weekly limits tie partners that follow the same actor, and actors that the same partner follows: what is tied, however
far, stays in one part.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from sqlmodel import Session

from api.alerts import queries
from matcher.types import IntArray


def parts_of_partners(session: Session, least: int) -> list[list[str]]:
    """Return all partners that subscribe, by id, in parts of at least so many, the last one apart; one part if none.

    A night's plan is made once, so that its parts do not change while subscriptions are served.
    """
    follows = [(row.partner_id, row.actor_id or row.id) for row, _ in queries.all_subscriptions(session)]
    parts: list[list[str]] = [[]]
    for tied in tied_partners(follows):
        if len(parts[-1]) >= least:
            parts.append([])
        parts[-1] += tied
    return parts


def tied_partners(follows: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return groups of partners that share nothing of what they follow, in the order of their first ids."""
    if not follows:
        return []
    partners, partner_of = np.unique([partner_id for partner_id, _ in follows], return_inverse=True)
    followed, followed_of = np.unique([followed_id for _, followed_id in follows], return_inverse=True)
    # With it come the solvers of linear systems, which nothing else needs.
    from scipy.sparse.csgraph import connected_components

    size = len(partners) + len(followed)
    links = coo_matrix((np.ones(len(follows)), (partner_of, len(partners) + followed_of)), shape=(size, size))
    group_of: IntArray = connected_components(links, directed=False)[1][: len(partners)]
    groups: dict[int, list[str]] = {}
    for partner_id, group in zip(partners.tolist(), group_of.tolist(), strict=True):
        groups.setdefault(group, []).append(partner_id)
    return list(groups.values())
