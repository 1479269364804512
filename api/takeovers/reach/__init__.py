"""Whom a case reaches: proposals of facilitators, the published line, who learned what."""
