"""Counts what a facilitator does in a browser for one job: clicks, fields typed, keys pressed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Download, FilePayload, Locator, Page


@dataclass
class Hands:
    """A page on which every act counts as one; looking and waiting (through `page`) count nothing.

    A target is a selector of Playwright, or a locator where a selector does not say it.
    """

    page: Page
    acts: list[str] = field(default_factory=list)
    show: Callable[[Locator | None], None] = lambda _top: None  # the picture of this job is of the page as it is now

    @property
    def count(self) -> int:
        return len(self.acts)

    def click(self, target: str | Locator) -> None:
        self._act("click", target).click()

    def fill(self, target: str | Locator, text: str) -> None:
        """Type into a field; the text that stood there is replaced. One, however long the text is."""
        self._act("type", target).fill(text)

    def choose(self, target: str | Locator, label: str) -> None:
        """Choose an entry of a list by its words."""
        self._act("choose", target).select_option(label=label)

    def check(self, target: str | Locator) -> None:
        """Tick a box, or a choice among several."""
        self._act("tick", target).check()

    def upload(self, target: str | Locator, file: FilePayload) -> None:
        self._act("file", target).set_input_files(file)

    def press(self, key: str) -> None:
        """Press a key where the focus is, such as Enter: it counts as a click does."""
        self.acts.append(f"key {key}")
        self.page.keyboard.press(key)

    def download(self, target: str | Locator) -> Download:
        """Click on what gives a file, and return the file."""
        with self.page.expect_download() as download:
            self.click(target)
        return download.value

    def _act(self, verb: str, target: str | Locator) -> Locator:
        self.acts.append(f"{verb} {target if isinstance(target, str) else target.text_content() or 'a field'}".strip())
        return self.page.locator(target) if isinstance(target, str) else target
