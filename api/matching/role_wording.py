"""The roles of a takeover in French."""

from matcher.types import Role

# The roles of a takeover, as they head their lists, and as a line of the one list says them.
ROLE_TITLES = {
    Role.TAKE_OVER: "Qui peut reprendre",
    Role.ACCOMPANY: "Qui accompagne",
    Role.FINANCE: "Qui finance",
    Role.PREMISES: "Qui a des locaux ou des terres",
    Role.KEEP_WORK: "Quel réseau garde l’activité",
}
ROLE_NAMES = {
    Role.SUPPLY: "",
    Role.TAKE_OVER: "peut reprendre",
    Role.ACCOMPANY: "accompagne",
    Role.FINANCE: "finance",
    Role.PREMISES: "locaux ou terres",
    Role.KEEP_WORK: "garde l’activité",
}
