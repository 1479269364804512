"""Quality of the ranking, measured on judged queries.

evaluate: the engine against its baselines. cross_validation: learned scorers against the prior.
tables, plots: the results, in French.
"""
