"""The database of instruments, availability, quality and loads."""

from hermes.data.registry.load_log import LoadLog, LoadLogWriter
from hermes.data.registry.registry import Availability, Registry

__all__ = ["Availability", "LoadLog", "LoadLogWriter", "Registry"]
