"""Quality of the ranking on judged queries; nothing served imports this room.

datasets: test collections. measures: nDCG and others, intervals, comparisons. baselines: what the engine must beat.
learned_scorers: their protocol and data; linear_scorer, boosted_scorer: two of them.
measured_queries: features of a collection, measured once. cross_validation: learned scorers against the prior.
"""
