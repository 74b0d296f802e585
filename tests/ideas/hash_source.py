"""Makes source_hashes.txt anew: python tests/ideas/hash_source.py DOCUMENT > tests/ideas/source_hashes.txt.

The document itself is not ours to keep here; from the hashes of its nine-word sequences it cannot be read.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

WORDS = 9
DIGITS = 8


def sequences(text: str) -> Iterator[str]:
    """Every nine consecutive words of a text, in lower case and without punctuation."""
    words = re.findall(r"\w+", text.lower())
    for start in range(len(words) - WORDS + 1):
        yield " ".join(words[start : start + WORDS])


def short_hash(sequence: str) -> str:
    """The first digits of the sequence's SHA-256."""
    return hashlib.sha256(sequence.encode()).hexdigest()[:DIGITS]


if __name__ == "__main__":
    document = Path(sys.argv[1]).read_text(encoding="utf-8")
    sys.stdout.writelines(f"{line}\n" for line in sorted({short_hash(sequence) for sequence in sequences(document)}))
