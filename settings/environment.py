"""How settings are read from the environment, and what is said of wrong ones."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource


class Variables(PydanticBaseSettingsSource):
    """What the environment, or `.env`, holds of the variables `names`."""

    def __init__(
        self, settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource, names: Iterable[str]
    ) -> None:
        super().__init__(settings_cls)
        self._names = [name.lower() for name in names]
        self._found = source.env_vars if isinstance(source, EnvSettingsSource) else {}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Give one variable; demanded by the base class."""
        return self._found.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return {name: self._found[name] for name in self._names if self._found.get(name) is not None}


def explain(problem: ValidationError) -> list[str]:
    """Say of each variable that is wrong what it must be, in one sentence that does not show its value."""
    lines = []
    for error in problem.errors(include_input=False, include_url=False):
        message = re.sub(
            r"^(Value error, |(Input|Value) should )", lambda match: "must " if match[2] else "", error["msg"]
        )
        name = next((part.upper() for part in reversed(error["loc"]) if isinstance(part, str)), "")
        lines.append(message if name in message else f"{name} {message}")
    return [f"{line}. docs/settings.md lists all settings." for line in lines]
