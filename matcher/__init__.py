"""The ranking, pure: plain values and arrays in, scores and reasons out. No database, no network, no framework.

types: what goes in and out. text_fields, embedding, lexical, nomenclature, geography: texts, codes, places as numbers.
index, columns: actors and opportunities as arrays. eligibility, features, scoring, ranking, explaining: the steps of
matching. exposure: sharing attention. counterfactual: what would change a ranking.
coalition: actors together. learning: weights from ratings. evaluation: quality on judged queries (never served).
"""
