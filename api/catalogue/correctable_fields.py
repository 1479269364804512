"""What partners may correct in the card of their own actor.

Neither what the actor is, nor who may hear of it, nor what registers say of it.
"""

# The fields of a place go together.
PLACE_FIELDS = ("commune_code", "commune_name", "postcode", "department", "lat", "lon")
CORRECTABLE = frozenset({
    *("name", "activities", "headcount", "turnover_eur", "radius_km", "area_departments", "approvals", "seeks"),
    *("website", *PLACE_FIELDS),
})  # fmt: skip
