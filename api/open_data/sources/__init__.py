"""Public registers → found things, one file a source. Pure: no network, no database, no clock."""
