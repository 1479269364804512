"""The form of a page, as a browser would send it without a touch."""

from html.parser import HTMLParser


class PageForm(HTMLParser):
    """The fields of the form that is sent to an address; `values` has what each holds, `checked` boxes included."""

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self._address = address
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None
        self._chosen: str | None = None
        self.values: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        if tag == "form":
            self._inside = fields.get("action") == self._address
        name = fields.get("name")
        if not self._inside:
            return
        if tag == "input" and name:
            is_box = fields.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in fields:
                self.values.setdefault(name, []).append(fields.get("value") or "")
        elif tag == "textarea" and name:
            self._area = name
            self.values.setdefault(name, []).append("")
        elif tag == "select" and name:
            self._select, self._chosen = name, None
        elif tag == "option" and self._select and ("selected" in fields or self._chosen is None):
            # The first of a list stands, unless another is chosen.
            self._chosen = fields.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = None
        elif tag == "select" and self._select:
            self.values.setdefault(self._select, []).append(self._chosen or "")
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            # A browser drops the first line break of a text area.
            text = data.removeprefix("\n") if not self.values[self._area][-1] else data
            self.values[self._area][-1] += text

    def with_(self, **changes: str | list[str]) -> dict[str, list[str]]:
        """Return the fields with some changed; `__` in a name stands for a point."""
        new = {name.replace("__", "."): [value] if isinstance(value, str) else value for name, value in changes.items()}
        return self.values | new
