#!/usr/bin/env bash
# make-ptx.sh [NVCC [FLAGS]]: PTX of every kernel for compute capability 7.5 and 8.0, in artifacts/ptx, from where the
# next build takes it into the assembly; it is used where there is no NVRTC. Each file begins with the SHA-256 of what
# it was made of (KernelSources.Fingerprint), so that PTX of an older state of a kernel is never run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
nvcc=${1:-$(command -v nvcc || echo "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc")}
if ! [ -x "$nvcc" ]; then
    echo "make-ptx.sh: there is no nvcc on the PATH, in CUDA_HOME or in /usr/local/cuda" >&2
    exit 1
fi
out=$root/artifacts/ptx
rm -rf "$out"
mkdir -p "$out"
export LC_ALL=C # the order of the headers
cd "$root/kernels"
shopt -s nullglob
for source in *.cu; do
    made_of=$(cat *.cuh "$source" | sha256sum | cut -d ' ' -f 1)
    for architecture in compute_75 compute_80; do
        ptx=$out/${source%.cu}.$architecture.ptx
        "$nvcc" -ptx -std=c++17 -arch="$architecture" "${@:2}" -o "$ptx.new" "$source"
        { echo "// made of $made_of"; cat "$ptx.new"; } >"$ptx"
        rm "$ptx.new"
    done
done
echo "$(ls "$out" | wc -l) files in artifacts/ptx; the next build embeds them"
