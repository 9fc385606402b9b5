"""Settings with some variables changed."""

from typing import Any

from settings import Settings, variables


def changed(settings: Settings, **values: Any) -> Settings:
    """Copy settings, with other values for variables, named in lower case. Nothing is checked."""
    own: dict[str, Any] = {}
    for name, value in values.items():
        group, field = variables()[name.upper()]
        if group is None:
            own[field] = value
        else:
            own[group] = own.get(group, getattr(settings, group)).model_copy(update={field: value})
    return settings.model_copy(update=own)
