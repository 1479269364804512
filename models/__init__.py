"""Tables, a family a file, the database and its migrations."""
