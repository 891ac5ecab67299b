#!/usr/bin/env bash
# What the library holds, and whether the documentation says so.
. tests/tap.sh

capsacc mul list --csv --sort name
total=$(tail -n +2 "$tmp/out" | wc -l)
made=$(python3 - mul8u_lib/manifest.yaml <<'E2'
import re, sys
for entry in open(sys.argv[1]).read().split("  - name: ")[1:]:
    if "EvoApprox8B" not in entry:
        print(re.match('"(.*)"', entry).group(1))
E2
)
own=$(wc -l <<<"$made")
same "docs/multipliers.md counts the tables" 1 \
	"$(grep -c "holds $total of them: the $((total - own)) of EvoApprox8B, and $own that" docs/multipliers.md)"
same "README.md counts the tables" 1 \
	"$(grep -c "$total multiplier tables ($((total - own)) of EvoApprox8B, $own made here)" README.md)"
line=$(grep '^In the library:' docs/multipliers.md)
for name in $made; do
	[[ $line =~ [\ ]$name[,.\;\ ] ]] || missing+=" $name"
done
same "docs/multipliers.md names those made here" "" "${missing:-}"
finish
