"""The table field → where it stands, by source and form: read by `sync --check`, the contract tests and the docs."""

from api.open_data.coverage import known_names
from api.open_data.coverage.boamp_forms import boamp_forms
from api.open_data.coverage.other_forms import bodacc_forms, commune_forms, company_forms, decp_forms, owner_forms
from api.open_data.coverage.places import ALWAYS, RARE, SOMETIMES, USUAL, SourceForms

FORMS: dict[str, SourceForms] = {
    "communes": commune_forms(known_names.COMMUNES),
    "recherche_entreprises": company_forms(known_names.COMPANIES),
    "boamp": boamp_forms(known_names.BOAMP),
    "decp": decp_forms(known_names.DECP),
    "bodacc": bodacc_forms(known_names.BODACC),
    "reprises_a_venir": owner_forms(known_names.COMPANIES),
}
NO_FORMS = SourceForms(lambda _record: "", {})
FREQUENCIES = {ALWAYS: "toujours", USUAL: "d’ordinaire", SOMETIMES: "parfois", RARE: "rarement"}


def table_in_markdown() -> str:
    """Return the table as docs/open-data-fields.md holds it: a line for each place, in the order of reading."""
    lines = ["| source | form | field | where it stands | how often |", "|---|---|---|---|---|"]
    for source, source_forms in FORMS.items():
        for form, rows in source_forms.forms.items():
            for row in rows:
                # A path is long for a table: the elements of eForms' extensions are those of its standard.
                path = row.path.replace(
                    "ext:UBLExtensions ext:UBLExtension ext:ExtensionContent efext:EformsExtension", "…"
                )
                lines.append(f"| {source} | {form} | {row.field} | `{path}` | {_frequency(row.share)} |")
    return "\n".join(lines)


def _frequency(share: float) -> str:
    return {ALWAYS: "always", USUAL: "usually", SOMETIMES: "sometimes", RARE: "rarely"}[share]
