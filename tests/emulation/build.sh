#!/usr/bin/env bash
# build.sh FOLDER [FLAGS]: the stand-ins libcuda.so.1, libcublas.so.13, libcublasLt.so.13, libcudnn.so.9,
# libnvrtc.so.13 and libnvToolsExt.so.1, and the kernels of kernels/*.cu in libkernels.so, all in FOLDER, and libcudnn.so.8 in FOLDER/cudnn8.
# FLAGS go to g++, as -fsanitize=address,undefined, and those of KERNEL_FLAGS where kernels are compiled, as --coverage.
# Only what changed is compiled again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$(cd "$here/../../kernels" && pwd)
mkdir -p "$1/cudnn8"
out=$(cd "$1" && pwd)
shift
flags=(-std=c++20 -O2 -g1 -fPIC -pthread -fno-strict-aliasing -mtls-dialect=gnu2 -Wall -Wextra "$@"
       -DDENSENETRAW_EMULATION -I"$here" -I"$kernels")
read -ra kernel_flags <<<"${KERNEL_FLAGS:-}"
all="${flags[*]} ${kernel_flags[*]}"
[ "$(cat "$out/flags" 2>/dev/null)" = "$all" ] || rm -f "$out"/*.o "$out/built"
echo "$all" >"$out/flags"
# Every test run asks. A folder is newer too, once a file in it is gone.
[ ! -f "$out/built" ] || [ -n "$(find "$here" "$kernels" -newer "$out/built" -print -quit)" ] || exit 0
touch "$out/built.new"

# Compiles $1 to $2 unless $2 is newer than the source $3 and every header; what follows are further flags.
compile() {
    [ ! -f "$2" ] || [ -n "$(find "$1" "$3" "$here"/*.h "$kernels"/*.cuh -newer "$2" -print -quit)" ] || return 0
    g++ "${flags[@]}" "${@:4}" -c "$1" -o "$2"
}

# The preprocessor shows the names that macros make; the file that is compiled registers each.
kernel() {
    local name=$out/$(basename "$1" .cu)
    {
        echo "#include \"$1\""
        g++ "${flags[@]}" -E -P -x c++ "$1" | tr '\n' ' ' \
            | grep -oP 'extern "C" __attribute__\(\(visibility\("default"\)\)\) void\s+\K\w+(?=\s*\()' \
            | sed 's/.*/EMULATED_KERNEL(&)/'
    } >"$name.new"
    if cmp -s "$name.new" "$name.cpp"; then rm "$name.new"; else mv "$name.new" "$name.cpp"; fi
    compile "$name.cpp" "$name.o" "$1" ${kernel_flags[@]+"${kernel_flags[@]}"}
}

# One compiler for each core and one more: two folders may be built at once, and a compiler takes 200 MB.
jobs=()
start() {
    "$@" &
    jobs+=($!)
    if [ "${#jobs[@]}" -gt "$(nproc)" ]; then
        wait "${jobs[0]}"
        jobs=("${jobs[@]:1}")
    fi
}
objects=()
for source in "$kernels"/*.cu "$here"/*.cu; do
    start kernel "$source"
    objects+=("$out/$(basename "$source" .cu).o")
done
for source in "$here"/*.cpp; do
    start compile "$source" "$out/$(basename "$source" .cpp).o" "$source"
done
for source in "$here"/cudnn*.cpp; do
    start compile "$source" "$out/$(basename "$source" .cpp).8.o" "$source" -DCUDNN_MAJOR=8
done
for job in "${jobs[@]}"; do wait "$job"; done

link() {
    local library=$1
    shift
    g++ "${flags[@]}" -shared -Wl,-soname,"${library##*/}" -Wl,-rpath,'$ORIGIN:$ORIGIN/..' -o "$out/$library.new" "$@"
    mv "$out/$library.new" "$out/$library" # a process that has the old one loaded keeps it
}
link libcuda.so.1 "$out"/cuda*.o "$out/block.o"
link libkernels.so ${kernel_flags[@]+"${kernel_flags[@]}"} "${objects[@]}" "$out/libcuda.so.1"
for library in cublas.so.13 nvrtc.so.13; do
    link "lib$library" "$out/${library%%.*}.o" "$out/libcuda.so.1"
done
link libnvToolsExt.so.1 "$out/nvtx.o"
link libcudnn.so.9 "$out/cudnn.o" "$out/cudnn_norm.o" "$out/libcuda.so.1"
link cudnn8/libcudnn.so.8 "$out/cudnn.8.o" "$out/cudnn_norm.8.o" "$out/libcuda.so.1"
ln -sf libcublas.so.13 "$out/libcublasLt.so.13"
mv "$out/built.new" "$out/built"
