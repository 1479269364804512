"""The doors of accounts: sign-in, invitation, and « Mon compte » of whoever is signed in."""
