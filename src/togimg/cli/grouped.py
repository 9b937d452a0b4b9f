"""Lets a command take flag groups: frozen dataclasses whose fields are Typer options."""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any

Command = Callable[..., Any]


def grouped(command: Command) -> Command:
    """The command with every flag group unfolded into its fields, for Typer to read.

    Called with the fields, it folds them again, and returns the command ready to be run: Typer
    only parses, so that no error of the command meets Typer's own ways with errors.
    """
    groups: dict[str, type] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if dataclasses.is_dataclass(parameter.annotation):
            groups[parameter.name] = typing.cast("type", parameter.annotation)
            parameters += _unfold(groups[parameter.name])
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def unfolded(**values: Any) -> Any:
        folded = {name: _fold(group, values) for name, group in groups.items()}
        return functools.partial(command, **folded, **values)

    vars(unfolded)["__signature__"] = inspect.Signature(parameters)
    unfolded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return unfolded


def _unfold(group: type) -> list[inspect.Parameter]:
    hints = typing.get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(group)
    ]


def _fold(group: type, values: dict[str, Any]) -> Any:
    return group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
