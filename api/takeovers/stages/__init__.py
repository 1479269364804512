"""How far a takeover is: the stages, the moves between them, and why one ended or went back."""
