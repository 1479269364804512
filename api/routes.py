"""Every route of the application, in the order in which a request is compared with them."""

from starlette.routing import BaseRoute

from api.web import health, metrics
from api.web.account import kept_form, own_account, password_links, second_factor, sign_in
from api.web.admin import accounts, journal, keys, persons, weights
from api.web.admin import nights as night_pages
from api.web.admin import sources as source_pages
from api.web.desk import (
    actor,
    actor_form,
    actor_list,
    agreement_text,
    bulk_acts,
    buyer_sheets,
    case_documents,
    case_files,
    cases,
    day,
    done_acts,
    finance_products,
    import_undoing,
    imports,
    interactions,
    letters,
    list_files,
    mail_templates,
    needs,
    opportunity,
    opportunity_cases,
    opportunity_coalition,
    opportunity_form,
    opportunity_list,
    partners,
    saved_views,
    shortlist,
    subscribers,
    to_come,
    visibility,
    worklist,
)
from api.web.desk import confidentiality as confidential
from api.web.desk import contacts as contact_pages
from api.web.desk import corrections as correction_pages
from api.web.desk import encoding as encoding_bar
from api.web.desk import handovers as handover_pages
from api.web.desk import help as help_pages
from api.web.desk import report as report_pages
from api.web.desk import row_history as history_pages
from api.web.desk import search as search_pages
from api.web.desk import stated_needs as stated_need_pages
from api.web.desk.takeovers import agreement, facts, financing, proposals, roles, sheet, stages, views, whole_case
from api.web.json_api import actors, coalitions, matches, nights, opportunities, ratings, subscriptions
from api.web.links import answers, need_forms
from api.web.links import stated_needs as need_links
from api.web.links import subscriptions as consent
from api.web.space import case as dossier
from api.web.space import corrections as own_corrections
from api.web.space import needs as own_needs
from api.web.space import proposals as space


def all_routes() -> list[BaseRoute]:
    """Return the routes of all applications of this process: what FastAPI makes of each was made by its module."""
    # A request is compared with one route after the other: answers to mails, which come all at once in the morning,
    # and the pages of a facilitator's day come first.
    pages = (
        answers,
        *(
            day,
            opportunity_list,
            saved_views,
            needs,
            # Before the pages of one row, whose addresses would take theirs.
            case_files,
            list_files,
            opportunity_form,
            actor_form,
            shortlist,
            buyer_sheets,
            opportunity,
            opportunity_coalition,
            actor_list,
            actor,
            search_pages,
            sheet,
            to_come,
            worklist,
            cases,
            opportunity_cases,
            roles,
            finance_products,
            interactions,
            letters,
            mail_templates,
            imports,
            import_undoing,
            bulk_acts,
            done_acts,
            confidential,
            case_documents,
            agreement,
            agreement_text,
            financing,
            stages,
            proposals,
            views,
            visibility,
            history_pages,
            whole_case,
            facts,
            correction_pages,
            stated_need_pages,
            partners,
            contact_pages,
            subscribers,
            report_pages,
            handover_pages,
            help_pages,
        ),
        encoding_bar,
        *(space, own_corrections, own_needs, dossier, consent, need_links, need_forms),
        *(sign_in, password_links, own_account, second_factor, kept_form),
        *(accounts, keys, persons, journal, source_pages, night_pages, weights),
    )
    parts = (health, matches, coalitions, actors, opportunities, subscriptions, ratings, nights, metrics)
    return [route for module in (*pages, *parts) for route in module.router.routes]
