"""The nightly mails: who is due, what is new for them, and the digest."""
