"""How cost grows: 2,000 to 200,000 actors, beside other libraries, on vectors of real phrases (`make bench-scale`)."""
