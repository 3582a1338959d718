"""Every HERMES_* variable, typed and checked, in one class.

Values come from the environment, then from a `.env` file in the working directory, then from the defaults here.
Relative paths are resolved from the working directory, never from where the package is installed.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from hermes.errors import SettingsError, nearest

PREFIX = "HERMES_"
# Read by the tests of Hermes, which know no other setting.
_OF_THE_TESTS = frozenset({"TEST_DATA"})


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


class Settings(BaseSettings):
    """What Hermes reads from its surroundings. Use `get_settings()`; it turns a wrong value into a SettingsError."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data_root: Path = Field(Path("data"), description="folder of bars, runs and the database")
    data_dir: Path | None = Field(None, description="folder of minute bars; default DATA_ROOT/minute")
    storage_provider: Annotated[Literal["local"], BeforeValidator(_lower)] = Field(
        "local", description="where bars are kept"
    )
    cache_enabled: bool = Field(True, description="keep decoded bars in memory between requests")
    cache_provider: Annotated[Literal["memory"], BeforeValidator(_lower)] = Field(
        "memory", description="what keeps decoded bars"
    )
    cache_max_size_mb: int = Field(512, ge=1, le=1_048_576, description="bound of the memory cache in MiB")
    cache_ttl_hours: float = Field(
        24.0, gt=0, le=87_600, description="age in hours at which a cached entry is forgotten"
    )
    registry_enabled: bool = Field(True, description="remember instruments, availability, quality and loads")
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy address of the database; default a SQLite file in DATA_ROOT"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "WARNING", description="least severe level that is logged"
    )
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(_lower)] = Field(
        "auto", description="auto: key=value on a terminal, JSON elsewhere"
    )
    strategy_dir: Path | None = Field(None, description="folder whose Python files hold strategies of your own")
    debug: bool = Field(False, description="show tracebacks instead of one-line errors")

    @field_validator("data_root", "data_dir", "strategy_dir", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        if "\0" in str(path):
            raise ValueError("a path without NUL characters")
        return path.expanduser().absolute()

    @field_validator("data_root", mode="after")
    @classmethod
    def _folder(cls, path: Path) -> Path:
        if path.is_file():
            raise ValueError("a folder, and this is a file")
        return path

    @field_validator("database_url", mode="after")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        scheme = url.get_secret_value().partition("://")[0]
        if scheme not in _DRIVERS or "://" not in url.get_secret_value():
            raise ValueError("an address that starts with sqlite:/// or postgresql://")
        return url

    @classmethod
    def load(cls) -> Self:
        """Read the variables anew. Raises SettingsError naming each wrong variable, its value and what is allowed."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file .env cannot be read: {error}. Save it as plain UTF-8 text.") from None

    @property
    def minute_dir(self) -> Path:
        """Folder of one-minute bars."""
        return self.data_dir or self.data_root / "minute"

    @property
    def daily_dir(self) -> Path:
        """Folder of official daily bars."""
        return self.data_root / "daily"

    @property
    def sample_dir(self) -> Path:
        """Folder of the synthetic sample's minute bars, used only while `minute_dir` holds no Parquet file."""
        return self.data_root / "sample" / "minute"

    @property
    def database_address(self) -> str:
        """The database's SQLAlchemy address, with its password: never print it."""
        if self.database_url is None:
            return f"sqlite:///{self.data_root / 'hermes.sqlite'}"
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        return f"{_DRIVERS[scheme]}://{rest}"


# Plain PostgreSQL addresses, as hosting services hand them out, mean the driver that is installed.
_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


@cache
def get_settings() -> Settings:
    """The settings of this process, read once. Raises SettingsError."""
    return Settings.load()


def unknown_variables() -> dict[str, str | None]:
    """Names that begin with HERMES_, in the environment or in `.env`, which no setting reads; each with the nearest
    name that one does read, None where there is none like it. Sorted by name."""
    known = {name.upper() for name in Settings.model_fields}
    given = {
        name.upper().removeprefix(PREFIX)
        for source in (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings))
        for name in source.env_vars
        if name.upper().startswith(PREFIX)
    }
    # Compared without the prefix, which would make any two of them alike.
    close = {name: nearest(name, known, most=1) for name in sorted(given - known - _OF_THE_TESTS)}
    return {f"{PREFIX}{name}": f"{PREFIX}{best[0]}" if best else None for name, best in close.items()}


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        field = Settings.model_fields.get(name)
        secret = field is not None and field.annotation is not None and "SecretStr" in str(field.annotation)
        shown = "(hidden)" if secret else repr(_plain(problem["input"]))
        lines.append(f"{PREFIX}{name.upper()} is {shown}, but must be {_allowed(name, problem['msg'])}.")
    return " ".join(lines)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _allowed(name: str, message: str) -> str:
    annotation: Any = Settings.model_fields[name].annotation if name in Settings.model_fields else None
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(each) for each in get_args(annotation))
    if annotation is bool:
        return "true or false"
    own = message.removeprefix("Value error, ")
    if own != message:
        return own
    bounds = {type(each).__name__.lower(): each for each in Settings.model_fields[name].metadata}
    low, high = bounds.get("ge") or bounds.get("gt"), bounds.get("le")
    kind = "a whole number" if annotation is int else "a number"
    if low is not None and high is not None:
        least = f"of at least {low.ge}" if "ge" in bounds else f"above {low.gt}"
        return f"{kind} {least} and at most {high.le}"
    return own[:1].lower() + own[1:]
