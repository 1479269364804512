"""The import rule that keeps partners' pages from the full desk breaks where it should, and only there."""

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import configuration
from importlinter.contracts.forbidden import ForbiddenContract

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
RULE = "4. A partner's pages never reach the full desk"


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    configuration.configure()
    return grimp.build_graph("api", "models", "matcher", cache_dir=None)


def keeps(graph: grimp.ImportGraph, *more: tuple[str, str]) -> bool:
    """Return whether the rule holds with some imports added: (importer, imported)."""
    linter: dict[str, Any] = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]
    options = next(one for one in linter["contracts"] if one["name"] == RULE)
    changed = deepcopy(graph)
    for importer, imported in more:
        for module in (importer, imported):
            changed.add_module(module)
        changed.add_import(importer=importer, imported=imported)
    session = {name: value for name, value in linter.items() if name != "contracts"}
    return bool(ForbiddenContract(RULE, session, options).check(changed, verbose=False).kept)


def test_the_rule_holds_today(graph: grimp.ImportGraph) -> None:
    assert keeps(graph)


@pytest.mark.parametrize("page", ["api.web.space.proposals", "api.web.space.case", "api.web.links.answers"])
@pytest.mark.parametrize(
    "full",
    [
        "api.matching.desk",
        "api.matching.snapshot",
        "api.matching.content",
        "api.catalogue.records",
        "api.catalogue.record_changes",
    ],
)
def test_a_page_may_not_import_the_full_desk(graph: grimp.ImportGraph, page: str, full: str) -> None:
    assert not keeps(graph, (page, full))


@pytest.mark.parametrize(
    "chain",
    [
        [("api.web.space.case", "api.web.house")],
        [("api.web.dependencies", "api.web.house")],
        [("api.web.components.bars", "api.matching.compare")],
        [("api.web.links.subscriptions", "api.new.helper"), ("api.new.helper", "api.catalogue.records")],
        # Not even through another module of the package that may.
        [("api.partner_view.public_desk", "api.matching.snapshot")],
    ],
)
def test_nor_through_others(graph: grimp.ImportGraph, chain: list[tuple[str, str]]) -> None:
    assert not keeps(graph, *chain)


def test_it_may_through_what_makes_the_partner_s_view(graph: grimp.ImportGraph) -> None:
    assert keeps(graph, ("api.web.links.answers", "api.partner_view.building"))


@pytest.mark.parametrize("folder", ["space", "links"])
def test_nor_may_a_page_take_the_desk_from_the_application_s_state(folder: str) -> None:
    """What lies there has no type: no import would tell."""
    pages = sorted((PYPROJECT.parent / "api/web" / folder).glob("*.py"))
    assert len(pages) > 2
    assert [one.name for one in pages if "state.desk" in one.read_text("utf-8")] == []
