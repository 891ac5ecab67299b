#!/usr/bin/env bash
# An import that is interrupted ends the model that it runs, and leaves nothing behind.
. tests/tap.sh

mkdir -p "$tmp/home/mul8u_lib" "$tmp/work"
printf 'schema: capsacc-multipliers/1\nmultipliers: []\n' >"$tmp/home/mul8u_lib/manifest.yaml"
echo 'int f(int a, int b) { for (;;); }' >"$tmp/f.c"

# Processes whose folder is, or was, below $tmp/work.
below() {
	for process in /proc/[0-9]*; do
		folder=$(readlink "$process/cwd" 2>/dev/null) || continue
		[[ $folder != "$tmp/work/"* ]] || echo "${process#/proc/} $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)"
	done
}

# Start an import, wait until the compiled model runs, send SIGNAL to the program alone.
interrupt() { # SIGNAL
	TMPDIR=$tmp/work "$CAPSACC_SIM" mul import "$tmp/f.c" --name F --limit 120 --home "$tmp/home" \
		>"$tmp/out" 2>&1 </dev/null &
	pid=$!
	running=
	for _ in $(seq 600); do
		[[ $(below) != *" ./tabulate"* ]] || running=1
		[[ -z $running ]] || break
		sleep 0.1
	done
	[[ $running ]] || fail "the model runs" "$(below)" "$(cat "$tmp/out")"
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null
	code=$?
}

for signal in INT TERM HUP; do
	interrupt "$signal"
	same "SIG$signal during an import ends it with status 130, the model with it and its folder" \
		"130|capsacc-sim: interrupted||" "$code|$(cat "$tmp/out")|$(below)|$(ls "$tmp/work")"
done

# An import of a table, while somebody else holds the library's lock.
"$CAPSACC_SIM" mul export NGR "$tmp/t.bin"
exec 8>"$tmp/home/mul8u_lib/.lock"
flock 8
wait_for_the_lock() { # ARGUMENTS: start it, and wait until it says that it waits
	rm -f "$tmp/out"
	"$CAPSACC_SIM" mul import "$@" --home "$tmp/home" >"$tmp/waits" 2>"$tmp/out" </dev/null 8>&- &
	pid=$!
	for _ in $(seq 100); do
		[[ ! -s $tmp/out ]] || break
		sleep 0.1
	done
}
waiting="capsacc-sim: waiting for another import, which holds T/home/mul8u_lib/.lock"
wait_for_the_lock "$tmp/t.bin" --name T
kill -INT "$pid"
wait "$pid"
same "SIGINT ends an import that waits for another one, which it says once" \
	"130|$waiting capsacc-sim: interrupted||" \
	"$?|$(sed "s|$tmp|T|" "$tmp/out" | xargs)|$(cat "$tmp/waits")|$(ls "$tmp/home/mul8u_lib" | grep -F .bin)"
wait_for_the_lock --generate TRUNC4
flock -u 8
wait "$pid"
same "one that is not interrupted goes on when the other ends" "0|$waiting|TRUNC4" \
	"$?|$(sed "s|$tmp|T|" "$tmp/out" | xargs)|$(cut -d: -f1 "$tmp/waits")"

interrupt KILL
for _ in $(seq 100); do
	[[ $(below) ]] || break
	sleep 0.1
done
same "even a program that was killed leaves no model running" "" "$(below)"
finish
