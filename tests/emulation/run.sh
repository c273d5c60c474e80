#!/usr/bin/env bash
# run.sh [MODE…]: the CUDA tests on the emulation, in every mode or those named: plain, lazy (streams do nothing until
# somebody waits for them), reverse (threads and blocks from the last to the first), sanitized (address and undefined
# behaviour), coverage (which lines of the kernels no test reaches). The tests must have been built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=("$root/artifacts/bin/DenseNetRaw.Tests/release/DenseNetRaw.Tests" --progress off --no-ansi --filter)
cuda="FullyQualifiedName~DenseNetRaw.Tests.Cuda"
tests=("${program[@]}" "$cuda|FullyQualifiedName~OperationCaseTests|FullyQualifiedName~CudaBackend_")

for mode in "${@:-plain lazy reverse sanitized}"; do
    for one in $mode; do
        echo "emulated CUDA, $one:"
        case $one in
            plain) "${tests[@]}" ;;
            lazy) EMULATION_LAZY=1 "${tests[@]}" ;;
            reverse) EMULATION_REVERSE=1 "${tests[@]}" ;;
            sanitized)
                folder=$root/artifacts/emulation-sanitized
                "$here/build.sh" "$folder" -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
                # The runtime's own signals and stacks are not the sanitizer's business.
                sanitized=(env EMULATION_LIBRARIES="$folder"
                           LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)"
                           ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigfpe=0:use_sigaltstack=0)
                planted=("${sanitized[@]}" EMULATION_PLANTED=1 "${program[@]}" "$cuda.Kernels.EmulationTests.WriteOutside")
                report=$("${planted[@]}" 2>&1) || true
                if ! grep -q "AddressSanitizer: heap-buffer-overflow" <<<"$report"; then
                    echo "run.sh: the sanitizer missed the planted write outside an allocation" >&2
                    exit 1
                fi
                "${sanitized[@]}" "${tests[@]}"
                ;;
            coverage)
                folder=$root/artifacts/emulation-coverage
                "$here/build.sh" "$folder" --coverage -O0
                find "$folder" -name '*.gcda' -delete
                EMULATION_LIBRARIES=$folder "${tests[@]}"
                (cd "$folder" && gcov --no-output --source-prefix "$root" --relative-only ./*.gcda 2>/dev/null) \
                    | sed -n "/^File 'kernels\//{N;s/^File '\(.*\)'\nLines executed:/\1 /p}" | sort -u
                ;;
            *) echo "run.sh: '$one' is no mode; expected plain, lazy, reverse, sanitized or coverage" >&2; exit 2 ;;
        esac
    done
done
