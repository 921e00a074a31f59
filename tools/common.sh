# Shared by the scripts beside it; sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
    printf '== %s\n' "$*" >&2
}

# packages_of GROUP...: the names in tools/packages.txt.
packages_of() {
    local group
    for group in "$@"; do
        sed -n "s/^$group //p" "$root/tools/packages.txt"
    done
}

# missing_packages GROUP...: those that dpkg does not call installed; one question to it.
missing_packages() {
    local wanted
    mapfile -t wanted < <(packages_of "$@" | sort -u)
    comm -23 <(printf '%s\n' "${wanted[@]}") \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            sed -n 's/^ii *//p' | sort -u)
}

# apt ARGUMENT...: apt-get as root, asking nothing, waiting for another apt that holds the lock.
apt() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# install_packages GROUP...: installs what is missing. The package lists are fetched anew only when
# the ones at hand do not do; what apt says is shown only when that did not help either.
install_packages() {
    local missing log
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: install what tools/packages.txt names yourself"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    log=$(mktemp)
    if ! apt install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
        apt update >>"$log" 2>&1 || true # one unreachable source of several may not matter
        if ! apt install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
            cat "$log" >&2
            rm -f "$log"
            say "could not install ${missing[*]}"
            return 1
        fi
    fi
    rm -f "$log"
}

# with_build_lock PRESET COMMAND...: one at a time in build/PRESET, also between processes.
with_build_lock() {
    local preset=$1
    shift
    mkdir -p "$root/build"
    (
        flock 9
        "$@" 9>&-
    ) 9>"$root/build/.$preset.lock"
}

# configured PRESET: whether build/PRESET can be handed to ninja, which configures again by itself
# when a CMake file changed.
configured() {
    [ -f "$root/build/$1/build.ninja" ]
}

# build_target PRESET TARGET...: configures if need be and builds, saying all that the tools say.
build_target() {
    local preset=$1
    shift
    configured "$preset" || cmake -S "$root" --preset "$preset" || return
    cmake --build "$root/build/$preset" --target "$@"
}

# quietly COMMAND...: nothing on success, everything on failure, on stderr.
quietly() {
    local said status=0
    said=$("$@" 2>&1) || status=$?
    [ "$status" -eq 0 ] || printf '%s\n' "$said" >&2
    return "$status"
}
