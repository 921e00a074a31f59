#!/usr/bin/env bash
# Builds and tests a copy of examples/consumer against this build of Partita.
#     check_consumer.sh find_package|add_subdirectory SOURCE BUILD WORK CMAKE-ARGUMENT...
set -euo pipefail

way=$1 source=$2 build=$3 work=$4
shift 4
arguments=("$@")

if [ ! -f "$source/examples/consumer/main.cpp" ]; then
    echo "examples/consumer/main.cpp is missing: there is no user's project to build"
    exit 1
fi

user=$work/user
rm -rf "$work"
mkdir -p "$user"
# A copy, so that nothing beside the example is found by accident.
cp -R "$source/examples/consumer" "$user/consumer"

must_not_configure() {
    local why=$1
    shift
    if cmake -S "$user/refused" -B "$user/refused/build" "$@" >"$user/refused.log" 2>&1; then
        echo "configured although it must not: $why"
        exit 1
    fi
}

case $way in
find_package)
    cmake --install "$build" --prefix "$user/prefix" >/dev/null
    arguments+=("-DCMAKE_PREFIX_PATH=$user/prefix")
    mkdir "$user/refused"
    # shellcheck disable=SC2016 # CMake expands it
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(refused LANGUAGES CXX)' \
        'find_package(partita ${WANTED} CONFIG REQUIRED)' >"$user/refused/CMakeLists.txt"
    must_not_configure "a newer minor version" -DWANTED=0.2 "${arguments[@]}"
    grep -q "0.1" "$user/refused.log"
    must_not_configure "a component that does not exist" "-DWANTED=0.1;COMPONENTS;nonesuch" \
        "${arguments[@]}"
    grep -qi "nonesuch" "$user/refused.log"
    ;;
add_subdirectory)
    # The same warnings as our own build: the compiler cache then knows every object already.
    arguments+=("-DPARTITA_SOURCE_DIR=$source" -DPARTITA_WERROR=ON)
    ;;
*)
    echo "unknown way $way; expected find_package or add_subdirectory"
    exit 2
    ;;
esac

cmake -S "$user/consumer" -B "$work" "${arguments[@]}"
cmake --build "$work" --parallel 2
ctest --test-dir "$work" --output-on-failure --no-tests=error

cmake --install "$work" --prefix "$user/own"
if [ -e "$user/own/include/partita" ]; then
    echo "installing the user's project must not install Partita as well"
    exit 1
fi
