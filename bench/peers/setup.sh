#!/bin/sh
# Make the environment in which a peer runs, apart from Colourway's own, from the pins in the peer's
# folder. Safe to run again: it does nothing where they are installed, and goes on where it stopped.
#
# usage: sh bench/peers/setup.sh PYTHON VENV PEER [PACKAGE]
#
# PEER is a folder beside this file (for instance: python3 .venv-mrcnn mrcnn mrcnn); PACKAGE is the
# one that is published as source only, if any is.
set -eu

step() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'setup.sh: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

[ $# -eq 3 ] || [ $# -eq 4 ] || fail "it takes three words, PYTHON, VENV and PEER, or four." \
    "For instance: sh bench/peers/setup.sh python3 .venv-colours colours"
python=$1
venv=$2
peer=$3
source_only=${4:-}
pins=$(dirname "$0")/$peer/requirements.txt
[ -f "$pins" ] || fail "there is no file $pins." "PEER is a folder beside setup.sh."
stamp=$venv/.installed

check_python() {
    command -v "$1" >/dev/null 2>&1 || fail "there is no command '$1' here." \
        "Name the Python that you have, 3.11, 3.12 or 3.13: sh $0 python3.12 $venv $peer $source_only"
    # Also valid Python 2, so that an old interpreter gets this far and is told its version.
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        fail "'$1' does not run." "Name another one: sh $0 python3.12 $venv $peer $source_only"
    case $version in
    3.11 | 3.12 | 3.13) ;;
    *) fail "'$1' is Python $version, and the pins are for 3.11, 3.12 and 3.13." \
        "Name another one: sh $0 python3.12 $venv $peer $source_only" ;;
    esac
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "'$1' has no venv module." "Debian and Ubuntu: apt install python$version-venv"
}

make_venv() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        check_python "$venv/bin/python"
    else
        check_python "$python"
        step "1/2 Making $venv with Python $version"
        "$python" -m venv --clear "$venv"
    fi
}

install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --no-deps --only-binary :all: "$@" >&2 ||
        fail "the packages could not be installed; pip says above why." "Then run this again."
}

# What is published as source only is built by setuptools, which comes first, from the same pins, so
# that nothing unpinned is fetched to do so.
install_pins() {
    step "2/2 Installing $(grep -c '^[a-z0-9].*==' "$pins") pinned packages"
    if [ -n "$source_only" ]; then
        awk '/^[^ ]/ { wanted = /^setuptools==/ } wanted' "$pins" >"$venv/setuptools.txt"
        install --requirement "$venv/setuptools.txt"
        install --no-binary "$source_only" --no-build-isolation --requirement "$pins"
    else
        install --requirement "$pins"
    fi
}

if [ "$stamp" -nt "$pins" ]; then
    step "$venv is up to date"
    exit
fi
make_venv
install_pins
touch "$stamp"
step "Done. bench/peers/$peer/README.md says how to use it"
