"""What leaves by mail: its links, its words, and the way to the server. It knows neither tables nor journeys."""
