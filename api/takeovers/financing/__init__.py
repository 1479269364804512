"""The financing plan of a takeover: uses and sources, loans, ratios, the note for a committee."""
