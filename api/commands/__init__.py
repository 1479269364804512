"""The commands of `python -m api.cli`, a family a file."""
