"""The bar of rows being encoded follows them in a real browser, within the page's policy, and reads well."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from matcher.embedding import Encoder
from tests.browser.test_desk import check
from tests.browser.test_policy import breaches
from tests.support.held_encoder import COUNT, HeldEncoder, import_many
from tests.support.real_browser import listening
from tests.support.witness import Witness

pytestmark = pytest.mark.slow


def test_the_bar_goes_down_and_says_when_all_is_ready(
    context: BrowserContext, world_database: Path, encoder: Encoder, tmp_path: Path
) -> None:
    held = HeldEncoder(encoder)
    with listening(world_database, held, tmp_path) as served:
        witness = Witness(context.new_page(), served)
        reported = breaches(witness.page)
        witness.sign_in()
        import_many(tmp_path / "world.db", tmp_path)
        bar, words = witness.page.locator("progress#encodage"), witness.page.locator("#encodage-mots")
        witness.page.wait_for_timeout(1_000)
        witness.page.clock.install()
        witness.go("/acteurs")
        expect(words).to_have_text(re.compile(rf"{COUNT}.fiches en cours d’encodage"))
        check(witness)
        held.permits.release()
        expect_soon(witness.page, lambda: not words.inner_text().startswith(str(COUNT)))
        held.permits.release(1_000)
        expect_soon(witness.page, lambda: "rechargez la page" in words.inner_text())
        expect(bar).to_be_hidden()
        witness.go("/acteurs?texte=reliure")
        expect(witness.page.locator("progress")).to_have_count(0)
        assert reported == []


def expect_soon(page: Page, claim: Callable[[], bool]) -> None:
    """Let the page's own clock go on by what it waits between two questions, until the claim is true."""
    for _ in range(300):
        page.clock.run_for(5_000)
        page.wait_for_timeout(100)
        if claim():
            return
    raise AssertionError("it never came true")
