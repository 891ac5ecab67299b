#!/usr/bin/env bash
# numerics.mapping: signed takes signed multipliers and no others, and they take no other mapping.
. tests/tap.sh

signed=(--images 20 --set numerics.mapping=signed --out "$tmp/results" --quiet --json)
refused() { # SENTENCE MESSAGE
	same "$1" "2|capsacc-sim: $2|" "$code|$err|$out"
}

capsacc run configs/run/digits.yaml "${signed[@]}"
refused "the default multiplier is unsigned: EXACTS is suggested" \
	"$PWD/configs/run/digits.yaml:24:12: multipliers.default: numerics.mapping: signed needs signed multipliers; 1JFF is unsigned (exact: EXACTS)"
capsacc run configs/run/digits.yaml "${signed[@]}" --multiplier EXACTS --set multipliers.groups.sum=NGR
refused "an unsigned multiplier of a group is refused by the group's key" \
	"multipliers.groups.sum: numerics.mapping: signed needs signed multipliers; NGR is unsigned (exact: EXACTS)"
capsacc run configs/run/digits.yaml --out "$tmp/results" --multiplier TRUNCS4
refused "a signed multiplier in another mapping is refused" \
	"multipliers.default: numerics.mapping: sign_magnitude_aligned needs unsigned multipliers; TRUNCS4 is signed (exact: 1JFF)"
capsacc run configs/run/digits.yaml --out "$tmp/results" --set multipliers.groups.squash=EXACTS
refused "also in the squash unit" \
	"multipliers.groups.squash: numerics.mapping: sign_magnitude_aligned needs unsigned multipliers; EXACTS is signed (exact: 1JFF)"

right() { python3 -c 'import json,sys; r=json.load(sys.stdin); print(r["mapping"], r["accuracy"]["correct"] >= 18)' <"$tmp/out" 2>&1; }
capsacc run configs/run/digits.yaml "${signed[@]}" --multiplier EXACTS
same "a run with exact signed products answers rightly" "0||signed True" "$code|$err|$(right)"
capsacc run configs/run/digits.yaml "${signed[@]}" --multiplier EXACTS --set multipliers.groups.squash=Y48
same "under signed the squash unit may be unsigned" "0||signed True" "$code|$err|$(right)"
capsacc run configs/run/digits.yaml "${signed[@]}" --multiplier TRUNCS4 --set multipliers.groups.squash=EXACTS \
	--set numerics.bias_calibration=20
same "or signed, and biases may be calibrated" "0||signed True" "$code|$err|$(right)"

capsacc mul accuracy configs/run/digits.yaml --images 10 --names NGR,EXACTS,TRUNCS4 --csv "$tmp/accuracy.csv"
same "mul accuracy runs each multiplier in the mappings that it fits" \
	"0|NGR,sign_magnitude NGR,sign_magnitude_aligned NGR,affine EXACTS,signed TRUNCS4,signed" \
	"$code|$(tail -n +2 "$tmp/accuracy.csv" | cut -d, -f5,8 | xargs)"
capsacc mul accuracy configs/run/digits.yaml --images 10 --names NGR --mappings signed
refused "and says so if none fits" \
	"none of these multipliers fits a mapping asked for: signed ones run in the mapping signed, all others in the other three"
finish
