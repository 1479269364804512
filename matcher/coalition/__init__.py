"""Coalitions: actors that together cover an opportunity.

needs: what a market or a takeover needs, and which actors cover it. trades: a contract's trades as parts.
cover: how well each actor covers one need. roles: of a takeover. ease: how easily actors work together.
pool: the value of a set of actors. selection: the best set. shapley: each member's share of its value.
proposal: `propose`, the answer with its reasons.
"""
