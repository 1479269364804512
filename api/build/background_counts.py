"""Count words and parts of words in the texts of the nomenclatures: writes matcher/resources/background_counts.npz.

    python -m api.build.background_counts

After a change of these texts, or of how `matcher.lexical` takes a text apart.
"""

from pathlib import Path

import numpy as np

from matcher.lexical import background_counts

TARGET = Path(__file__).resolve().parents[2] / "matcher/resources/background_counts.npz"

if __name__ == "__main__":
    counts = background_counts()
    np.savez_compressed(TARGET, texts=counts["texts"], words=counts["words"], spellings=counts["spellings"])
