"""The extras of this distribution: which are installed, and in which versions."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

from palestra.cli.probes.finding import Fact, Finding, State

_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w,-]+)\])?(?P<bounds>[^;]*);.*extra == ['\"](?P<extra>[\w-]+)"
)
_NOT_FOR_USERS = ("all", "dev", "peers")


def extras(in_earnest: bool) -> Finding:
    """The extras of this distribution: what of them is installed, and in which versions."""
    whole, partial = [], []
    facts: dict[str, Fact] = {}
    for name, wanted in _extras().items():
        found = {each: _installed(each) for each in wanted}
        lacking = sorted(each for each, oldest in wanted.items() if numbers(found[each]) < numbers(oldest))
        facts[name] = ", ".join(f"{each} {found[each] or 'missing'}" for each in wanted)
        if not lacking:
            whole.append(name)
        else:
            partial.append(f"{name} (lacks {', '.join(lacking)})" if len(lacking) < len(wanted) else name)
    text = f"installed: {', '.join(whole) or 'none'}"
    if partial:
        text += f"; not, or not wholly: {', '.join(partial)}"
    advice = "`pip install 'palestra[NAME]'` adds one; none is needed for environments and verifiers" if partial else ""
    return Finding(state=State.OK, text=text, advice=advice, facts=facts)


def _extras() -> dict[str, dict[str, str]]:
    """Extra -> package -> oldest version that it takes (empty: any)."""
    found: dict[str, dict[str, str]] = {}
    try:
        lines = requires("palestra") or []
    except PackageNotFoundError:
        return {}
    matches = [match for line in lines if (match := _REQUIREMENT.match(line))]
    for match in matches:
        if match["extra"] not in _NOT_FOR_USERS:
            oldest = re.search(r"(?:>=|==)\s*([\w.]+)", match["bounds"])
            wanted = found.setdefault(match["extra"], {})
            if match["name"] != "palestra":
                wanted[match["name"]] = oldest[1] if oldest else ""
    for match in matches:  # `quickstart` asks for `palestra[train]`
        if match["name"] == "palestra" and match["extra"] in found:
            for each in (match["extras"] or "").split(","):
                found[match["extra"]] |= found.get(each, {})
    return found


def _installed(package: str) -> str:
    # vLLM for the CPU is a distribution of another name.
    for name in (package, f"{package}-cpu") if package == "vllm" else (package,):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version; `()` is older than all."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
