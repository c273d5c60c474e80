#!/usr/bin/env bash
# gpu-check.sh: everything that only a GPU can show, in one command. A bundle carries .NET's runtime and the builds to a
# machine that has a driver, CUDA's libraries and perhaps PyTorch, but no .NET and no network.
#
#   scripts/gpu-check.sh                     makes the bundle and runs every part of it: for a machine with .NET and a GPU
#   scripts/gpu-check.sh bundle [FOLDER]     makes FOLDER (artifacts/gpu-check): this script and bundle.tar.gz, < 60 MiB
#   scripts/gpu-check.sh run                 runs every part of the bundle; needs no .NET
#   scripts/gpu-check.sh PART…               runs those: tests, kernels, steps, torch-eager, sanitizer, torch-compiled;
#                                            torch-eager:MODEL and torch-compiled:MODEL run one network
# FOLDER/gpu-check.sh does the same wherever FOLDER was copied. Flags, before those words:
#   --output FOLDER    for the results; else $OUT, else gpu-check-results beside the bundle's folder
#   --limit SECONDS    for each part and each network of PyTorch's parts (480)
#   --emulated         on the emulation of CUDA, with tiny shapes: shows that this script works, and no numbers
#   --no-build         bundles what was built before
#
# Results are JSON, a line at a time (PART.jsonl), so that a part that is stopped leaves what it found; summary.json has the
# machine and each part's seconds and status: passed, failed, timed out, skipped, stopped, or running if all was cut off; log.txt, what
# was printed. A skipped part has shown nothing; the last line names those. Exit codes: 0 no part failed or was stopped, 1 one
# did, 2 wrong usage. PYTHON names the Python that has PyTorch, and perhaps CUDA's libraries, if it is not python3.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
script=$here/$(basename "${BASH_SOURCE[0]}")
if [ -f "$here/bundle.tar.gz" ]; then
    root=
    bundle=$here
else
    root=$(cd "$here/.." && pwd)
    bundle=$root/artifacts/gpu-check
fi
parts=(tests kernels steps torch-eager sanitizer torch-compiled)
output=${OUT:-$(dirname "$bundle")/gpu-check-results}
limit=480
skipped=77 # the exit code of a part that cannot be run here
emulated=
build=yes

fail() {
    echo "gpu-check.sh: $1" >&2
    exit "${2:-1}"
}

make_bundle() {
    [ -n "$root" ] || fail "a bundle is made in the repository, not from a bundle" 2
    [ -z "$build" ] || "$root/build.sh" >/dev/null
    "$BASH" "$here/gpu-check-bundle.sh" "$1"
}

# Unpacks the bundle once, where it takes no part in what is carried.
unpack() {
    local archive=$bundle/bundle.tar.gz
    [ -f "$archive" ] || fail "there is no bundle in $bundle; make one with scripts/gpu-check.sh bundle"
    work=${TMPDIR:-/tmp}/densenet-gpu-check-$(id -u)-$(cksum "$archive" | tr ' ' - | cut -d- -f1,2)
    if [ ! -d "$work" ]; then
        local beside
        beside=$(mktemp -d "$work.XXXXXX")
        tar --extract --gzip --no-same-owner --file "$archive" --directory "$beside"
        mv -T "$beside" "$work" 2>/dev/null || rm -rf "$beside" # somebody else's is as good
    fi
    # shellcheck source=scripts/gpu-check-parts.sh
    . "$work/DenseNetRaw/scripts/gpu-check-parts.sh"
}

# What the parts find in the environment: the unpacked runtime, and the GPU's libraries or the emulation.
prepare() {
    unpack
    tests=$work/DenseNetRaw/artifacts/bin/DenseNetRaw.Tests/release/DenseNetRaw.Tests
    densenet=$work/DenseNetRaw/artifacts/bin/DenseNetRaw.Cli/release/densenet
    export DOTNET_ROOT=$work/dotnet PATH=$work/dotnet:$PATH DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 \
        DOTNET_CLI_TELEMETRY_OPTOUT=1 PYTHONUNBUFFERED=1 DENSENET_KERNEL_CACHE=$work/kernel-cache
    local folder
    for folder in $(tr : ' ' <<<"${DENSENET_CUDA_LIBRARIES:-}"); do
        [ ! -f "$folder/libkernels.so" ] || { emulated=true EMULATION_LIBRARIES=$folder; }
    done
    if [ -n "$emulated" ]; then
        export EMULATION_LIBRARIES=${EMULATION_LIBRARIES:-$root/artifacts/emulation}
        [ -f "$EMULATION_LIBRARIES/libcuda.so.1" ] || [ -n "$root" ] \
            || fail "there is no emulation in '$EMULATION_LIBRARIES'; name its folder in EMULATION_LIBRARIES"
        [ -f "$EMULATION_LIBRARIES/libcuda.so.1" ] || "$root/tests/emulation/build.sh" "$EMULATION_LIBRARIES"
        export DENSENET_CUDA_LIBRARIES=$EMULATION_LIBRARIES
    else
        export EMULATION_LIBRARIES=none
        [ -z "${PYTHON:-}" ] || add_libraries_of_python
    fi
}

# The folders for packages of the Python that PyTorch is looked for in.
python_packages() {
    "${PYTHON:-python3}" -c 'import sys; print(*(p for p in sys.path if p.endswith("-packages")), sep="\n")' 2>/dev/null || true
}

# CUDA's libraries in its packages are found without its environment being active.
add_libraries_of_python() {
    local packages folder
    while IFS= read -r packages; do
        for folder in "$packages"/nvidia/*/lib "$packages/torch/lib"; do
            [ ! -d "$folder" ] || [[ ":${DENSENET_CUDA_LIBRARIES:-}:" = *":$folder:"* ]] \
                || export DENSENET_CUDA_LIBRARIES=${DENSENET_CUDA_LIBRARIES:+$DENSENET_CUDA_LIBRARIES:}$folder
        done
    done < <(python_packages)
}

warn_of_openssl() {
    local known
    known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true)
    [[ $known = *libcrypto.so* ]] || compgen -G "/usr/lib*/libcrypto.so*" >/dev/null \
        || echo "gpu-check.sh: no system's OpenSSL was found, and .NET's SHA-256 needs its libssl and libcrypto;" \
            "if what follows fails for want of them, name a folder that has them in LD_LIBRARY_PATH" >&2
}

# Out of the list of devices in JSON.
why_unusable() { sed "s/.*\"name\":\"cuda[^}]*\"description\":\"\([^\"]*\)\".*/\1/;s/\\\\u0027/'/g"; }

find_machine() {
    local devices card=null
    devices=$("$densenet" devices --json)
    if [ -z "$emulated" ]; then
        card=$(quoted "$(nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit \
            --format=csv,noheader 2>&1 || true)")
        grep -q '"name":"cuda:0","isUsable":true' <<<"$devices" \
            || fail "no GPU can be used: $(why_unusable <<<"$devices")"
    fi
    machine="{\"commit\":$(quoted "$(cat "$work/DenseNetRaw/commit")"),\"emulated\":${emulated:-false},\
\"system\":$(quoted "$(uname -srm), $(nproc) cores"),\"nvidiaSmi\":$card,\"devices\":$devices}"
}

# Part NAME is in STATE: the summary's line of it, and those that it has of others, also of earlier runs.
summarise() {
    local name=$1 state=$2 seconds=$3 message=$4 others=
    [ ! -f "$output/summary.json" ] \
        || others=$(sed -n "/^    {\"part\":\"$name\",/d;/^    {\"part\":/{s/,\$//;p}" "$output/summary.json")
    {
        printf '{\n  "machine": %s,\n  "parts": [\n' "$machine"
        printf '%s    {"part":"%s","status":"%s","seconds":%d,"message":%s}' "${others:+${others//$'\n'/$',\n'}$',\n'}" \
            "$name" "$state" "$seconds" "$(quoted "$message")"
        printf '\n  ]\n}\n'
    } >"$output/summary.json.new"
    mv "$output/summary.json.new" "$output/summary.json"
}

run_part() {
    local name=$1 code=0 started=$SECONDS state seconds message flags child log
    flags=(--output "$output" --limit "$limit" ${emulated:+--emulated})
    echo "== $name" | tee -a "$output/log.txt"
    : >"$GPU_CHECK_MESSAGE"
    summarise "$name" running 0 ""
    # In the background, because a shell that waits for a command does not hear that it should stop.
    exec 3> >(exec tee -a "$output/log.txt")
    log=$!
    timeout --kill-after=10 "$limit" "$BASH" "$script" "${flags[@]}" --part "$name" >&3 2>&1 &
    child=$!
    exec 3>&-
    trap 'kill "$child"; summarise "$name" stopped $((SECONDS - started)) "$(cat "$GPU_CHECK_MESSAGE")"; exit 130' INT TERM
    wait "$child" || code=$?
    trap - INT TERM
    wait "$log" || true
    seconds=$((SECONDS - started))
    message=$(cat "$GPU_CHECK_MESSAGE")
    case $code in
        0) state=passed ;;
        "$skipped") state=skipped ;;
        124 | 137) state="timed out" ;;
        *) state=failed ;;
    esac
    summarise "$name" "$state" "$seconds" "$message"
    echo "== $name: $state in $seconds s${message:+, $message}" | tee -a "$output/log.txt"
    case $state in failed | "timed out") return 1 ;; esac
}

run_parts() {
    local one name of result=0
    mkdir -p "$output"
    output=$(cd "$output" && pwd)
    prepare
    warn_of_openssl
    find_machine
    GPU_CHECK_MESSAGE=$(mktemp)
    export GPU_CHECK_MESSAGE
    trap 'rm -f "$GPU_CHECK_MESSAGE"' EXIT
    for one in "$@"; do # results of a part are of its last run
        [[ $one = *:* ]] || rm -f "$output/$one.jsonl"
    done
    for one in "$@"; do
        case $one in
            torch-eager | torch-compiled)
                for of in $(torch_models); do
                    run_part "$one:$of" || result=1
                done ;;
            *) run_part "$one" || result=1 ;;
        esac
    done
    local skips
    skips=$(sed -n 's/.*"part":"\([^"]*\)","status":"skipped".*/\1/p' "$output/summary.json" | paste -s -d ' ')
    echo "results: $output${skips:+; skipped, so nothing is known of: $skips}"
    return "$result"
}

while [ $# -gt 0 ]; do
    case $1 in
        --output)
            [ -n "${2:-}" ] || fail "--output needs a folder" 2
            output=$2; shift 2 ;;
        --limit)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "--limit needs seconds, at least 1, found '${2:-}'" 2
            limit=$2; shift 2 ;;
        --emulated) emulated=true; shift ;;
        --no-build) build=; shift ;;
        --part) # within a run: this part, watched over by the process that started this one
            prepare
            deadline=$(($(date +%s) + limit))
            part_body "$2"
            exit ;;
        -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$script"; exit ;;
        -*) fail "$1 is no flag; see --help" 2 ;;
        *) break ;;
    esac
done

is_part() { [[ " ${parts[*]} " = *" $1 "* || $1 = torch-eager:?* || $1 = torch-compiled:?* ]]; }

case "${1:-}" in
    bundle)
        [ $# -le 2 ] || fail "bundle takes one folder, found ${*:2}" 2
        [ -z "${2:-}" ] || ! is_part "$2" || fail "'$2' is a part, and would be the bundle's folder; make the bundle first" 2 ;;
    run) [ $# -eq 1 ] || fail "run runs every part; without it, the parts that are named run" 2 ;;
    *)
        for word in "$@"; do
            is_part "$word" || fail "'$word' is no part; expected bundle or run alone, or some of ${parts[*]}" 2
        done ;;
esac
case "${1:-}" in
    "")
        [ -z "$root" ] || make_bundle "$bundle"
        run_parts "${parts[@]}" ;;
    bundle) make_bundle "${2:-$bundle}" ;;
    run) run_parts "${parts[@]}" ;;
    *) run_parts "$@" ;;
esac
