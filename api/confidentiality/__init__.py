"""Confidential takeover cases: the teaser, the levels of disclosure, documents, leaks."""
