#!/usr/bin/env bash
# Installs this build and does the pages of docs/tutorial with it.
#     check_tutorial.sh PYTHON SOURCE BUILD WORK NAME=VALUE...
set -euo pipefail

python=$1 source=$2 build=$3 work=$4
shift 4
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/prefix" >/dev/null
for page in README own-property; do
    "$python" "$source/tests/docs/run_tutorial.py" "$source/docs/tutorial/$page.md" "$work/$page" \
        "CMAKE_PREFIX_PATH=$work/prefix" "$@"
done
