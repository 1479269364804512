"""Speed and memory, against their goals: `make bench`, and `make bench CHECK=1` to fail where a goal is missed."""
