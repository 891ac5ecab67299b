#!/usr/bin/env bash
# An import of EvoApprox8B is taken whole or leaves the library as it was.
. tests/tap.sh

# A folder as EvoApprox8B's with three of its multipliers, from what the library's manifest says of them.
mkdir -p "$tmp/in/tables"
python3 - "$tmp/in" <<'PYTHON'
import re, sys
entries = open("mul8u_lib/manifest.yaml").read().split("  - name: ")[1:]
with open(sys.argv[1] + "/mul8u.csv", "w") as out:
	out.write("name,pdk45_pwr_mW,pdk45_area_um2,pdk45_delay_ns,mae_pct,mae,wce_pct,wce,wcre_pct,ep_pct,"
		"mre_pct,mse,zero_operand_exact,symmetric,sha256\n")
	for entry in entries:
		value = dict(re.findall(r'(\w+): "?([^"\n]*)', "name: " + entry))
		name = value["name"]
		if name not in ("1JFF", "NGR", "QKX"):
			continue
		out.write(",".join(["mul8u_" + name] + [value[k] for k in "power_mw area_um2 delay_ns mae_pct mae "
			"wce_pct wce wcre_pct ep_pct mre_pct mse".split()] + ["yes", "yes", value["sha256"]]) + "\n")
		data = open("mul8u_lib/" + value["file"], "rb").read()
		open(f"{sys.argv[1]}/tables/mul8u_{name}.bin", "wb").write(data)
PYTHON
cp mul8u_lib/add8u.csv "$tmp/in/"

new_home() { # a library with another multiplier and other adders
	rm -rf "$tmp/home"
	mkdir -p "$tmp/home/mul8u_lib"
	printf 'schema: capsacc-multipliers/1\nmultipliers: []\n' >"$tmp/home/mul8u_lib/manifest.yaml"
	"$CAPSACC_SIM" mul import --generate TRUNC1 --home "$tmp/home" >/dev/null
	echo mine >"$tmp/home/mul8u_lib/add8u.csv"
}

refused() { # WHAT MESSAGE: an import fails with it and leaves all files as they are
	before=$(cd "$tmp/home/mul8u_lib" && find . -type f -exec sha256sum {} + | sort)
	capsacc mul import --evoapprox "$tmp/in" --home "$tmp/home"
	same "$1 is refused" "$2" "$code|${err//$tmp/T}|$out"
	same "$1 leaves the library as it was" "$before" \
		"$(cd "$tmp/home/mul8u_lib" && find . -type f -exec sha256sum {} + | sort)"
}

new_home
mv "$tmp/in/add8u.csv" "$tmp/adders"
refused "a folder without adders" \
	"2|capsacc-sim: T/in/add8u.csv: cannot open: No such file or directory|"
mv "$tmp/adders" "$tmp/in/add8u.csv"

cp "$tmp/in/mul8u.csv" "$tmp/summary"
sed -n 3p "$tmp/summary" >>"$tmp/in/mul8u.csv"
refused "a name that is listed twice" \
	"2|capsacc-sim: T/in/mul8u.csv:5: $(sed -n 3p "$tmp/summary" | cut -d, -f1) is listed twice|"
cp "$tmp/summary" "$tmp/in/mul8u.csv"

last=$(sed -n 4p "$tmp/summary" | cut -d, -f1)
echo "the user's" >"$tmp/home/mul8u_lib/${last#mul8u_}.bin"
refused "a table where a file is that the manifest does not name" \
	"2|capsacc-sim: T/home/mul8u_lib/${last#mul8u_}.bin: is there, but not in the library's manifest: yours, to be moved away, or left by an import that was killed, to be removed|"

: >"$tmp/in/mul8u.csv"
refused "an empty summary" "2|capsacc-sim: T/in/mul8u.csv:1: expected the columns $(head -n 1 "$tmp/summary")|"
head -n 1 "$tmp/summary" >"$tmp/in/mul8u.csv"
refused "a summary of nothing" "2|capsacc-sim: T/in/mul8u.csv:2: expected a multiplier|"
cp "$tmp/summary" "$tmp/in/mul8u.csv"

many() { # COUNT: as many entries, of 200 bytes and more
	new_home
	for ((i = 0; i < $1; i++)); do
		printf '  - {name: E%d, file: E%d.bin, source: "%0120d", sha256: %064d}\n' $i $i 0 0
	done | cat <(printf 'schema: capsacc-multipliers/1\nmultipliers:\n') - >"$tmp/home/mul8u_lib/manifest.yaml"
}
many 1022
refused "what would overfill a library" "2|capsacc-sim: T/home/mul8u_lib: a library holds at most 1024 multipliers|"

many 1000
trap '' XFSZ # tables of 128 KiB fit below the limit, the manifest does not: as with a full disk
(
	ulimit -f 160
	"$CAPSACC_SIM" mul import --evoapprox "$tmp/in" --home "$tmp/home" >"$tmp/full" 2>&1
	echo $? >>"$tmp/full"
)
same "a manifest that cannot be written leaves no table behind, and the adders" \
	"capsacc-sim: T/home/mul8u_lib/manifest.yaml: cannot write: File too large 3|TRUNC1.bin add8u.csv manifest.yaml|mine" \
	"$(sed "s|$tmp|T|" "$tmp/full" | xargs)|$(cd "$tmp/home/mul8u_lib" && LC_ALL=C echo *)|$(cat "$tmp/home/mul8u_lib/add8u.csv")"

new_home
capsacc mul import --evoapprox "$tmp/in" --home "$tmp/home"
same "a good one is taken, adders included" "0|0|1JFF NGR QKX|" "$code|$(
	cmp -s mul8u_lib/add8u.csv "$tmp/home/mul8u_lib/add8u.csv"; echo $?)|$(cut -d: -f1 <<<"$out" | sort | xargs)|$(
	ls "$tmp/home/mul8u_lib" | grep -F .old)"
finish
