"""The unified social credit code (统一社会信用代码, GB 32100): eighteen signs, the last of which checks the others."""

from __future__ import annotations

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def fits(code: str) -> bool:
    """Whether the eighteen signs check out. Each place weighs a power of three, modulo thirty-one."""
    if len(code) != 18 or any(sign not in SIGNS for sign in code):
        return False
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return SIGNS.index(code[17]) == (31 - total % 31) % 31
