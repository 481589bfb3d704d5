"""The scripts: words in tables, and a function of the shell that looks them up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from shlex import quote

from palestra.cli.completing.words import FILES, Call

# The path of a call is the longest run of commands that is known; words after it are looked up by that path.
_BASH = """\
# Completion of `palestra` for bash, written by `palestra completion bash`.
_palestra() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' word i
  COMPREPLY=()
  # The default COMP_WORDBREAKS part `--flag=value` into three words.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${path:+$path }${COMP_WORDS[i]}"
    case "$word" in
@paths@      *) break ;;
    esac
  done
  local words='' files=0
  case "$path|$prev" in
@values@    *)
      if [[ $cur == -* ]]; then
        case "$path" in
@options@        esac
      else
        case "$path" in
@places@        esac
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if ((files)); then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -F _palestra palestra
"""

_ZSH = """\
#compdef palestra
# Completion of `palestra` for zsh, written by `palestra completion zsh`.
_palestra() {
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]} path_='' word i files=0
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word="${path_:+$path_ }${words[i]}"
    case "$word" in
@paths@      *) break ;;
    esac
  done
  case "$path_|$prev" in
@values@    *)
      if [[ $cur == -* ]]; then
        case "$path_" in
@options@        esac
      else
        case "$path_" in
@places@        esac
      fi ;;
  esac
  (( ${#found} )) && _describe 'palestra' found
  (( files )) && _files
  return 0
}
if [[ $funcstack[1] == _palestra ]]; then
  _palestra "$@"
else
  compdef _palestra palestra
fi
"""

_FISH = """\
# Completion of `palestra` for fish, written by `palestra completion fish`.
function __palestra_at
    set -l path
    for word in (commandline -opc)[2..-1]
        switch (string join -- ' ' $path $word)
            case @known@
                set path $path $word
            case '*'
                break
        end
    end
    contains -- "$path" $argv
end
complete -c palestra -f
"""


def bash(calls: Sequence[Call]) -> str:
    """For bash 4.4 or newer: source it, or put it where bash-completion looks."""

    def action(words: Mapping[str, str]) -> str:
        plain = " ".join(word for word in words if word != FILES)
        return f"words={quote(plain)}" + (" files=1" if FILES in words else "")

    return _filled(_BASH, calls, "path", action)


def zsh(calls: Sequence[Call]) -> str:
    """For zsh: a file named `_palestra` on `fpath`, or sourced after `compinit`."""

    def action(words: Mapping[str, str]) -> str:
        # A colon parts a word from what it means.
        entries = [
            quote(word.replace(":", "\\:") + (f":{about}" if about else ""))
            for word, about in words.items()
            if word != FILES
        ]
        return f"found=({' '.join(entries)})" + (" files=1" if FILES in words else "")

    return _filled(_ZSH, calls, "path_", action)


def fish(calls: Sequence[Call]) -> str:
    """For fish 3: a file in its folder of completions."""
    known = " ".join(quote(" ".join(call.path)) for call in calls if call.path)
    return _FISH.replace("@known@", known) + "".join(f"{line}\n" for line in _fish_lines(calls))


SCRIPTS: Mapping[str, Callable[[Sequence[Call]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""Name of a shell -> its script, from all that can be completed."""


def _filled(script: str, calls: Sequence[Call], path: str, action: Callable[[Mapping[str, str]], str]) -> str:
    """The script with its four tables; `action` writes the assignment that offers some words."""
    rows: dict[str, list[tuple[str, str]]] = {"@paths@": [], "@values@": [], "@options@": [], "@places@": []}
    for call in calls:
        at = " ".join(call.path)
        if call.path:
            rows["@paths@"].append((at, f"{path}=$word"))
        for option in call.options:
            if option.values is not None:
                offered = action(dict.fromkeys(option.values, ""))
                rows["@values@"] += [(f"{at}|{flag}", offered) for flag in option.flags]
        rows["@options@"].append((at, action({flag: each.about for each in call.options for flag in each.flags})))
        rows["@places@"].append((at, action({**call.below, **dict.fromkeys(call.places, "")})))
    for name, table in rows.items():
        script = script.replace(name, _cases(table))
    return script


def _cases(rows: Sequence[tuple[str, str]]) -> str:
    """Branches of a `case`; those that do the same are one, so that long lists of ids stand there once."""
    patterns: dict[str, list[str]] = {}
    for pattern, does in rows:
        patterns.setdefault(does, []).append(quote(pattern))
    return "".join(f"      {'|'.join(each)}) {does} ;;\n" for does, each in patterns.items())


def _fish_lines(calls: Sequence[Call]) -> Iterator[str]:
    """One for each word, option and list; the same list for several calls once."""
    lines: dict[str, list[str]] = {}
    for call in calls:
        for line in _fish_offers(call):
            lines.setdefault(line, []).append(quote(" ".join(call.path)))
    for line, paths in lines.items():
        yield f"complete -c palestra -n {quote('__palestra_at ' + ' '.join(paths))} {line}"


def _fish_offers(call: Call) -> Iterator[str]:
    for name, about in call.below.items():
        yield f"-a {quote(name)} -d {quote(about)}"
    if words := [word for word in call.places if word != FILES]:
        yield f"-a {quote(' '.join(words))}"
    if FILES in call.places:
        yield "-F"
    for option in call.options:
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
        value = ""
        if option.values is not None:
            words = [word for word in option.values if word != FILES]
            value = (
                " -r" + (" -F" if FILES in option.values else "") + (f" -a {quote(' '.join(words))}" if words else "")
            )
        yield f"{flags}{value} -d {quote(option.about)}"
