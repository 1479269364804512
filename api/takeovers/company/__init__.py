"""What is known of the company beside the case's card, and what is missing."""
