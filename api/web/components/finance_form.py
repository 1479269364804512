"""The form of a product of finance: its fields, as they are typed, read and shown."""

from collections.abc import Mapping

from pydantic import ValidationError

from api.catalogue.finance_products import FinanceAudience, FinanceForm, FinanceProductIn, Grade
from api.catalogue.validation_messages import in_french
from api.core import french_input, french_numbers
from api.core.errors import InvalidError
from api.core.french import sentence
from api.entry.entry_fields import (
    EntryField,
    Widget,
    joined,
    read_fields,
    whole_number,
    written_day,
    written_fields,
    written_number,
)
from api.entry.typed_form import TypedForm
from api.takeovers.roles.wording import AUDIENCES, FORMS
from models.finance_products import FinanceProduct

GRADES = {
    Grade.PERSON: "noté par l’équipe",
    Grade.PRIMARY: "lu chez l’organisme, ou chez l’État",
    Grade.SECONDARY: "lu ailleurs : à vérifier à la source",
}
FIELDS = (
    EntryField("name", "Nom", longest=200, is_required=True),
    EntryField(
        "form", "Nature", Widget.CHOICE, choices=[(form.value, FORMS[form]) for form in FinanceForm], is_required=True
    ),
    EntryField("least_eur", "Minimum (€)", Widget.NUMBER, french_numbers.euros, written_number, longest=60),
    EntryField("most_eur", "Maximum (€)", Widget.NUMBER, french_numbers.euros, written_number, longest=60),
    EntryField(
        "most_heads",
        "Salariés au plus",
        Widget.NUMBER,
        whole_number,
        written_number,
        hint="De l’entreprise reprise ; vide s’il n’y a pas de limite.",
        longest=60,
    ),
    EntryField(
        "departments",
        "Départements",
        read=french_input.code_list,
        write=joined(", "),
        hint="Par exemple 26, 07 ; vide si le lieu n’importe pas.",
    ),
    EntryField("audience", "Pour qui", Widget.CHOICE, choices=[(one.value, AUDIENCES[one]) for one in FinanceAudience]),
    EntryField("terms", "Conditions", Widget.LINES, longest=500),
    EntryField("source", "Source", hint="L’adresse de la page, ou qui l’a dit.", longest=300),
    EntryField("read_on", "Lu le", Widget.DATE, french_input.day, written_day, longest=60),
    EntryField("grade", "Vérification", Widget.CHOICE, choices=[(grade.value, GRADES[grade]) for grade in Grade]),
)


def shown_product(product: FinanceProduct | None) -> TypedForm:
    """Return the form that shows a product, or that of a new one."""
    values = product.model_dump() if product else {"form": FinanceForm.LOAN, "audience": FinanceAudience.ANYONE}
    return written_fields(FIELDS, values)


def read_product(typed: TypedForm) -> FinanceProductIn:
    """Return the product that was typed. Raises InvalidError, by the names of the fields."""
    values, problems = read_fields(FIELDS, typed)
    given = {name: value for name, value in values.items() if value is not None}
    try:
        product = FinanceProductIn.model_validate(given)
    except ValidationError as error:
        problems = {**_problems(error), **problems}
    if problems:
        raise InvalidError(list(problems.items()))
    return product


def _problems(error: ValidationError) -> Mapping[str, str]:
    """Return what is wrong by field; of a model as a whole, beside its ceiling."""
    found = error.errors(include_url=False)
    return {str(one["loc"][0]) if one["loc"] else "most_eur": sentence(in_french(one)) for one in found}
