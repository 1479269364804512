"""Personal data: export, erasure, and copies of the database."""
