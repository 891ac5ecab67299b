#!/usr/bin/env bash
# Is the RTL clean, does every module elaborate alone, and does Yosys read it?
. tests/tap.sh

if ! command -v verilator >/dev/null; then
	skip "every RTL module is clean and elaborates alone" "needs the package verilator"
	finish
fi

lint() { # MODULE FILE...
	local module=$1
	shift
	verilator --lint-only -Wall --top-module "$module" -y rtl rtl/lint.vlt rtl/capsacc_pkg.sv "$@" 2>&1
}

printf '// Eight bits into four.\nmodule broken (input logic [7:0] a_i, output logic [3:0] b_o);\n  assign b_o = a_i;\nendmodule\n' \
	>"$tmp/broken.sv"
case $(lint broken "$tmp/broken.sv") in
*WIDTH*) pass "the lint finds a width that does not fit" ;;
*) fail "the lint finds a width that does not fit" ;;
esac

for file in rtl/capsacc_*.sv rtl/mul/*/capsacc_mul.sv; do
	module=$(basename "$file" .sv)
	[ "$module" != capsacc_pkg ] || continue
	sources=("$file")
	case $file in
	rtl/mul/shared/*) sources=(rtl/mul/shared/capsacc_mul_pkg.sv "$file") ;;
	rtl/mul/*) ;;
	*) sources=(rtl/mul/exact/capsacc_mul.sv "$file") ;;
	esac
	found=$(lint "$module" "${sources[@]}")
	if [ -z "$found" ]; then
		pass "$file is clean and elaborates alone"
	else
		fail "$file is clean and elaborates alone" "$found"
	fi
done

# Sizes at the edges: one row, one accumulator, one of everything; all columns that there may be.
for size in "-GRows=1 -GCols=4" "-GRows=1 -GCols=256" "-GDepth=1" "-GSteps=1 -GEntries=1 -GBiasRows=1"; do
	read -ra words <<<"$size"
	same "capsacc_top is clean with $size" "" "$(lint capsacc_top "${words[@]}" rtl/mul/exact/capsacc_mul.sv rtl/capsacc_top.sv)"
done

# With a table in every multiplier.
mapfile -t files < <(grep -v '^//' rtl/capsacc.f)
for module in capsacc_array capsacc_top; do
	same "$module is clean with the view rom" "" "$(lint $module rtl/mul/rom/capsacc_mul.sv rtl/$module.sv)"
done

# Yosys: every module with the exact multiplier, every view for hardware, and the whole with tables of a file.
yosys_of() { # MODULE SOURCES [OPTION OF read_verilog]: what it complains of
	yosys -q -p "read_verilog -sv ${3:-} ${files[*]} $2; hierarchy -check -top $1; proc" 2>&1
}
if command -v yosys >/dev/null; then
	for file in rtl/capsacc_*.sv; do
		module=$(basename "$file" .sv)
		[ "$module" != capsacc_pkg ] || continue
		found=$(yosys_of "$module" rtl/mul/exact/capsacc_mul.sv)
		if [ -z "$found" ]; then pass "Yosys elaborates $module"; else fail "Yosys elaborates $module" "$found"; fi
	done
	same "Yosys elaborates the view signed" "" "$(yosys_of capsacc_array rtl/mul/signed/capsacc_mul.sv)"
	"${CAPSACC_SIM:-build/capsacc-sim}" mul export NGR "$tmp/ngr.hex"
	for module in capsacc_array capsacc_squash capsacc_top; do
		for name in ngr none; do
			echo "module with_$name; $module #(.MulFile(\"$tmp/$name.hex\")) u_part (); endmodule" >"$tmp/$name.sv"
		done
		same "Yosys elaborates $module with the view rom and a file of 'mul export'" "" \
			"$(yosys_of with_ngr "rtl/mul/rom/capsacc_mul.sv $tmp/ngr.sv" -defer)"
		same "MulFile of $module is what its multipliers read" \
			"rtl/mul/rom/capsacc_mul.sv:0: ERROR: Can not open file \`$tmp/none.hex\` for \\\$readmemh." \
			"$(yosys_of with_none "rtl/mul/rom/capsacc_mul.sv $tmp/none.sv" -defer)"
	done
else
	skip "Yosys elaborates every module" "needs the package yosys"
fi

# Name, word, lowest bit, bits of each field of a step's descriptor: the package's, the encoder's.
of_package=$(awk '/typedef struct packed/ { on = 1; n = 0; next } /} desc_t;/ { exit } /^ *}/ { on = 0 }
	on && /^ *logic|^ *step_e/ {
		bits = $1 == "step_e" ? 4 : 1
		if (match($0, /\[[0-9]+:0\]/)) bits = substr($0, RSTART + 1) + 1
		sub(/;.*/, ""); name[n] = $NF; width[n++] = bits
	}
	END { for (i = n - 1; i >= 0; i--) {
		if (name[i] !~ /^zero/ || name[i] == "zero_logits") print name[i], int(at / 64), at % 64, width[i]
		at += width[i]
	} }' rtl/capsacc_pkg.sv | sort)
of_encoder=$(sed -n '/not of the descriptor/q; s/.*= {"\([a-z0-9_]*\)", \([0-9]*\), \([0-9]*\), \([0-9]*\),.*/\1 \2 \3 \4/p' \
	testbench/descriptor.c | sort)
same "the fields of a descriptor are the same in rtl/capsacc_pkg.sv and testbench/descriptor.c" "$of_package" "$of_encoder"
same "a descriptor has 58 fields and 16 words" "58 16" "$(wc -l <<<"$of_package") $(cut -d ' ' -f 2 <<<"$of_package" | sort -u | wc -l)"

unlisted=$(for file in rtl/capsacc_*.sv; do grep -qxF "$file" rtl/capsacc.f || echo "$file"; done)
same "every module is in rtl/capsacc.f" "" "$unlisted"

bare=$(awk '/lint_off/ && prev !~ /^\/\// && prev !~ /lint_off/ { print FILENAME ":" FNR ": no reason above" } { prev = $0 }' rtl/lint.vlt)
same "every waiver gives its reason" "" "$bare"
finish
