"""A form as it was typed: texts by the name of their field, whatever they are worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TypedForm:
    """Texts by field; a field of several choices has several. Lines end as in a text area, by « \\n »."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[tuple[str, object]]) -> "TypedForm":
        """Return what a browser sent; files are left out."""
        values: dict[str, tuple[str, ...]] = {}
        for name, value in items:
            if isinstance(value, str):
                values[name] = (*values.get(name, ()), value.replace("\r\n", "\n"))
        return cls(values)

    def text(self, name: str) -> str:
        """Return the text of a field, without blanks around it; empty where it is absent."""
        texts = self.values.get(name, ())
        return texts[0].strip() if texts else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a field of several, as they were typed."""
        return self.values.get(name, ())

    def over(self, other: "TypedForm") -> "TypedForm":
        """Return this form, its empty fields filled from another."""
        filled = {name: texts for name, texts in self.values.items() if any(text.strip() for text in texts)}
        return TypedForm({**self.values, **other.values, **filled})
