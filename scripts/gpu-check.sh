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
# machine and each part's seconds and status: passed, failed, timed out, skipped, or running if all was cut off; log.txt, what
# was printed. Exit codes: 0 no part failed or was stopped, 1 one did, 2 wrong usage.
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
largest_bundle=$((60 << 20))
output=${OUT:-$(dirname "$bundle")/gpu-check-results}
limit=480
emulated=
build=yes

fail() {
    echo "gpu-check.sh: $1" >&2
    exit "${2:-1}"
}

# ---------------------------------------------------------------------------------------------------- the bundle

make_bundle() {
    [ -n "$root" ] || fail "a bundle is made in the repository, not from a bundle" 2
    [ -z "$build" ] || "$root/build.sh" >/dev/null
    local target=$1 dotnet runtime stage name above commit
    for name in DenseNetRaw.Tests/release/DenseNetRaw.Tests DenseNetRaw.Cli/release/densenet; do
        [ -x "$root/artifacts/bin/$name" ] || fail "artifacts/bin/$name is not there; build it with ./build.sh"
    done
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    runtime=$(find "$dotnet/shared/Microsoft.NETCore.App" -maxdepth 1 -name '10.*' | sort -V | tail -n 1)
    [ -n "$runtime" ] || fail "no runtime of .NET 10 lies in $dotnet/shared/Microsoft.NETCore.App"

    stage=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$stage'" EXIT
    ln -s "$dotnet" "$stage/dotnet"
    # The tests find their data by the solution above them, and shared by its design.md beside that.
    mkdir -p "$stage/DenseNetRaw" "$stage/shared/data"
    commit=$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null) || commit=unknown
    echo "$commit" >"$stage/DenseNetRaw/commit"
    touch "$stage/DenseNetRaw/DenseNetRaw.sln" "$stage/shared/design.md"
    for name in artifacts benchmarks tests; do
        ln -s "$root/$name" "$stage/DenseNetRaw/$name"
    done
    above=$root # a worktree lies deeper than the clone
    until [ -f "$above/shared/design.md" ] || [ "$above" = / ]; do
        above=$(dirname "$above")
    done
    for name in reference data/cifar10-mini; do
        [ ! -d "$above/shared/$name" ] || ln -s "$above/shared/$name" "$stage/shared/$name"
    done

    mkdir -p "$target"
    tar --create --dereference --exclude='*.xml' --exclude='*/??' --exclude='pt-BR' --exclude='zh-Han?' --exclude=test_batch.bin \
        --directory "$stage" DenseNetRaw/commit DenseNetRaw/DenseNetRaw.sln shared \
        dotnet/dotnet dotnet/host "dotnet/shared/Microsoft.NETCore.App/$(basename "$runtime")" \
        DenseNetRaw/artifacts/bin/DenseNetRaw.{Cli,Tests}/release \
        DenseNetRaw/benchmarks/peers DenseNetRaw/tests/DenseNetRaw.Tests/Golden/make_golden.py \
        | gzip -6 >"$target/bundle.tar.gz.new"
    mv "$target/bundle.tar.gz.new" "$target/bundle.tar.gz"
    [ "$script" -ef "$target/gpu-check.sh" ] || cp "$script" "$target/gpu-check.sh"
    local bytes
    bytes=$(stat -c %s "$target/bundle.tar.gz" "$target/gpu-check.sh" | awk '{ sum += $1 } END { print sum }')
    [ "$bytes" -le "$largest_bundle" ] || fail "the bundle has $bytes bytes; at most $largest_bundle can be carried"
    echo "$target: $((bytes >> 20)) MiB ($bytes bytes), commit $commit"
}

# Unpacks the bundle once, where it takes no part in what is carried.
unpack() {
    local archive=$bundle/bundle.tar.gz
    [ -f "$archive" ] || fail "there is no bundle in $bundle; make one with scripts/gpu-check.sh bundle"
    work=${TMPDIR:-/tmp}/densenet-gpu-check-$(id -u)-$(cksum "$archive" | tr ' ' - | cut -d- -f1,2)
    if [ ! -d "$work" ]; then
        local beside
        beside=$(mktemp -d "$work.XXXXXX")
        tar --extract --gzip --file "$archive" --directory "$beside"
        mv -T "$beside" "$work" 2>/dev/null || rm -rf "$beside" # somebody else's is as good
    fi
}

# ---------------------------------------------------------------------------------------------------- writing JSON

# The words as a JSON string.
quoted() {
    local text=$* backslash='\' quote='"'
    text=${text//"$backslash"/"$backslash$backslash"}
    text=${text//"$quote"/"$backslash$quote"}
    text=${text//$'\n'/"${backslash}n"}
    printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# Appends a line to the results of the part that runs.
line() { printf '%s\n' "$1" >>"$output/$part.jsonl"; }

# The part's word for the summary.
say() { printf '%s' "$*" >"$GPU_CHECK_MESSAGE"; }

# Seconds until the part must end, some of them for its own last words.
remaining() { echo $((deadline - $(date +%s) - 5)); }

# Runs a benchmark, which writes its document again after every measurement, and appends how it ended and what it wrote.
record() {
    local document errors name code=0 status=ok left words started=$SECONDS
    left=$(remaining)
    [ "$left" -gt 0 ] || stop
    document=$(mktemp) errors=$(mktemp)
    timeout --kill-after=5 $((left < 150 ? left : 150)) "$@" --output "$document" 2>&1 >/dev/null | tee "$errors" \
        || code=${PIPESTATUS[0]}
    case $code in
        0) ;;
        4) status="out of memory" ;;
        124 | 137) status="timed out" ;;
        *) status=failed ;;
    esac
    name="$(basename "$1") ${*:2}"
    words="\"part\":\"$part\",\"command\":$(quoted "$name"),\"status\":\"$status\",\"seconds\":$((SECONDS - started))"
    words+=",\"exitCode\":$code"
    [ "$code" = 0 ] || words+=",\"message\":$(quoted "$(tail -n 3 "$errors")")"
    [ ! -s "$document" ] || words+=",\"document\":$(tr -d '\n' <"$document")"
    line "{$words}"
    rm -f "$document" "$errors"
    echo "$status, $((SECONDS - started)) s: $name"
    count "$status"
}

# Counts a command for the part's word.
count() {
    ran=$((ran + 1))
    case $1 in failed | "timed out") failures=$((failures + 1)) ;; esac
    say "$ran commands, $failures failed"
}

stop() {
    say "$ran commands, $failures failed, no time for the rest"
    exit 124
}

# Ends a part of recorded commands.
finish() { [ "$failures" -eq 0 ]; }

skip() {
    line "{\"part\":\"$part\",\"status\":\"skipped\",\"reason\":$(quoted "$1")}"
    say "$1"
    echo "skipped: $1"
    exit "$skipped"
}
skipped=77

# ---------------------------------------------------------------------------------------------------- the parts

# Every test that plays on a device, one line each.
tests_part() {
    local filter="FullyQualifiedName~DenseNetRaw.Tests.Cuda|FullyQualifiedName~OperationCaseTests|FullyQualifiedName~CudaBackend_"
    # What `densenet devices` says of stand-ins is no matter of a GPU, and disturbed by real libraries.
    filter="($filter)&FullyQualifiedName!~DevicesOnStandInsTests"
    [ -z "$emulated" ] || filter="FullyQualifiedName~Cuda.DriverTests|FullyQualifiedName~Cuda.LaunchTests"
    "$tests" --progress off --no-ansi --output Detailed --zero-tests-policy strict --filter "$filter" 2>&1 | tests_as_json
}

tests_as_json() {
    local text passed=0 failed=0 ignored=0
    while IFS= read -r text; do
        if [[ $text =~ ^(passed|failed|skipped)\ (.*)\ \((([0-9]+)m\ )?(([0-9]+)s\ )?([0-9]+)ms\)$ ]]; then
            local result=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
            local milliseconds=$((60000 * 10#0${BASH_REMATCH[4]} + 1000 * 10#0${BASH_REMATCH[6]} + 10#0${BASH_REMATCH[7]}))
            line "{\"part\":\"tests\",\"result\":\"$result\",\"test\":$(quoted "$name"),\"milliseconds\":$milliseconds}"
            case $result in
                passed) passed=$((passed + 1)) ;;
                failed) failed=$((failed + 1)) ;;
                skipped) ignored=$((ignored + 1)) ;;
            esac
            say "$passed passed, $failed failed, $ignored skipped"
            [ "$result" = passed ] || printf '%s\n' "$text"
        else
            printf '%s\n' "$text"
        fi
    done
}

kernels_part() {
    local precision few=()
    [ -z "$emulated" ] || few=(--op norm-relu --shape 2,8,6,6 --launches 3)
    for precision in bf16 fp32 tf32; do
        record "$densenet" bench ops --device cuda --precision "$precision" "${few[@]}"
        record "$densenet" bench ops --device cuda --precision "$precision" --fused-products \
            --op norm-relu-convolution-1x1,norm-relu-convolution-1x1-backward "${few[@]:2}"
    done
    [ -n "$emulated" ] || record "$densenet" bench ops --device cuda --precision bf16 --sweep \
        --op norm-relu,norm-relu-backward,channel-statistics,channel-statistics-backward
    finish
}

steps_part() {
    local memory case precision precisions=(bf16 tf32 fp32) few=() cases=(
        "densenet-bc-100-12 64" "densenet-bc-100-12 256" "densenet-bc-190-40 64" "densenet121 64" "densenet121 256")
    [ -z "$emulated" ] || { cases=("densenet-bc-10-4 2") precisions=(bf16) few=(--steps 2 --warm-up 1); }
    for memory in slab slab-minimal; do
        for case in "${cases[@]}"; do
            for precision in "${precisions[@]}"; do
                record "$densenet" bench step --model "${case% *}" --batch-size "${case#* }" --device cuda \
                    --precision "$precision" --memory "$memory" --mode train "${few[@]}"
            done
        done
    done
    finish
}

# The Python that has PyTorch; the one of a shell's own environment need not.
find_torch() {
    local one
    for one in "${PYTHON:-python3}" /usr/bin/python3; do
        if "$one" -c 'import torch' 2>/dev/null; then
            python=$one
            return
        fi
    done
    skip "no PyTorch: python3 -c 'import torch' fails"
}

# torch_part MODES MODEL
torch_part() {
    local flags=(--modes "$1" --model "$2") code=0
    find_torch
    [ -z "$emulated" ] || flags+=(--device cpu --our-device cuda --precisions fp32 --rounds 1 --steps 2
                                   --our-flags "--steps 2 --warm-up 1")
    "$python" "$work/DenseNetRaw/benchmarks/peers/compare_gpu.py" "${flags[@]}" --densenet "$densenet" \
        --output "$output/$part.jsonl" || code=$?
    say "$(grep -c '"status": "ok"' "$output/$part.jsonl" || true) measurements"
    return "$code"
}

torch_models() {
    if [ -n "$emulated" ]; then echo tiny:4; else echo densenet-bc-100-12:64,256 densenet121:64,256 densenet-bc-190-40:64; fi
}

find_sanitizer() {
    local one
    [ -z "$emulated" ] || skip "compute-sanitizer needs a GPU; the emulation's is tests/emulation/run.sh sanitized"
    for one in "$(command -v compute-sanitizer || true)" /usr/local/cuda*/bin/compute-sanitizer \
        /usr/local/cuda*/compute-sanitizer/compute-sanitizer /opt/cuda/bin/compute-sanitizer; do
        if [ -x "$one" ]; then
            sanitizer=$one
            return
        fi
    done
    skip "compute-sanitizer was not found; it is part of the CUDA toolkit"
}

# The kernels one by one, then whole steps of a small network, under each tool.
sanitizer_part() {
    find_sanitizer
    local tool
    for tool in memcheck racecheck initcheck synccheck; do
        sanitize "$tool" "$tests" --progress off --no-ansi --filter "FullyQualifiedName~Cuda.Kernels.KernelTests"
        sanitize "$tool" "$densenet" bench step --model densenet-bc-10-4 --batch-size 2 --mode train --steps 2 --warm-up 1 \
            --device cuda
    done
    finish
}

# Each of the eight runs has its share of the time, so that every tool has a turn.
sanitize() {
    local tool=$1 report code=0 status=passed started=$SECONDS left summary
    shift
    left=$(remaining)
    [ "$left" -gt 0 ] || stop
    report=$(mktemp)
    timeout --kill-after=5 $((left / (8 - ran))) \
        "$sanitizer" --tool "$tool" --print-limit 20 --error-exitcode 86 "$@" >"$report" 2>&1 || code=$?
    tail -n 200 "$report"
    case $code in
        0) ;;
        124 | 137) status="timed out" ;;
        *) status=failed ;;
    esac
    summary=$(grep -E '(ERROR|RACECHECK) SUMMARY' "$report" | tail -n 1) || true
    line "{\"part\":\"$part\",\"tool\":\"$tool\",\"command\":$(quoted "$(basename "$1") ${*:2}"),\"status\":\"$status\",\
\"seconds\":$((SECONDS - started)),\"exitCode\":$code,\"summary\":$(quoted "$summary")}"
    rm -f "$report"
    count "$status"
}

# Runs one part in this process, which `run_part` watches over.
part_body() {
    part=${1%%:*}
    local of=
    [ "$part" = "$1" ] || of=${1#*:}
    ran=0 failures=0
    case $part in
        torch-eager) torch_part eager,channels_last,memory_efficient,cuda_graph "$of" ;;
        torch-compiled) torch_part compile,compile_graph "$of" ;;
        *) "${part}_part" ;;
    esac
}

# ---------------------------------------------------------------------------------------------------- running parts

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
    fi
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
    trap 'kill "$child"; exit 130' INT TERM
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
    echo "results: $output"
    return "$result"
}

# ---------------------------------------------------------------------------------------------------- the words

while [ $# -gt 0 ]; do
    case $1 in
        --output) output=${2:?--output needs a folder}; shift 2 ;;
        --limit) limit=${2:?--limit needs seconds}; shift 2 ;;
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

for word in "$@"; do
    [ "$word" != bundle ] || break
    [ "$word" = run ] || [[ " ${parts[*]} " = *" ${word%%:*} "* ]] \
        || fail "'$word' is no part; expected bundle, run, or some of ${parts[*]}" 2
done
case "${1:-}" in
    "")
        [ -z "$root" ] || (make_bundle "$bundle")
        run_parts "${parts[@]}" ;;
    bundle) make_bundle "${2:-$bundle}" ;;
    run) run_parts "${parts[@]}" ;;
    *) run_parts "$@" ;;
esac
