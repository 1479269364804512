"""A small folder of graded judgments: six invented actors, and two tenders, two takeovers and a message for them."""

import json
from pathlib import Path

ACTORS = """\
id,nom,type,activites,naf,commune_insee,commune,effectif
j01,Les Sécateurs du Val,ACI,entretien des espaces verts | tonte,81.30Z,26108,Crest,18
j02,Net'Ardoise,EI,nettoyage de locaux | vitrerie,81.21Z,26362,Valence,38
j03,Menuiserie du Glandasse,SCOP,menuiserie bois | pose de fenêtres,43.32A,26113,Die,11
j04,Union des coopératives,Réseau,accompagnement des reprises en coopérative,94.12Z,26362,Valence,6
j05,Fournil partagé,SCIC,boulangerie | pain biologique,10.71C,07186,Privas,9
j06,Traits d'union,association,,94.99Z,26362,Valence,
"""
OPENINGS = """\
id,titre,acheteur,cpv,montant,commune_insee,commune,departement,date_publication,date_limite,reserve,origine
t01,Entretien des espaces verts de la commune,Commune inventée,77310000,40000,26108,Crest,26,2026-11-07,2026-12-30,,appel d'offres
t02,Nettoyage de locaux scolaires,Ville inventée,90911200,90000,26362,Valence,26,2026-11-10,2026-12-30,,appel d'offres
"""  # noqa: E501
TAKEOVERS = """\
id,titre,teaser,description,cause,naf,commune_insee,commune,departement,effectif,chiffre_affaires,date_publication,date_limite,date_cession,confidentiel
k01,Menuiserie à reprendre,Menuiserie bois,"Menuiserie bois, pose de fenêtres, quatre salariés",retraite,43.32A,26113,Die,26,4,400000,2026-11-12,,2027-12-31,non
k02,Boulangerie à reprendre,Fournil,"Boulangerie de village, pain au levain",retraite,10.71C,07186,Privas,07,3,250000,2026-11-28,,2027-12-31,non
"""  # noqa: E501
MESSAGES = """\
id,titre,description,commune_insee,commune,departement,date_publication,origine
m01,Qui pourrait tondre,"Qui pourrait tondre la pelouse et faire l'entretien des espaces verts à Crest ?",26108,Crest,26,2026-11-20,besoin récurrent
"""  # noqa: E501
SPREADSHEETS = {"actors.csv": ACTORS, "openings.csv": OPENINGS, "takeovers.csv": TAKEOVERS, "messages.csv": MESSAGES}
QUESTIONS: tuple[dict[str, str], ...] = (
    {"qid": "t01", "type": "tender", "text": "Entretien des espaces verts de la commune"},
    {"qid": "t02", "type": "tender", "text": "Nettoyage de locaux scolaires"},
    {"qid": "k01", "type": "takeover", "text": "Menuiserie à reprendre"},
    {"qid": "k02", "type": "takeover", "text": "Boulangerie à reprendre"},
    {"qid": "m01", "type": "message", "text": "Qui pourrait faire l'entretien des espaces verts à Crest ?"},
    {"qid": "a01", "type": "actor", "actor": "j01", "text": "Les Sécateurs du Val"},
    {"qid": "a02", "type": "actor", "actor": "j05", "text": "Fournil partagé"},
)
JUDGMENTS = (
    ("t01", "j01", 3),
    ("t01", "j02", 0),
    ("t02", "j02", 3),
    ("k01", "j03", 3),
    ("k01", "j04", 2),
    ("k02", "j05", 3),
    ("m01", "j01", 3),
    ("m01", "j03", 0),
    ("a01", "t01", 3),
    ("a02", "k02", 2),
)


def write_graded(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, content in SPREADSHEETS.items():
        (folder / name).write_text(content, "utf-8")
    lines = [json.dumps(question, ensure_ascii=False) for question in QUESTIONS]
    (folder / "queries.jsonl").write_text("\n".join(lines), "utf-8")
    rows = ["query-id\tcorpus-id\tscore", *(f"{query}\t{row}\t{grade}" for query, row, grade in JUDGMENTS)]
    (folder / "qrels.tsv").write_text("\n".join(rows), "utf-8")
    return folder


def write_awards(folder: Path, trades: dict[str, str], department: str) -> Path:
    """Write one contract a company, won by it: company id → the contract's title."""
    folder.mkdir(parents=True)
    contracts = [
        {"_id": f"{folder.name}-{company}", "title": title, "departement": department, "date": "2025-03-01"}
        for company, title in trades.items()
    ]
    companies = [{"_id": company, "name": f"Société {company}", "naf": "81.30Z"} for company in trades]
    for name, rows in (("queries", contracts), ("corpus", companies)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    won = [f"{folder.name}-{company}\t{company}\t1" for company in trades]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *won]), "utf-8")
    return folder
