"""The nightly run: its stages, its report."""
