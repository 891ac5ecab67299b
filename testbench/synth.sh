#!/usr/bin/env bash
# Cells of each module by Yosys, into DIR/synth.csv and as a table.  Usage: testbench/synth.sh DIR
#
# Each module alone, hierarchy kept, mapped to simple gates; memories are counted in bits and never mapped
# (a 4,096-byte bank as cells takes half a minute and says nothing).  Sizes are those of the modules'
# own parameter defaults (array 4 x 4).  These are gates of no technology: relative sizes, no areas.
# capsacc_pe_fixed and capsacc_array_fixed have their settings tied, so that what only they need goes.  The last rows say
# which share of a PE's and of the whole 4 x 4 array's cells (skew and deskew with it) the multipliers are.
set -euo pipefail

dir=${1:?usage: testbench/synth.sh DIR}
mkdir -p "$dir"
if ! command -v yosys >/dev/null; then
	echo "synth: yosys is missing: install the package yosys" >&2
	exit 3
fi
mapfile -t files < <(grep -v '^//' rtl/capsacc.f)

synth() { # MODULE[.KIND] [PASS...]: passes before it is mapped; KIND: in files of its own
	local top=${1%.*}
	yosys -q -p "read_verilog -sv -DSYNTHESIS ${files[*]} rtl/mul/exact/capsacc_mul.sv testbench/unit/pe_fixed.sv
		hierarchy -check -top $top; proc; ${*:2} opt -fast; tee -o $dir/$1.mem stat; memory -nomap; opt -fast
		techmap; simplemap; opt -fast; tee -o $dir/$1.stat stat" >"$dir/$1.log" 2>&1 ||
		{ echo "synth: $1: $(grep -m1 ERROR "$dir/$1.log")" >&2; return 1; }
}

# What `stat` says of the module itself: children are counted in their own rows.
own() { # MODULE[.KIND] FILE PATTERN
	awk -v m="${1%.*}" -v pattern="$3" '
		/^=== / { on = $2 == m }
		on && /Number of memory bits/ && pattern == "bits" { n += $NF }
		on && $1 ~ /^\$_/ && $1 ~ pattern { n += $2 }
		END { print n + 0 }' "$2"
}

row() { # MODULE; registers at a memory's port belong to the memory
	echo "${1/./ },$(own "$1" "$dir/$1.stat" .),$(own "$1" "$dir/$1.stat" DFF),$(own "$1" "$dir/$1.mem" bits)"
}

out=$dir/synth.csv
echo "module,cells,flip_flops,memory_bits" >"$out"
failed=0
for file in rtl/mul/exact/capsacc_mul.sv "${files[@]}"; do
	module=$(basename "$file" .sv)
	[ "$module" != capsacc_pkg ] || continue
	if synth "$module"; then row "$module" >>"$out"; else failed=1; fi
done

# Flat but for the multipliers.
keep="setattr -mod -set keep_hierarchy 1 *capsacc_mul; flatten; opt -full;"
for module in capsacc_pe_fixed capsacc_array.flat capsacc_array_fixed.flat; do
	if synth $module "$keep"; then row $module >>"$out"; else failed=1; fi
done
awk -F, '{ printf "%-28s %8s %11s %12s\n", $1, $2, $3, $4 }' "$out"

share() { # NAME ROW MULTIPLIERS
	awk -F, -v name="$1" -v row="$2" -v count="$3" '
		$1 == "capsacc_mul" { m = count * $2 }
		$1 == row { rest = $2 }
		END { if (m && rest) printf "multipliers of %s: %.1f %% of %d cells\n", name, 100 * m / (m + rest), m + rest }' "$out"
}
{
	share "a PE" capsacc_pe 1
	share "a PE with fixed widths" capsacc_pe_fixed 1
	share "the array" "capsacc_array flat" 16
	share "the array with fixed widths" "capsacc_array_fixed flat" 16
} | tee "$dir/synth-shares.txt"
exit $failed
