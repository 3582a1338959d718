"""The data service of a command, with the program's logs switched on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hermes.data import DataService


def open_service() -> "DataService":
    """The configured data folder; what goes wrong beside the command is logged as HERMES_LOG_LEVEL and _FORMAT say."""
    from hermes.data import DataService
    from hermes.logs import configure_logging
    from hermes.settings import get_settings

    settings = get_settings()
    configure_logging(settings)
    return DataService(settings)
