"""Names under which the house and its partners speak of a case: drawn by lot, they say nothing of it."""

_PLANTS = (
    *("Aubépine", "Bruyère", "Capucine", "Clématite", "Églantine", "Fougère", "Garance", "Genièvre", "Glycine"),
    *("Hellébore", "Jonquille", "Lavande", "Lierre", "Marjolaine", "Mélisse", "Menthe", "Myrtille", "Pervenche"),
    *("Pivoine", "Primevère", "Sarriette", "Sauge", "Véronique", "Verveine"),
)
_COLOURS = ("d’argent", "d’azur", "d’hiver", "d’octobre", "d’or", "de mai", "de minuit", "des dunes", "des îles")
CODE_NAMES = tuple(f"{plant} {colour}" for plant in _PLANTS for colour in _COLOURS)
