#!/bin/sh
# Make the environment in which the original Mask R-CNN runs, apart from Colourway's own. Safe to
# run again: it does nothing where the pins are installed, and goes on where it stopped.
#
# usage: sh bench/peers/mrcnn/setup.sh PYTHON VENV     (for instance: python3 .venv-mrcnn)
set -eu

step() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'setup.sh: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

[ $# -eq 2 ] || fail "it takes two words, PYTHON and VENV." \
    "For instance: sh bench/peers/mrcnn/setup.sh python3 .venv-mrcnn"
python=$1
venv=$2
pins=$(dirname "$0")/requirements.txt
stamp=$venv/.installed

check_python() {
    command -v "$1" >/dev/null 2>&1 || fail "there is no command '$1' here." \
        "Name the Python that you have, 3.11, 3.12 or 3.13: sh $0 python3.12 $venv"
    # Also valid Python 2, so that an old interpreter gets this far and is told its version.
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        fail "'$1' does not run." "Name another one: sh $0 python3.12 $venv"
    case $version in
    3.11 | 3.12 | 3.13) ;;
    *) fail "'$1' is Python $version, and the pins are for 3.11, 3.12 and 3.13." \
        "Name another one: sh $0 python3.12 $venv" ;;
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

# The original is published as source only. What builds it comes first, from the same pins, so that
# nothing unpinned is fetched to do so.
install_pins() {
    step "2/2 Installing $(grep -c '^[a-z0-9].*==' "$pins") pinned packages (about 350 MB to fetch the first time)"
    awk '/^[^ ]/ { wanted = /^setuptools==/ } wanted' "$pins" >"$venv/setuptools.txt"
    install --requirement "$venv/setuptools.txt"
    install --no-binary mrcnn --no-build-isolation --requirement "$pins"
}

if [ "$stamp" -nt "$pins" ]; then
    step "$venv is up to date"
    exit
fi
make_venv
install_pins
touch "$stamp"
step "Done. $venv/bin/python bench/peers/mrcnn/original.py --help"
