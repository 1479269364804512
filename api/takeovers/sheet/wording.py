"""French words for the state of a blind sheet."""

from api.takeovers.sheet.state import SheetState

SHEET_STATES = {
    SheetState.NONE: "pas encore écrite",
    SheetState.TO_APPROVE: "à faire approuver par le cédant",
    SheetState.APPROVED: "approuvée par le cédant",
    SheetState.CHANGED: "à faire approuver de nouveau",
    SheetState.WITHDRAWN: "retirée",
}
