"""What the house does about actors, opportunities and cases: calls, mails, visits, notes; and the mails it writes."""
