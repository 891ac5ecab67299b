#!/usr/bin/env bash
# Compile every source of sim/ for aarch64 with clang, with the project's warnings as errors; nothing
# is linked or run.  There the engines take the portable kernels, the ones that tests/unit/test_matmul.c
# and test_routing_kernel.c hold to the definition on any machine; clang makes NEON code of their loops.
# From the repository root.  The headers of libraries are those of this machine, the C library's are
# Debian's libc6-dev-arm64-cross.
set -euo pipefail

cross=/usr/aarch64-linux-gnu/include
[ -d "$cross" ] || { echo "aarch64.sh: $cross is missing: tests/deps.sh aarch64" >&2; exit 3; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

flags=(--target=aarch64-linux-gnu -isystem "$cross" -idirafter /usr/include
	-idirafter "/usr/include/$(uname -m)-linux-gnu" -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion
	-Wstrict-prototypes -Wvla -Werror -ffp-contract=off -D_POSIX_C_SOURCE=200809L -Isim)
files=0 vectors=0
for source in sim/*/*.c; do
	level=-O2
	[[ $source != sim/engine/* ]] || level=-O3
	clang "${flags[@]}" "$level" -S -o "$out/file.s" "$source"
	files=$((files + 1))
	! grep -qE '\bv[0-9]+\.(16b|8h|4s|2d)' "$out/file.s" || vectors=$((vectors + 1))
done
[ "$files" -gt 0 ] || { echo "aarch64.sh: no sources" >&2; exit 1; }
echo "$files sources of sim/ compile for aarch64; $vectors of them use NEON"
