"""The invented world: its commands, its cases, its night, and public services played on this machine."""
