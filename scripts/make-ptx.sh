#!/usr/bin/env bash
# make-ptx.sh [NVCC [FLAGS]]: PTX of every kernel for compute capability 7.5 and 8.0, in artifacts/ptx, made by nvcc in
# the form of `densenet kernels --ptx`, which build.sh prefers (PtxFolder, KernelSources.Fingerprint): the next build
# takes it into the assembly, where it is used if there is no NVRTC. Does nothing where it was done before.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
nvcc=${1:-$(command -v nvcc || echo "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc")}
if ! [ -x "$nvcc" ]; then
    echo "make-ptx.sh: there is no nvcc on the PATH, in CUDA_HOME or in /usr/local/cuda" >&2
    exit 1
fi
out=$root/artifacts/ptx
mkdir -p "$out"
export LC_ALL=C # the order of the headers
cd "$root/kernels"
shopt -s nullglob
for ptx in "$out"/*.ptx; do
    name=${ptx##*/}
    [ -f "${name%%.*}.cu" ] || rm "$ptx"
done
count=0
for source in *.cu; do
    made_of="// made of $(cat *.cuh "$source" | sha256sum | cut -d ' ' -f 1)"
    for architecture in compute_75 compute_80; do
        ptx=$out/${source%.cu}.$architecture.ptx
        [ "$(head -n 1 "$ptx" 2>/dev/null)" != "$made_of" ] || continue
        "$nvcc" -ptx -std=c++17 -arch="$architecture" "${@:2}" -o "$ptx.made" "$source"
        { echo "$made_of"; cat "$ptx.made"; } >"$ptx.new"
        mv "$ptx.new" "$ptx"
        rm "$ptx.made"
        count=$((count + 1))
    done
done
[ "$count" -eq 0 ] || echo "$count files of PTX in artifacts/ptx"
