#!/bin/sh
# Puts DuckDB and pyarrow, as Python has them, where test/services finds them: a venv beside the other services. Says which Python that is.
# What can't be had ends with an error: the tests then fail, they are not left out.
set -eu
DUCKDB=2.0.0 PYARROW=26.0.1
place="${MILLRACE_SERVICES:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-services}/duckdb-$DUCKDB-pyarrow-$PYARROW"
if [ ! -e "$place/complete" ]; then
  part="$place.part-$$"
  if ! python3 -c "import ensurepip" 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then echo "python3 with venv is missing: install it with the system's packages" >&2; exit 1; fi
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq python3 python3-venv; } >&2
  fi
  echo "services: DuckDB $DUCKDB, pyarrow $PYARROW" >&2
  mkdir -p "$(dirname "$place")"
  python3 -m venv "$part" >&2
  "$part/bin/python" -m pip install --quiet --disable-pip-version-check "duckdb==$DUCKDB" "pyarrow==$PYARROW" >&2
  touch "$part/complete"
  rm -rf "$place"
  mv "$part" "$place"
fi
echo "$place/bin/python"
