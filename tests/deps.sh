#!/usr/bin/env bash
# Install the Debian packages that are missing.  Usage: tests/deps.sh build|test|tlm|rtl|fuzz|bench|guard|aarch64...
# Asks nothing, touches the network only when something is missing, needs root or sudo only then.
set -euo pipefail

packages() {
	case $1 in
	build) echo gcc libc6-dev make libyaml-dev libcjson-dev zlib1g-dev libopenblas-dev libmd-dev ;;
	test) echo libcmocka-dev libmatio-dev python3 python3-torch python3-yaml gnuplot-nox ;;
	tlm) echo libsystemc-dev g++ ;;
	rtl) echo verilator libsystemc-dev yosys g++ make ;;
	fuzz) echo clang libclang-rt-14-dev ;;
	bench) echo libdnnl-dev ;; # oneDNN, to compare with
	guard) echo valgrind ;;
	aarch64) echo clang libc6-dev-arm64-cross ;;
	*) echo "deps.sh: $1: use build, test, tlm, rtl, fuzz, bench, guard or aarch64" >&2 && exit 2 ;;
	esac
}

wanted=()
for group in "$@"; do
	list=$(packages "$group")
	read -ra names <<<"$list"
	wanted+=("${names[@]}")
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "deps.sh: not a Debian system; if the build fails, install what these Debian packages hold:" \
		"${wanted[*]}" >&2
	exit 0
fi

missing=()
for name in "${wanted[@]}"; do
	state=$(dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | head -n 1 || true)
	[ "$state" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "deps.sh: neither root nor sudo; ask an administrator for: apt-get install ${missing[*]}" >&2
		exit 3
	fi
	as_root=(sudo)
fi

apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y
	-o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing ${missing[*]} ..."
if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1
then
	cat "$log" >&2
	echo "deps.sh: could not install ${missing[*]}" >&2
	exit 3
fi
