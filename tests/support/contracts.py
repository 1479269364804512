"""Invented contracts in the form of the DECP's table."""

from typing import Any


def contract(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a contract of the commune of Crest that began on 4 March 2024, for three years."""
    return {
        "uid": f"000300129000122024{number:04}",
        "id": f"2024{number:04}",
        "nature": "Marché",
        "acheteur_id": "00030012900012",
        "acheteur_nom": "COMMUNE DE CREST",
        "acheteur_departement_code": "26",
        "titulaire_id": "00099202400018",
        "titulaire_typeIdentifiant": "SIRET",
        "titulaire_nom": "VIVARAIS PROPRETE",
        "titulaire_categorie": "PME",
        "titulaire_labels": None,
        "titulaire_activite_code": "81.21Z",
        "titulaire_commune_code": None,
        "titulaire_latitude": None,
        "titulaire_longitude": None,
        "titulaire_departement_code": "26",
        "objet": "Nettoyage des groupes scolaires",
        "montant": 120_000.0,
        "codeCPV": "90919300-5",
        "procedure": "Procédure adaptée",
        "techniques": "Sans objet",
        "dureeMois": 36,
        "dureeRestanteMois": 3.3,
        "dateNotification": "2024-03-04",
        "datePublicationDonnees": "2024-03-20",
        "considerationsSociales": "Clause sociale",
        "lieuExecution_code": "26",
        "lieuExecution_typeCode": "Code département",
        "donneesActuelles": True,
        "modification_id": "0",
    } | fields
