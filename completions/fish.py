"""The completion script for fish 3 and later."""  # noqa: INP001 - part of a script, not of a package

from collections.abc import Iterator

from commands import MODELS, PICTURES, Group, Parameter, Program, Values

SCRIPT = r"""@header@

# Whether the command is one of these; "" is none yet.
function __togimg_in
    set -l words (string match --invert -- '-*' (commandline -opc) "")
    contains -- $words[2] $argv
end

set -l models @models@

complete -c togimg -f
set -l it complete -c togimg -n '__togimg_in ""'
@commands@
@groups@
"""


def script(program: Program) -> str:
    """The whole script."""
    commands = (f"$it -a {name} -d {_quoted(text)}" for name, text in program.commands.items())
    groups = (line for group in program.groups for line in _group(group))
    return (
        SCRIPT.replace("@models@", " ".join(MODELS))
        .replace("@commands@", "\n".join(commands))
        .replace("@groups@", "\n".join(groups))
    )


def _group(group: Group) -> Iterator[str]:
    lines = [_option(option) for option in group.options]
    lines += [_action(given.values) for given in group.arguments if given.values != "text"]
    if lines:
        commands = " ".join(name or '""' for name in group.commands)
        yield f"\nset -l it complete -c togimg -n '__togimg_in {commands}'"
        yield from (f"$it {line}" for line in lines)


def _option(option: Parameter) -> str:
    kinds = {True: "-l", False: "-s"}
    names = (f"{kinds[name.startswith('--')]} {name.lstrip('-')}" for name in option.names)
    parts = (*names, _action(option.values), "-d", _quoted(option.help))
    return " ".join(filter(None, parts))


def _action(values: Values) -> str:
    match values:
        case "none":
            return ""
        case "text":
            return "-x"
        case "paths":
            return "-rF"
        case "pictures":
            return f"-kxa '(__fish_complete_suffix .{' .'.join(PICTURES)})'"
        case "models":
            return '-xa "$models"'
    return f"-xa {_quoted(' '.join(values))}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
