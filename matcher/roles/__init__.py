"""What an actor would do about a takeover: take over, accompany, finance, give premises, or keep the work in a network.

A file a role. Each says from a record alone how much the actor plays the role (its vocation, in [0, 1]; 0: not at all);
`matcher.roles.cases` says what a case asks for. How near, able and of the trade it is are features like any other.
"""

from matcher.roles.vocations import Vocations, quoted, vocations_of

__all__ = ["Vocations", "quoted", "vocations_of"]
