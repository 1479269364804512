"""Public services played on this machine, from the samples of `fixtures/open_data/`."""
