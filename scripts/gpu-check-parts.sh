# gpu-check-parts.sh: the parts of gpu-check.sh, which reads this from its bundle and calls part_body. It has set output, work,
# tests and densenet (programs), emulated, deadline and skipped (an exit code), and GPU_CHECK_MESSAGE in the environment.
# shellcheck shell=bash disable=SC2154

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

# Runs a benchmark, which writes its document again after every measurement, and appends how it ended and what it wrote. A step
# for which cuDNN has no algorithm in the usual workspace is played with more: the line's command then has --workspace.
record() {
    local document errors name code=0 status=ok left words more= started=$SECONDS
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
    if [ "$status" = failed ] && [[ "$* " != *" --workspace "* ]] && grep -q 'give it more with --workspace' "$errors"; then
        status="too little workspace" more="--workspace 256MiB"
    fi
    name="$(basename "$1") ${*:2}"
    words="\"part\":\"$part\",\"command\":$(quoted "$name"),\"status\":\"$status\",\"seconds\":$((SECONDS - started))"
    words+=",\"exitCode\":$code"
    [ "$code" = 0 ] || words+=",\"message\":$(quoted "$(tail -n 3 "$errors")")"
    [ ! -s "$document" ] || words+=",\"document\":$(tr -d '\n' <"$document")"
    line "{$words}"
    rm -f "$document" "$errors"
    echo "$status, $((SECONDS - started)) s: $name"
    count "$status"
    # shellcheck disable=SC2086 # two words
    [ -z "$more" ] || record "$@" $more
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

# Every test that plays on a device, one line each; not those that are about files, stand-ins or the compiler alone.
tests_part() {
    local filter="FullyQualifiedName~DenseNetRaw.Tests.Cuda|FullyQualifiedName~OperationCaseTests|FullyQualifiedName~CudaBackend_"
    local one
    filter="($filter)"
    for one in DevicesOnStandInsTests Cuda.NvrtcTests Cuda.PtxFolderTests Cuda.LibrarySearchTests Cuda.LibraryPlacesTests \
        Cuda.KernelCompilerTests Cuda.NativeLayoutTests Cuda.LaunchShapeTests Kernels.EmulationTests Kernels.LibraryTests; do
        filter+="&FullyQualifiedName!~$one"
    done
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
    forget "$2"
    local before
    before=$(wc -l <"$output/$part.jsonl")
    [ -z "$emulated" ] || flags+=(--device cpu --our-device cuda --precisions fp32 --rounds 1 --steps 2
                                   --our-flags "--steps 2 --warm-up 1")
    "$python" "$work/DenseNetRaw/benchmarks/peers/compare_gpu.py" "${flags[@]}" --densenet "$densenet" \
        --output "$output/$part.jsonl" || code=$?
    local measured of_theirs
    measured=$(tail -n +$((before + 1)) "$output/$part.jsonl" | grep '"status": "ok"' || true)
    of_theirs=$(grep -c '"who": "pytorch"' <<<"$measured" || true)
    say "$of_theirs measurements of PyTorch, $(grep -c '"who": "densenetraw"' <<<"$measured" || true) of ours"
    [ "$code" -ne 0 ] || [ "$of_theirs" -gt 0 ] || exit "$skipped"
    return "$code"
}

# Drops what an earlier run of the part found for MODEL:BATCH[,BATCH]: results are of the last run.
forget() {
    local file=$output/$part.jsonl batch batches=64
    touch "$file"
    [[ $1 != *:* ]] || batches=${1#*:}
    for batch in ${batches//,/ }; do
        sed -i "/\"model\": \"${1%%:*}\", \"batchSize\": $batch,/d" "$file"
    done
}

torch_models() {
    if [ -n "$emulated" ]; then echo tiny:4; else echo densenet-bc-100-12:64,256 densenet121:64,256 densenet-bc-190-40:64; fi
}

# On the PATH, in CUDA toolkits, or among Python's packages.
find_sanitizer() {
    local one places=()
    [ -z "$emulated" ] || skip "compute-sanitizer needs a GPU; the emulation's is tests/emulation/run.sh sanitized"
    for one in ${CUDA_HOME:+"$CUDA_HOME"} ${CUDA_PATH:+"$CUDA_PATH"} /usr/local/cuda* /opt/cuda; do
        places+=("$one/bin/compute-sanitizer" "$one/compute-sanitizer/compute-sanitizer")
    done
    while IFS= read -r one; do
        places+=("$one"/nvidia/*/bin/compute-sanitizer "$one"/nvidia/*/compute-sanitizer/compute-sanitizer)
    done < <(python_packages)
    for one in "$(command -v compute-sanitizer || true)" "${places[@]}"; do
        if [ -x "$one" ]; then
            sanitizer=$one
            return
        fi
    done
    skip "compute-sanitizer was not found, so nothing was checked; it is part of the CUDA toolkit"
}

# Under each tool a few operations, of which each opens the device anew, and two steps of a tiny network in some precision.
sanitizer_part() {
    find_sanitizer
    local tool one precision filter=
    for one in SumAndProducts_OfAnyMix Sgd_OfNumbersThatBegin NotANumber_InRelu ChannelStatistics_OfAMean; do
        filter+="${filter:+|}FullyQualifiedName~Cuda.Kernels.KernelTests.$one"
    done
    for tool in memcheck:fp32,bf16,tf32 racecheck:bf16,fp32 initcheck:fp32,bf16 synccheck:bf16; do
        sanitize "${tool%:*}" "$tests" --progress off --no-ansi --zero-tests-policy strict --filter "$filter"
        for precision in $(tr , ' ' <<<"${tool#*:}"); do
            sanitize "${tool%:*}" "$densenet" bench step --model densenet-bc-10-4 --batch-size 2 --mode train --steps 2 \
                --warm-up 1 --device cuda --precision "$precision"
        done
    done
    finish
}

# Each of the twelve runs has its share of the time, so that every tool has a turn.
sanitize() {
    local tool=$1 report code=0 status=passed started=$SECONDS left summary
    shift
    left=$(remaining)
    [ "$left" -gt 0 ] || stop
    report=$(mktemp)
    timeout --kill-after=5 $((left / (12 - ran))) "$sanitizer" --tool "$tool" --target-processes all --print-limit 20 \
        --error-exitcode 86 "$@" >"$report" 2>&1 || code=$?
    tail -n 200 "$report"
    summary=$(grep -E '(ERROR|RACECHECK) SUMMARY' "$report" | tail -n 1) || true
    case $code in
        0) [ -n "$summary" ] || status=failed ;; # it was attached to nothing
        124 | 137) status="timed out" ;;
        *) status=failed ;;
    esac
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
        torch-eager) torch_part eager,channels_last,memory_efficient,memory_efficient_channels_last,cuda_graph "$of" ;;
        torch-compiled) torch_part compile,compile_graph "$of" ;;
        *) "${part}_part" ;;
    esac
}
