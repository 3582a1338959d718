"""Proof by experiment that a strategy does not look ahead: see `verify_strategy`."""

from hermes.research.verify.plan import Progress
from hermes.research.verify.report import Check, Difference, Outcome, Settling, Verification, VerifiedBars
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.run import verify, verify_strategy

__all__ = [
    "Check",
    "Difference",
    "Outcome",
    "Progress",
    "Settling",
    "Verification",
    "VerifiedBars",
    "VerifyRequest",
    "verify",
    "verify_strategy",
]
