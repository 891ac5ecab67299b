#!/usr/bin/env bash
# Does every source of sim/ compile for aarch64, too?  Where clang and its headers are (`make check-aarch64`).
. tests/tap.sh

question="every source of sim/ compiles for aarch64"
if ! command -v clang >/dev/null || [ ! -d /usr/aarch64-linux-gnu/include ]; then
	skip "$question" "needs the packages clang and libc6-dev-arm64-cross: make check-aarch64"
elif said=$(bash tests/aarch64.sh 2>&1); then
	pass "$question"
else
	fail "$question" "$said"
fi
finish
