#!/usr/bin/env bash
# get-nvrtc.sh: NVIDIA's run-time compiler, 62 MB, unpacked into artifacts/nvrtc from the Debian archive that this
# machine already uses (its non-free part), so that the tests can compile the CUDA kernels for real. Installs nothing and
# needs no rights. Does nothing where it was done before; says in a sentence why it cannot.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/artifacts/nvrtc
[ ! -e "$target" ] || exit 0

fail() {
    echo "get-nvrtc.sh: $1; the tests that need NVRTC are skipped" >&2
    exit 1
}

sources=/etc/apt/sources.list.d/debian.sources
[ -r "$sources" ] && [ "$(uname -m)" = x86_64 ] || fail "this is no Debian machine of the kind it knows"
archive=$(sed -n 's/^URIs: *//p' "$sources" | head -n 1)
release=$(sed -n 's/^Suites: *\([^ ]*\).*/\1/p' "$sources" | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{sources,lists/partial,cache/archives/partial,unpacked}
cat >"$work/sources/non-free.sources" <<SOURCES
Types: deb
URIs: $archive
Suites: $release
Components: non-free
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
apt update || fail "its package list cannot be fetched"
names=$(apt-cache -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" pkgnames libnvrtc) || true
[ -n "$names" ] || fail "the archive's $release has no NVRTC"
# shellcheck disable=SC2086 # one word a package
(cd "$work" && apt download $names) || fail "it cannot be fetched"
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/unpacked"
done
mkdir -p "$root/artifacts" "$work/nvrtc"
cp -P "$work"/unpacked/usr/lib/*/libnvrtc* "$work/nvrtc"
mv "$work/nvrtc" "$target"
