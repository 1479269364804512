"""What is made once: the encoder, its training, the tables of places."""
