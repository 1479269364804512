"""NUTS 3 codes of France, which are its départements.

Sources: NUTS 2021 (Regulation (EU) 2019/1755), the same for France as NUTS 2016. A form of before 2018 writes the codes
of NUTS 2013; of those only the region of our départements is kept.
"""

# Region → its départements, in the order of the code's last digit, which counts from one.
_REGIONS = {
    "FR10": "75 77 78 91 92 93 94 95",
    "FRB0": "18 28 36 37 41 45",
    "FRC1": "21 58 71 89", "FRC2": "25 39 70 90",
    "FRD1": "14 50 61", "FRD2": "27 76",
    "FRE1": "59 62", "FRE2": "02 60 80",
    "FRF1": "67 68", "FRF2": "08 10 51 52", "FRF3": "54 55 57 88",
    "FRG0": "44 49 53 72 85",
    "FRH0": "22 29 35 56",
    "FRI1": "24 33 40 47 64", "FRI2": "19 23 87", "FRI3": "16 17 79 86",
    "FRJ1": "11 30 34 48 66", "FRJ2": "09 12 31 32 46 65 81 82",
    "FRK1": "03 15 43 63", "FRK2": "01 07 26 38 42 69 73 74",
    "FRL0": "04 05 06 13 83 84",
    "FRM0": "2A 2B",
    "FR71": "01 07 26 38 42 69 73 74",
}  # fmt: skip
_DEPARTMENTS = {
    f"{region}{position}": department
    for region, departments in _REGIONS.items()
    for position, department in enumerate(departments.split(), 1)
} | {"FRY10": "971", "FRY20": "972", "FRY30": "973", "FRY40": "974", "FRY50": "976"}


def department_of_nuts(nuts_code: str | None) -> str | None:
    """Return the département of a NUTS 3 code (« FRK23 » → « 26 »), None for a larger region or another country."""
    return _DEPARTMENTS.get((nuts_code or "").strip().upper())
