#!/usr/bin/env bash
# Cells of each module by Yosys, into DIR/synth.csv and as a table.  Usage: testbench/synth.sh DIR
#
# Each module alone, hierarchy kept, mapped to simple gates; memories are counted in bits and never mapped
# (a 4,096-byte bank as cells takes half a minute and says nothing).  Sizes are those of the modules'
# own parameter defaults (array 4 x 4).  These are gates of no technology: relative sizes, no areas.
# capsacc_pe_fixed is a PE whose settings are tied, so that what only they need goes.
set -euo pipefail

dir=${1:?usage: testbench/synth.sh DIR}
mkdir -p "$dir"
if ! command -v yosys >/dev/null; then
	echo "synth: yosys is missing: install the package yosys" >&2
	exit 3
fi
mapfile -t files < <(grep -v '^//' rtl/capsacc.f)

synth() { # MODULE [PASS...]: passes before it is mapped
	yosys -q -p "read_verilog -sv -DSYNTHESIS ${files[*]} rtl/mul/exact/capsacc_mul.sv testbench/unit/pe_fixed.sv
		hierarchy -check -top $1; proc; ${*:2} opt -fast; tee -o $dir/$1.mem stat; memory -nomap; opt -fast
		techmap; simplemap; opt -fast; tee -o $dir/$1.stat stat" >"$dir/$1.log" 2>&1 ||
		{ echo "synth: $1: $(grep -m1 ERROR "$dir/$1.log")" >&2; return 1; }
}

# What `stat` says of the module itself: children are counted in their own rows.
own() { # MODULE FILE PATTERN
	awk -v m="$1" -v pattern="$3" '
		/^=== / { on = $2 == m }
		on && /Number of memory bits/ && pattern == "bits" { n += $NF }
		on && $1 ~ /^\$_/ && $1 ~ pattern { n += $2 }
		END { print n + 0 }' "$2"
}

row() { # MODULE; registers at a memory's port belong to the memory
	echo "$1,$(own "$1" "$dir/$1.stat" .),$(own "$1" "$dir/$1.stat" DFF),$(own "$1" "$dir/$1.mem" bits)"
}

out=$dir/synth.csv
echo "module,cells,flip_flops,memory_bits" >"$out"
failed=0
for file in rtl/mul/exact/capsacc_mul.sv "${files[@]}"; do
	module=$(basename "$file" .sv)
	[ "$module" != capsacc_pkg ] || continue
	if synth "$module"; then row "$module" >>"$out"; else failed=1; fi
done
if synth capsacc_pe_fixed "setattr -mod -set keep_hierarchy 1 capsacc_mul; flatten; opt -full;"; then
	row capsacc_pe_fixed >>"$out"
else
	failed=1
fi
column -s, -t "$out"
awk -F, '$1 == "capsacc_mul" { m = $2 } $1 == "capsacc_pe_fixed" { p = $2 }
	END { if (m && p) printf "multiplier share of a PE with fixed widths: %.1f %% of %d cells\n", 100 * m / (m + p), m + p }' "$out"
exit $failed
