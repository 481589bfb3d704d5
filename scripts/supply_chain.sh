#!/usr/bin/env bash
# Builds the distributions so that anybody gets the same bytes, lists what an installation holds, and asks for known
# vulnerabilities of it: `make dist`, `make sbom`, `make audit`. The tools have an environment of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=.venv-tools
out=${OUT:-dist}

fail() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

install_tools() {
    [ "$tools/.done" -nt constraints/tools.txt ] && return
    [ -x "$tools/bin/python" ] || "${PYTHON:-.venv/bin/python}" -m venv "$tools"
    "$tools/bin/python" -m pip --disable-pip-version-check -qq install -r constraints/tools.txt
    touch "$tools/.done"
}

# From the committed files alone, with the commit's time in the archives: folder, clock, umask and stray files of whoever
# builds leave no trace. The same commit and constraints/tools.txt give the same bytes.
build_dist() {
    local commit=${COMMIT:-HEAD} source
    git rev-parse --verify --quiet "$commit^{commit}" >/dev/null ||
        fail "no commit \`$commit\`" "build in a clone, and commit first"
    git diff --quiet HEAD -- || printf 'note: changes that are not committed are not in the distributions\n' >&2
    source=$(mktemp -d)
    # shellcheck disable=SC2064  the folder is known now
    trap "rm -rf '$source'" EXIT
    (umask 022 && git archive "$commit" | tar -x -C "$source")
    mkdir -p "$out"
    local target python epoch
    target=$(cd "$out" && pwd) python=$(cd "$tools/bin" && pwd)/python epoch=$(git log -1 --format=%ct "$commit")
    rm -f "$target"/palestra-*.whl "$target"/palestra-*.tar.gz
    (cd "$source" && umask 022 && SOURCE_DATE_EPOCH=$epoch PYTHONHASHSEED=0 "$python" -m hatchling build -d "$target" >/dev/null)
    (cd "$target" && sha256sum palestra-* | tee SHA256SUMS)
}

# CycloneDX, of what is installed in .venv; without serial number and time, so that equal environments give equal files.
write_sbom() {
    mkdir -p "$out"
    "$tools/bin/cyclonedx-py" environment .venv/bin/python --pyproject pyproject.toml --mc-type library \
        --output-reproducible --spec-version 1.6 --output-format JSON --output-file "$out/palestra.cdx.json" --validate
    printf '%s\n' "$out/palestra.cdx.json"
}

case "${1:-}" in
dist) install_tools && build_dist ;;
sbom) install_tools && write_sbom ;;
audit) install_tools && .venv/bin/python scripts/audit_packages.py "$tools/bin/pip-audit" ;;
*) fail "no step \`${1:-}\`" "the steps are dist, sbom, audit" ;;
esac
