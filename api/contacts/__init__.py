"""Contacts: the persons whom facilitators call at an actor, a buyer or the owner of a company."""
