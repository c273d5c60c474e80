#!/usr/bin/env bash
# gpu-check-bundle.sh FOLDER: makes FOLDER/gpu-check.sh and FOLDER/bundle.tar.gz out of what was built; see gpu-check.sh.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
target=$1
largest_bundle=$((60 << 20))

fail() {
    echo "gpu-check.sh: $1" >&2
    exit 1
}

for name in DenseNetRaw.Tests/release/DenseNetRaw.Tests DenseNetRaw.Cli/release/densenet; do
    [ -x "$root/artifacts/bin/$name" ] || fail "artifacts/bin/$name is not there; build it with ./build.sh"
done
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
runtime=$(find "$dotnet/shared/Microsoft.NETCore.App" -maxdepth 1 -name '10.*' | sort -V | tail -n 1)
[ -n "$runtime" ] || fail "no runtime of .NET 10 lies in $dotnet/shared/Microsoft.NETCore.App"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
ln -s "$dotnet" "$stage/dotnet"
# The tests find their data by the solution above them, and shared by its design.md beside that.
mkdir -p "$stage/DenseNetRaw" "$stage/shared/data"
commit=$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null) || commit=unknown
echo "$commit" >"$stage/DenseNetRaw/commit"
touch "$stage/DenseNetRaw/DenseNetRaw.sln" "$stage/shared/design.md"
for name in artifacts benchmarks scripts tests; do
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
tar --create --dereference --owner=0 --group=0 --exclude='*.xml' --exclude='*/??' --exclude='pt-BR' --exclude='zh-Han?' \
    --exclude=test_batch.bin \
    --directory "$stage" DenseNetRaw/commit DenseNetRaw/DenseNetRaw.sln shared \
    dotnet/dotnet dotnet/host "dotnet/shared/Microsoft.NETCore.App/$(basename "$runtime")" \
    DenseNetRaw/artifacts/bin/DenseNetRaw.{Cli,Tests}/release \
    DenseNetRaw/benchmarks/peers DenseNetRaw/scripts/gpu-check-parts.sh \
    DenseNetRaw/tests/DenseNetRaw.Tests/Golden/make_golden.py \
    | gzip -6 >"$target/bundle.tar.gz.new"
mv "$target/bundle.tar.gz.new" "$target/bundle.tar.gz"
cp "$scripts/gpu-check.sh" "$target/gpu-check.sh"
bytes=$(stat -c %s "$target/bundle.tar.gz" "$target/gpu-check.sh" | awk '{ sum += $1 } END { print sum }')
[ "$bytes" -le "$largest_bundle" ] || fail "the bundle has $bytes bytes; at most $largest_bundle can be carried"
echo "$target: $((bytes >> 20)) MiB ($bytes bytes), commit $commit"
