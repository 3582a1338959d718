"""Research: what is done with many backtests, and what must hold before one is believed."""

from hermes.research.verify import Verification, VerifyRequest, verify_strategy

__all__ = ["Verification", "VerifyRequest", "verify_strategy"]
