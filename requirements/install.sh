#!/bin/sh
# Make the virtual environment that every make target uses. Safe to run again: it goes on where it
# stopped. Needs a Python with venv, nothing else; no compiler, since every pin is a wheel.
#
# usage: sh requirements/install.sh PYTHON VENV
set -eu
cd "$(dirname "$0")/.."
python=$1
venv=$2

step() { printf '\n==> %s\n' "$*"; }
fail() {
    printf '\nmake install: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

# The Python that will be used: the environment's own where there is one, else the one named.
check_python() {
    command -v "$1" >/dev/null 2>&1 || fail "there is no command '$1' here." \
        "Install Python 3.11, 3.12 or 3.13, or name the one you have: make install PYTHON=python3.12"
    # Also valid Python 2, so that an old interpreter gets this far and is told its version.
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        fail "'$1' does not run." "Name another one: make install PYTHON=python3.12"
    case $version in
    3.11 | 3.12 | 3.13) ;;
    2.* | 3.? | 3.10) fail "'$1' is Python $version, and Colourway needs 3.11 or newer." \
        "Name a newer one: make clean install PYTHON=python3.12" ;;
    *) fail "'$1' is Python $version, and TensorFlow has no release for it yet." \
        "Name an older one: make clean install PYTHON=python3.13" ;;
    esac
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "'$1' has no venv module." "Debian and Ubuntu: apt install python$version-venv"
}

make_venv() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        check_python "$venv/bin/python"
        step "1/4 $venv is there, with Python $version"
    else
        check_python "$python"
        step "1/4 Making $venv with Python $version"
        "$python" -m venv --clear "$venv"
    fi
}

install_tools() {
    step "2/4 Fetching the installer (about 20 MB)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements/build.txt
}

# uv is several times as fast as pip, but does not read pip's settings. Where only pip knows the
# way to the packages (a company's mirror, say), pip does the same work from the same pins.
# Bytecode is compiled here, once: where Python may not write it, TensorFlow takes three times as long
# to start, every time.
install_pins() {
    step "3/4 Installing $(grep -c '^[a-z0-9].*==' requirements/dev.txt) pinned packages (about 700 MB to fetch the first time)"
    set -- --require-hashes --no-deps --only-binary :all: -r requirements/dev.txt
    "$venv/bin/uv" pip install --python "$venv/bin/python" --compile-bytecode "$@" || {
        step "3/4 uv could not do it; trying pip, which takes longer"
        "$venv/bin/python" -m pip install --disable-pip-version-check "$@"
    }
}

install_project() {
    step "4/4 Installing Colourway itself, as a link to this folder"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation --no-index --editable .
}

make_venv
install_tools
install_pins
install_project
step "Done. $venv/bin/colourway --help shows the commands; make demo shows what they do."
