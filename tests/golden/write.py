"""Write the golden vectors again, after the encoder was replaced: `python -m tests.golden.write`."""

import json
from pathlib import Path

from matcher.embedding import OnnxEncoder, to_grid

GOLDEN = Path(__file__).with_name("encoder.json")
ENCODER = Path(__file__).resolve().parents[2] / "var/encoder"
# The first steps of a vector tell it from any other.
KEPT = 12


def main() -> None:
    """Encode the texts that the file already holds, and replace their steps."""
    texts = [row["text"] for row in json.loads(GOLDEN.read_text("utf-8"))["rows"]]
    encoder = OnnxEncoder(ENCODER)
    steps = to_grid(encoder.encode(texts))[:, :KEPT].tolist()
    lines = [
        json.dumps({"text": text, "steps": row}, ensure_ascii=False) for text, row in zip(texts, steps, strict=True)
    ]
    head = f'{{\n "revision": "{encoder.revision}",\n "rows": [\n  '
    GOLDEN.write_text(head + ",\n  ".join(lines) + "\n ]\n}\n", "utf-8")
    print(f"{GOLDEN.name}: {len(texts)} texts, revision {encoder.revision}")


if __name__ == "__main__":
    main()
