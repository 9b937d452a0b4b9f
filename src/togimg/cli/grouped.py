"""Lets a command take flag groups: frozen dataclasses whose fields are Typer options or groups."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

Command = Callable[..., Any]


def grouped(command: Command) -> Command:
    """The command with every flag group unfolded into its fields, for Typer to read.

    Called with the fields, it folds them again, and returns the command ready to be run: Typer
    only parses, so that no error of the command meets Typer's own ways with errors.
    """
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if dataclasses.is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
            parameters += _unfold(parameter.annotation)
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def unfolded(**values: Any) -> Any:
        folded = {name: _fold(group, values) for name, group in groups.items()}
        return functools.partial(command, **folded, **values)

    vars(unfolded)["__signature__"] = inspect.Signature(parameters)
    unfolded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return unfolded


def _unfold(group: Any) -> Iterator[inspect.Parameter]:
    for field in dataclasses.fields(group):
        if dataclasses.is_dataclass(field.type):
            yield from _unfold(field.type)
        else:
            yield inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=field.type,
            )


def _fold(group: Any, values: dict[str, Any]) -> Any:
    folded = {
        field.name: _fold(field.type, values)
        if dataclasses.is_dataclass(field.type)
        else values.pop(field.name)
        for field in dataclasses.fields(group)
    }
    return group(**folded)
