"""Make a strategy from parameters, and say plainly which one is wrong."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from hermes.errors import UsageError, nearest
from hermes.strategy.base import Strategy

_BOUNDS: Final = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
_TYPES: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "a text"}


def construct(cls: type[Strategy], params: Mapping[str, Any]) -> Strategy:
    """`cls` with `params`; texts are converted ("14" is 14).

    Raises UsageError naming every parameter that does not exist, or its value and what is allowed.
    """
    try:
        return cls(**params)
    except ValidationError as error:
        faults = "; ".join(_fault(cls, each) for each in error.errors(include_url=False, include_context=False))
        raise UsageError(f"{cls.__name__}: {faults}.") from error


def _fault(cls: type[Strategy], error: Mapping[str, Any]) -> str:
    if not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        close = nearest(name, cls.model_fields)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        return f"there is no parameter {name!r}.{hint} It has {', '.join(cls.model_fields) or 'none'}"
    allowed = _allowed(cls, name)
    if error["type"] == "missing":
        return f"the parameter {name!r} is needed: {allowed or 'it has no default'}"
    return f"{name} = {error['input']!r} is not allowed: it must be {allowed or error['msg']}"


def _allowed(cls: type[Strategy], name: str) -> str:
    """Type, bounds and default of a plain parameter in words; empty where the schema is more than that."""
    schema = cls.model_json_schema()["properties"].get(name, {})
    if "enum" in schema:
        kind = "one of " + ", ".join(map(repr, schema["enum"]))
    elif schema.get("type") in _TYPES:
        kind = _TYPES[schema["type"]]
    else:
        return ""
    bounds = " and ".join(f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema)
    default = f" (default {schema['default']!r})" if "default" in schema else ""
    return f"{kind}{' ' if bounds else ''}{bounds}{default}"
