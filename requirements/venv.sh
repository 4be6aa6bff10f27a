#!/bin/sh
# Makes the virtual environment: venv.sh PYTHON FOLDER
# Debian splits off the part of Python's venv module that brings pip. As root we install it; as anybody else we
# unpack Debian's own pip beside the environment, which needs no rights; failing both we say what to install.
set -eu
python=$1 venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Skörd needs Python 3.11 or later. Install it, or name it: make PYTHON=/path/to/python3.11 …" >&2
    exit 1
}

if ! "$python" -c 'import ensurepip' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Python's venv module is missing: fetching Debian's python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null 2>&1 || true
fi

if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$venv"
    exit 0
fi

unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
if (cd "$unpacked" && apt-get download -qq python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .) 2>/dev/null; then
    "$python" -m venv --without-pip "$venv"
    wheel=$(echo "$unpacked"/usr/share/python-wheels/pip-*.whl)
    "$venv/bin/python" "$wheel/pip" install -q --disable-pip-version-check --no-index "$wheel"
    exit 0
fi

echo "Python's venv module is missing. As root: apt install python3-venv" >&2
exit 1
