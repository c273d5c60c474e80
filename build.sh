#!/usr/bin/env bash
# Builds DenseNetRaw and passes further words on:
#   ./build.sh                 builds and says what it found
#   ./build.sh test            builds and runs every test, those of the Cpu backend once more with narrower vectors, and
#                              those of CUDA in each mode of their emulation
#   ./build.sh test FILTER     builds and runs, once, the tests whose full name contains FILTER
#   ./build.sh train [FLAGS]   builds and runs `densenet train`; likewise every other sub-command
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

found() { command -v "$1" >/dev/null 2>&1 && echo "$2" || echo "not found"; }

build() {
    local log
    if ! log=$(cd "$root" && dotnet build DenseNetRaw.sln --configuration Release --verbosity quiet -clp:NoSummary 2>&1); then
        echo "$log" >&2
        exit 1
    fi
}

# Compiles the CUDA kernels that changed, for the build to embed; says nothing where nothing did or nothing can.
make_ptx() {
    local fetched=$root/artifacts/nvrtc
    DENSENET_CUDA_LIBRARIES="$fetched${DENSENET_CUDA_LIBRARIES:+:$DENSENET_CUDA_LIBRARIES}" \
        "$root/artifacts/bin/densenet" kernels --ptx "$root/artifacts/ptx" 2>/dev/null \
        || "$root/scripts/make-ptx.sh" 2>/dev/null || true
}

if ! command -v dotnet >/dev/null 2>&1; then
    echo "build.sh: the .NET SDK of global.json is needed and 'dotnet' is not on the PATH" >&2
    exit 1
fi

[ -t 2 ] && echo "building…" >&2
build

# A launcher, because the program must lie beside its libraries.
cat >"$root/artifacts/bin/densenet" <<'LAUNCHER'
#!/usr/bin/env bash
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/DenseNetRaw.Cli/release/densenet" "$@"
LAUNCHER
chmod +x "$root/artifacts/bin/densenet"

[ -z "$(make_ptx)" ] || build

case "${1:-}" in
    "")
        echo "SDK        $(dotnet --version)"
        echo "g++        $(found g++ "$(g++ --version 2>/dev/null | head -n 1)")"
        echo "nvcc       $(found nvcc "$(nvcc --version 2>/dev/null | tail -n 1)")"
        echo "NVRTC      $(ldconfig -p 2>/dev/null | grep -m 1 -o 'libnvrtc\.so[^ ]*' || echo "not found")"
        echo "GPU        $(found nvidia-smi "$(nvidia-smi -L 2>/dev/null | head -n 1)")"
        "$root/artifacts/bin/densenet" devices
        echo "built: artifacts/bin/densenet"
        ;;
    test)
        shift
        tests=("$root/artifacts/bin/DenseNetRaw.Tests/release/DenseNetRaw.Tests" --progress off --no-ansi)
        [ -z "${1:-}" ] || exec "${tests[@]}" --filter "FullyQualifiedName~$1"
        status=0
        "${tests[@]}" || status=$?
        for instructions in AVX512 HWIntrinsic; do
            echo "the cpu backend without $instructions:"
            env "DOTNET_Enable$instructions=0" "${tests[@]}" --filter "FullyQualifiedName~Backends.Cpu" || status=$?
        done
        "$root/tests/emulation/run.sh" lazy reverse sanitized || status=$?
        exit "$status"
        ;;
    *)
        exec "$root/artifacts/bin/densenet" "$@"
        ;;
esac
