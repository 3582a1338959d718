"""Hermes: research and run systematic trading."""

from hermes.version import __version__

__all__ = ["__version__"]
