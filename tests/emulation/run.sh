#!/usr/bin/env bash
# run.sh MODE…: the CUDA tests on the emulation in each of these modes, side by side and in all of them: plain, lazy
# (streams do nothing until somebody waits for them), reverse (threads and blocks from the last to the first; in it is
# also counted which lines of the kernels no test reaches), sanitized (address and undefined behaviour). The tests must
# have been built. Where the emulation cannot be, a sentence says so and nothing is run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=("$root/artifacts/bin/DenseNetRaw.Tests/release/DenseNetRaw.Tests" --progress off --no-ansi --filter)

# Everything that runs kernels, but for the golden runs, which are long. What is the same in every mode is left out:
# compilers, other stand-ins, and poisoned plays, which wait after every call.
named() { echo "FullyQualifiedName$1"; }
cuda=$(named ~DenseNetRaw.Tests.Cuda)
others=$(named '!~Nvrtc')\&$(named '!~PtxFolder')\&$(named '!~KernelCompiler')\&$(named '!~DevicesOnStandIns')
others+="&$(named '!~PlayedPoisoned')"
filter="($cuda|$(named ~OperationCaseTests))&$others"
tests=("${program[@]}" "$filter")
# Where code runs slowly, kernel by kernel and in small networks; plain and lazy play the others too.
slow="$cuda&$others&$(named '!~CudaNetworkTests')&$(named '!~CudaFusedNetworkTests')&$(named '!~CudaCommand')"
slow+="&$(named '!~OtherLibraries')&$(named '!~NvtxTests')"

plain() { "${tests[@]}"; }

lazy() { EMULATION_LAZY=1 "${tests[@]}"; }

sanitized() {
    local folder=$root/artifacts/emulation-sanitized asan ubsan planted report
    asan=$(g++ -print-file-name=libasan.so) ubsan=$(g++ -print-file-name=libubsan.so)
    if ! [ -e "$asan" ] || ! [ -e "$ubsan" ]; then
        echo "run.sh: g++ has no sanitizers here; the tests do not run under them" >&2
        return 0
    fi
    "$here/build.sh" "$folder" -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined || return 1
    # The runtime's own signals and stacks are not the sanitizer's business.
    local -x EMULATION_LIBRARIES=$folder LD_PRELOAD=$asan:$ubsan
    local -x ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigfpe=0:use_sigaltstack=0
    planted=EmulationTests.WriteOutside
    report=$(EMULATION_PLANTED=1 "${program[@]}" "$(named "~$planted")" 2>&1)
    if ! grep -q "AddressSanitizer: heap-buffer-overflow" <<<"$report"; then
        echo "run.sh: the sanitizer missed the planted write outside an allocation" >&2
        return 1
    fi
    "${program[@]}" "$slow&$(named "!~$planted")"
}

# A line counts as reached if any instance of its template, in any file that includes it, reached it.
reverse() {
    local folder=$root/artifacts/emulation-coverage status=0
    KERNEL_FLAGS="--coverage -O1" "$here/build.sh" "$folder" || return 1
    find "$folder" -name '*.gcda' -delete
    EMULATION_LIBRARIES=$folder EMULATION_REVERSE=1 "${program[@]}" "$slow" || status=$?
    (cd "$folder" && gcov --stdout --source-prefix "$root" --relative-only ./*.gcda 2>/dev/null) | awk -F: '
        $2 + 0 == 0 { if ($3 == "Source") file = $4; next }
        file !~ /^kernels\// || $1 ~ /^ *-$/ { next }
        { line = file " " $2 + 0; known[line]; if ($1 !~ /[#=]/) reached[line] }
        END {
            for (line in known) {
                split(line, part, " ")
                files[part[1]]++
                total++
                if (line in reached) { hits[part[1]]++; hit++ } else missing[part[1]] = missing[part[1]] " " part[2]
            }
            for (file in files)
                printf "%s %.1f %%%s\n", file, 100 * hits[file] / files[file],
                    file in missing ? ", not reached: lines" missing[file] : "" | "sort"
            close("sort")
            if (total) printf "line coverage of the kernels: %.1f %% of %d lines\n", 100 * hit / total, total
        }'
    return "$status"
}

if ! command -v g++ >/dev/null || [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "run.sh: the emulation of CUDA is built with g++ on Linux and x86-64; its modes are not run" >&2
    exit 0
fi

for mode in "$@"; do
    case $mode in
        plain | lazy | reverse | sanitized) ;;
        *) echo "run.sh: '$mode' is no mode; expected plain, lazy, reverse or sanitized" >&2; exit 2 ;;
    esac
done

# Each alone leaves cores idle where kernels are serial; what they print comes one after the other.
prints=$(mktemp -d)
trap 'rm -rf "$prints"' EXIT
trap 'trap - TERM; rm -rf "$prints"; kill 0' INT TERM # what runs in the background hears no Ctrl-C
running=()
for mode in "$@"; do
    "$mode" >"$prints/$mode" 2>&1 &
    running+=($!)
done
failed=0
for mode in "$@"; do
    wait "${running[0]}" || { failed=1; echo "run.sh: the tests failed, $mode" >&2; }
    running=("${running[@]:1}")
    echo "emulated CUDA, $mode:"
    cat "$prints/$mode"
done
exit "$failed"
