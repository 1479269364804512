"""The application: its rooms are named after the trade; docs/architecture.md draws the house."""
