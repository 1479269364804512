"""Pages and the JSON API; a folder is a door, named after who may enter."""
