#!/bin/sh
# Make the virtualenv $1 with the first Python of at least 3.11 that works; says in one sentence what is missing.
set -eu

venv=$1

# A name on the PATH may be a shim that refuses to run, so each one is asked for its version.
find_python() {
  for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python python3.14}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  echo "Rito needs Python 3.11 or newer, and none was found (name one with: make PYTHON=...)." >&2
  exit 1
}

python=$(find_python)

# Debian keeps the venv module's other half in a package of its own.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "$python has no venv module: install your system's package for it (Debian: apt-get install python3-venv)." >&2
    exit 1
  fi
fi

"$python" -m venv --clear "$venv"
