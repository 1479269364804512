"""French words for contacts."""

from api.contacts.schemas import LawfulBasis

LAWFUL_BASES = {
    LawfulBasis.LEGITIMATE_INTEREST: "intérêt légitime : mise en relation professionnelle",
    LawfulBasis.CONSENT: "consentement de la personne",
    LawfulBasis.CONTRACT: "contrat, ou sa préparation",
    LawfulBasis.PUBLIC_TASK: "mission d’intérêt public",
}
