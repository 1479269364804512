"""Ratings to weights, and the gate that new weights must pass.

observations: ratings and outcomes. table: the same as columns. settings: assumptions before any rating.
objective: what learning minimises. posterior: `learn`, its minimum. reliability: how much each rater counts.
holdout, judged_queries, gate: whether learned weights may replace the active ones.
simulation, learning_curve: partners with known true weights, and how fast learning finds them.
"""
