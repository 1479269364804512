"""A need in anybody's words: the fields of a pasted notice, a message or a takeover, and the text that is compared."""
