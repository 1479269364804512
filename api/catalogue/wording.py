"""French words for kinds, statuses, reservations, axes and places."""

from api.core.french import DEPARTMENTS

AXES = {
    1: "Métiers porteurs",
    2: "Création et développement",
    3: "Reprise et maintien d’activité",
}

AXES_IN_FULL = {
    1: "Métiers porteurs, riches en main-d’œuvre : services à la personne, déchets, filière bois…",
    2: "Aide à la création et au développement d’activité : CAE, coopérations qui ouvrent des marchés",
    3: "Alternatives à la perte d’activité locale : reprises, coopérations qui maintiennent emplois et activité",
}

STATUSES = {"open": "ouvert", "expected": "à venir", "closed": "clos", "cancelled": "annulé"}

KINDS = {
    "scop": "SCOP",
    "scic": "SCIC",
    "cae": "CAE",
    "network": "réseau ou groupement",
    "ei": "entreprise d’insertion (EI)",
    "ai": "association intermédiaire (AI)",
    "aci": "atelier et chantier d’insertion (ACI)",
    "etti": "entreprise de travail temporaire d’insertion (ETTI)",
    "eiti": "entreprise d’insertion par le travail indépendant (EITI)",
    "geiq": "GEIQ",
    "ea": "entreprise adaptée (EA)",
    "eatt": "entreprise adaptée de travail temporaire (EATT)",
    "esat": "ESAT",
    "association": "association",
    "mutual": "mutuelle",
    "foundation": "fondation",
    "cooperative": "coopérative",
    "esus": "entreprise agréée ESUS",
    "employee_group": "collectif de salariés",
    "entrepreneur": "entrepreneur·e de CAE",
    "company": "entreprise",
}

OPPORTUNITY_KINDS = {"market": "débouché", "takeover": "cas de reprise"}

ORIGINS = {
    "tender": "appel d’offres",
    "subcontract": "sous-traitance",
    "recurring_need": "besoin récurrent",
    "unmet_need": "besoin non couvert",
}

CAUSES = {
    "retirement": "départ en retraite",
    "insolvency": "procédure collective",
    "relocation": "déménagement",
    "other": "autre",
}

RESERVATIONS = {
    "ea_esat": "aux EA et ESAT",
    "siae": "aux structures d’insertion (SIAE)",
    "ess": "aux entreprises de l’ESS",
}

# Approvals as spreadsheets abbreviate them. Another reads as it was written, without underscores.
APPROVALS = {
    "amiante_ss3": "amiante sous-section 3",
    "amiante_ss4": "amiante sous-section 4",
    "bio": "agriculture biologique",
    "certibiocide": "Certibiocide",
    "ea": "entreprise adaptée (EA)",
    "esat": "ESAT",
    "esus": "entreprise solidaire d’utilité sociale (ESUS)",
    "qualibat": "Qualibat",
    "qualibat_rge": "Qualibat RGE (reconnu garant de l’environnement)",
    "qualifelec": "Qualifelec",
    "qualiopi": "Qualiopi",
    "rge": "RGE (reconnu garant de l’environnement)",
    "sap": "services à la personne",
    "siae": "structure d’insertion (SIAE)",
}

SEEKING = {
    "markets": "des marchés",
    "acquisitions": "des reprises",
    "subcontracts": "de la sous-traitance",
    "partners": "des partenaires",
}


def approval_in_words(slug: str) -> str:
    """Return the name of an approval in full."""
    return APPROVALS.get(slug, slug.replace("_", " "))


def kind_in_words(kind: str) -> str:
    """Return an actor's kind, as it begins a line."""
    words = KINDS.get(kind, kind)
    return words[0].upper() + words[1:]


def place(commune: str | None, department: str | None) -> str:
    """Return « Crest (26) », or what is known of it."""
    if commune and department:
        return f"{commune} ({department})"
    return commune or DEPARTMENTS.get(department or "", department or "")
