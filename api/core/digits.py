"""Digits as people's keyboards, phones and PDF files write them: `８２６` is 826, `²` is none.

Codes and numbers pass `plain_digits` where they enter (cells, schemas, forms); after that a digit is one of `0-9`.
"""

import re

_OTHER_DIGIT = re.compile(r"(?![0-9])\d")


def plain_digits(text: str) -> str:
    """Return a text with each decimal digit of Unicode as `0-9`; what only looks like a digit (`²`, `①`) stays."""
    return text if text.isascii() else _OTHER_DIGIT.sub(lambda digit: str(int(digit[0])), text)


def is_digits(text: str) -> bool:
    """Return whether a text is one or more of `0-9`, and nothing else: `int` reads it."""
    return text.isascii() and text.isdecimal()
