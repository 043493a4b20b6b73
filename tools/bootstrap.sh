#!/bin/sh
# Makes .venv with the locked dependencies and this package installed in place.
#
#   sh tools/bootstrap.sh runtime | dev
#
# Needs a Python of 3.11 or later and nothing else: where Python comes without pip and ensurepip (Debian without
# python3-venv), pip is taken from Debian's own wheel package, unpacked under .cache/, as any user.
# A second run with nothing changed does nothing. PYTHON=… chooses the interpreter.
set -eu

kind=${1:-runtime}
cd "$(dirname "$0")/.."
root=$PWD
cache=$root/.cache/bootstrap
stamp=.venv/.installed-$kind

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

case $kind in
    runtime | dev) requirements=requirements/$kind.txt ;;
    *) fail "say 'runtime' or 'dev', not '$kind'" ;;
esac

new_enough() { "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

# The checkout's path counts too: the scripts in .venv name it, so a moved checkout is set up again.
fingerprint() {
    { printf '%s\n' "$root"; cat requirements/setup.txt "$requirements" pyproject.toml tools/bootstrap.sh; } | cksum
}

pip_from_debian() {
    command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || return 1
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/deb"
    options="-qq -o Dir::State::lists=$cache/apt/lists -o Dir::Cache=$cache/apt -o Dir::Cache::archives=$cache/apt/archives"
    [ "$(id -u)" != 0 ] || options="$options -o APT::Sandbox::User=root"
    (
        cd "$cache/deb"
        # The machine's own package lists may do; else a private copy, which needs no rights.
        apt-get -qq download python3-pip-whl >/dev/null 2>&1 || {
            # shellcheck disable=SC2086
            apt-get $options update >"$cache/apt.log" 2>&1 && apt-get $options download python3-pip-whl >>"$cache/apt.log" 2>&1
        }
    ) || return 1
    for package in "$cache"/deb/python3-pip-whl_*.deb; do
        dpkg -x "$package" "$cache/deb" || return 1
    done
    rm -rf "$cache/apt"
}

# Prints the words that run some pip, good enough to install the pinned one.
find_pip() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        echo ".venv/bin/python -m pip"
    elif "$python" -m pip --python .venv/bin/python --version >/dev/null 2>&1; then
        echo "$python -m pip --python .venv/bin/python"
    else
        [ -n "$(ls "$cache"/deb/usr/share/python-wheels/pip-*.whl 2>/dev/null)" ] || pip_from_debian || return 1
        echo ".venv/bin/python $(ls "$cache"/deb/usr/share/python-wheels/pip-*.whl | head -n 1)/pip"
    fi
}

install() {
    log=$root/.cache/setup.log
    # shellcheck disable=SC2086
    if ! $pip install --quiet --disable-pip-version-check --no-input "$@" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "pip could not install (see above). Is the network there? The whole output: .cache/setup.log"
    fi
}

mkdir -p "$cache"
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
    exit 0
fi

python=$(find_python) || fail "Python 3.11 or later is needed (tried ${PYTHON:-python3, python3.13, python3.12, python3.11})"
case $root in *' '*) fail "the checkout's path must not contain a space: $root" ;; esac

if [ ! -x .venv/bin/python ] || ! new_enough .venv/bin/python || ! grep -qxF "$root" .venv/.root 2>/dev/null; then
    say "making .venv with $("$python" -V)"
    rm -rf .venv
    "$python" -m venv --without-pip .venv
    printf '%s\n' "$root" >.venv/.root
    if "$python" -c 'import ensurepip' >/dev/null 2>&1; then
        .venv/bin/python -m ensurepip >"$root/.cache/setup.log" 2>&1 || true
    fi
fi

pip=$(find_pip) || fail "no pip found and Debian's could not be fetched: is the network there? (apt: python3-venv or python3-pip)"
say "installing the $kind dependencies"
install --require-hashes -r requirements/setup.txt
pip=".venv/bin/python -m pip"
install --require-hashes -r "$requirements"
install --no-deps --no-build-isolation --no-index --editable .
fingerprint >"$stamp"
if [ "$kind" = dev ]; then # dev holds all of runtime
    kind=runtime requirements=requirements/runtime.txt
    fingerprint >.venv/.installed-runtime
fi
say "ready: .venv/bin/countermand"
