"""The completion script for zsh, autoloaded from fpath or sourced."""  # noqa: INP001 - part of a script, not of a package

import textwrap
from collections.abc import Iterable, Iterator

from commands import MODELS, PICTURES, Group, Parameter, Program, Values

SCRIPT = r"""#compdef togimg
@header@

_togimg() {
    local curcontext=$curcontext state state_descr line
    local -A opt_args
    local -a options commands=(
@commands@
    )
    local -a models=(@models@)
    local pictures='(#i)*.(@pictures@)'
    _arguments -C -S \
@root@
        '1:command:->command' '*::argument:->argument' && return
    if [[ $state == command ]]; then
        _describe command commands
        return
    fi
@groups@
    _arguments -s -S : $options
}

# On the first Tab zsh runs this file as the body of the function: it must then do its work.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _togimg "$@"
else
    compdef _togimg togimg
fi
"""


def script(program: Program) -> str:
    """The whole script."""
    commands = (_quoted(f"{name}:{_escaped(text)}") for name, text in program.commands.items())
    root = (option for group in program.groups if "" in group.commands for option in group.options)
    parts = {
        "@commands@": _lines(8, commands),
        "@models@": " ".join(MODELS),
        "@pictures@": "|".join(PICTURES),
        "@root@": _lines(8, (f"{_option(option)} \\" for option in root)),
        "@groups@": _lines(4, (line for group in program.groups for line in _group(group))),
    }
    text = SCRIPT
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def _lines(indent: int, lines: Iterable[str]) -> str:
    return textwrap.indent("\n".join(lines), " " * indent)


def _group(group: Group) -> Iterator[str]:
    if commands := "|".join(filter(None, group.commands)):
        yield f"[[ $line[1] == ({commands}) ]] && options+=("
        yield from (f"    {_option(option)}" for option in group.options)
        yield from (f"    {_argument(argument)}" for argument in group.arguments)
        yield ")"


def _option(option: Parameter) -> str:
    takes = "" if option.values == "none" else f":{option.label}:{_action(option.values)}"
    told = _quoted(f"[{_escaped(option.help)}]{takes}")
    names = [name + _joint(name, option.values) for name in option.names]
    spelled = names[0] if len(names) == 1 else f"{{{','.join(names)}}}"
    if option.repeatable:
        return f"'*'{spelled}{told}"
    once = f"'({' '.join(option.names)})'" if len(names) > 1 else ""
    return f"{once}{spelled}{told}"


def _joint(name: str, values: Values) -> str:
    """What lets a value follow at once: --size=1:1 and -n4, besides --size 1:1 and -n 4."""
    if values == "none":
        return ""
    return "=" if name.startswith("--") else "+"


def _argument(argument: Parameter) -> str:
    every = "*" if argument.repeatable else ""
    action = _action(argument.values)
    if argument.values == "text":
        # A mere message would keep the only option that fits from being put in.
        action = f'_guard "^-*" "{argument.label}"'
    return _quoted(f"{every}:{_escaped(argument.help)}:{action}")


def _action(values: Values) -> str:
    match values:
        case "none" | "text":
            return " "
        case "paths":
            return "_files"
        case "pictures":
            return "_files -g $pictures"
        case "models":
            return "($models)"
    return f"({' '.join(map(_escaped, values))})"


def _escaped(text: str) -> str:
    for special in ("\\", ":", "[", "]"):
        text = text.replace(special, f"\\{special}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
