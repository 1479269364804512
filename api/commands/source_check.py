"""`sync … --check`: a few records of each service beside what is expected of them. Opens no database."""

from collections.abc import Sequence

from rich.table import Table

from api.commands.consoles import console
from api.commands.terminal import add_text_row
from api.core.french import plural
from api.open_data.coverage.examine import Examination
from api.open_data.coverage.forms import FREQUENCIES
from api.open_data.coverage.wording import field_in_words, percent
from api.open_data.wording import source_in_words

_SHOWN = 12


def print_examinations(examinations: Sequence[Examination]) -> None:
    """Print one table field × form × source, then what each service changed."""
    table = Table("source", "forme", "champ", "présent", "lu", "attendu")
    for examination in examinations:
        for row in examination.rows:
            add_text_row(
                table,
                source_in_words(examination.source),
                f"{row.form} ({row.n_records})",
                field_in_words(row.field),
                percent(row.n_present, row.n_records),
                percent(row.n_read, row.n_readable),
                f"{FREQUENCIES[row.expected]} (≥ {percent(round(100 * row.expected), 100)})",
            )
    if table.rows:
        console.print(table)
    for examination in examinations:
        for line in changes_in_words(examination):
            console.print(
                f"{source_in_words(examination.source)} : {line}", markup=False, highlight=False, soft_wrap=True
            )


def changes_in_words(examination: Examination) -> list[str]:
    """Return what is not as expected, a line each; one line where all is."""
    if examination.error:
        return [f"pas lue : {examination.error}"]
    if not examination.n_records:
        return ["aucun enregistrement ne répond à la demande : essayez une date plus ancienne avec --since"]
    lines = [
        f"disparu dans « {lost.form} » : {field_in_words(lost.field)}, attendu à {lost.path}"
        + (f" ; peut-être devenu {' ou '.join(lost.hints)}" if lost.hints else "")
        for lost in examination.lost
    ]
    lines += [f"présent mais jamais lu dans « {form} » : {field_in_words(field)}" for form, field in examination.unread]
    lines += [f"refusé : {reference}, champ « {field} » : {reason}" for reference, field, reason in examination.refused]
    if examination.forms[""]:
        lines.append(f"forme inconnue : {plural(examination.forms[''], 'enregistrement')} sur {examination.n_records}")
    new_names = list(examination.new_names.values())
    if new_names:
        more = f" et {plural(len(new_names) - _SHOWN, 'autre')}" if len(new_names) > _SHOWN else ""
        lines.append(f"champs nouveaux : {', '.join(new_names[:_SHOWN])}{more}")
    is_as_expected = examination.is_as_expected
    count = plural(examination.n_records, "enregistrement lu", "enregistrements lus")
    return [f"{count}, tout est où on l’attend", *lines] if is_as_expected else [f"{count}, à regarder :", *lines]
