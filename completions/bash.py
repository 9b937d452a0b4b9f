"""The completion script for bash 3.2 and later; it needs no bash-completion package."""  # noqa: INP001 - part of a script, not of a package

import shlex
from collections.abc import Iterator

from commands import MODELS, PICTURES, Group, Parameter, Program, Values

SCRIPT = r"""@header@
# shellcheck shell=bash

_togimg() {
    local IFS=$' \t\n' rest=${COMP_LINE:0:COMP_POINT} gap part count=0 words=()
    # bash parts words at : and =, but 16:9 is one: join what no space parted, up to the cursor.
    for part in "${COMP_WORDS[@]:0:COMP_CWORD}" ''; do
        gap=${rest%%[![:space:]]*}
        rest=${rest#"$gap"}
        part=${part:-$rest}
        rest=${rest#"$part"}
        [[ $gap || $count -eq 0 ]] && words[count++]=''
        words[count - 1]+=$part
    done
    [[ $part == [:=]* ]] && part=''

    # Readline replaces only the last part of the word: what it has `kept` must not be repeated.
    local word=${words[count - 1]} option=${words[count - 2]} head='' command='' ended=''
    local kept=${word%"$part"}
    if [[ $word == --*=* ]]; then
        option=${word%%=*} head=$option=
    fi
    local value=${word#"$head"}
    value=${value#[\"\']}
    for part in "${words[@]:1:count-2}"; do
        [[ $part == -- ]] && ended=yes option=''
        [[ ! $command && ' @commands@ ' == *" $part "* ]] && command=$part
    done

    local options=()
    local models=(@models@)
    local pictures=(@pictures@)
@groups@
    if [[ $word == -* && ! $ended ]]; then
        [[ $head ]] || _togimg_words "${options[@]}"
        return
    fi
    case $command in
    '') _togimg_words @commands@ ;;
@arguments@
    esac
}

_togimg_words() {
    local each
    for each; do
        [[ $each == "$value"* ]] && _togimg_reply "$each"
    done
}

# All folders, and the files that match a pattern.
_togimg_paths() {
    local each
    compopt -o filenames 2>/dev/null
    while IFS= read -r each; do
        _togimg_reply "$each"
    done < <(
        compgen -d -- "$value"
        for each; do compgen -f -X "!$each" -- "$value"; done
    )
}

_togimg_reply() {
    local whole=$head$1
    COMPREPLY+=("${whole#"$kept"}")
}

complete -F _togimg togimg
"""


def script(program: Program) -> str:
    """The whole script."""
    parts = {
        "@commands@": " ".join(program.commands),
        "@models@": " ".join(MODELS),
        "@pictures@": " ".join(f"'*.{each}' '*.{each.upper()}'" for each in PICTURES),
        "@groups@": "\n".join(_group(group) for group in program.groups if group.options),
        "@arguments@": "\n".join(_arguments(program.groups)),
    }
    text = SCRIPT
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def _group(group: Group) -> str:
    names = " ".join(name for option in group.options for name in option.names)
    body = [f"        options+=({names})", *_choice(group.options), "        ;;"]
    return "\n".join(["    case $command in", f"    {_any(group.commands)})", *body, "    esac"])


def _choice(options: tuple[Parameter, ...]) -> Iterator[str]:
    """What to do after each option that takes a value."""
    actions: dict[str, list[str]] = {}
    for option in options:
        if option.values != "none":
            actions.setdefault(_action(option.values), []).extend(option.names)
    if actions:
        yield "        case $option in"
        for action, names in actions.items():
            yield f"        {_any(tuple(names))}) {action + '; ' if action else ''}return ;;"
        yield "        esac"


def _arguments(groups: tuple[Group, ...]) -> Iterator[str]:
    for group in groups:
        for argument in group.arguments:
            if action := _action(argument.values):
                yield f"    {_any(group.commands)}) {action} ;;"


def _action(values: Values) -> str:
    match values:
        case "none" | "text":
            return ""
        case "paths":
            return "_togimg_paths '*'"
        case "pictures":
            return '_togimg_paths "${pictures[@]}"'
        case "models":
            return '_togimg_words "${models[@]}"'
    return f"_togimg_words {shlex.join(values)}"


def _any(names: tuple[str, ...]) -> str:
    return " | ".join(name or "''" for name in names)
