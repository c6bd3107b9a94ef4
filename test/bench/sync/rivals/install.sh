#!/bin/sh
# Installs the Python tools that `npm run bench:sync` runs on the same rows, at the versions its goals name, in a virtual
# environment of their own under node_modules/.cache/rivals. Needs python3 (3.10 or newer) with venv. Safe to repeat.
set -eu
root=$(cd "$(dirname "$0")/../../../.." && pwd)
folder=$root/node_modules/.cache/rivals
# One environment a tool: neither decides which version of DuckDB the other gets.
install() {
  [ -x "$folder/$1/bin/python" ] || python3 -m venv "$folder/$1"
  venv=$1
  shift
  "$folder/$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
install drt 'drt-core[postgres,duckdb]==1.2.1' pytz
install dlt 'dlt[postgres,duckdb]==1.31.0' pyarrow pytz
echo "installed in $folder"
