"""The search box: actors, opportunities, persons and cases by whatever words somebody remembers of them."""
