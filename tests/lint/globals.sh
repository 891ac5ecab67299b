#!/usr/bin/env bash
# Has the library any state of its own?  Looks at the symbols of libcapsacc.a: anything in a
# writable section is a global or a mutable static (constants with pointers lie in .data.rel.ro).
. tests/tap.sh

writable() { # ARCHIVE
	nm --format=sysv "$1" 2>/dev/null | awk -F '|' '
		/\[.*\.o\]:$/ { member = $0; sub(/.*\[/, "", member); sub(/\].*/, "", member) }
		NF == 7 { section = $7; gsub(/ /, "", section); name = $1; gsub(/ /, "", name) }
		NF == 7 && section ~ /^(\.data|\.bss|\.tdata|\.tbss|\.lbss|\.ldata|\*COM\*)/ &&
			section !~ /^\.data\.rel\.ro/ { print member ": " name " in " section }'
}

if [[ $BUILD != build ]]; then
	skip "the library has no mutable global or static" "sanitizers add their own; see the release build"
	finish
fi

cat >"$tmp/state.c" <<'C'
int a_global, another = 1;
static const char *const words[] = {"constants", "are fine"};
const char *f(int i)
{
	static int calls;
	static _Thread_local int mine;

	calls++, mine++;
	return words[i];
}
C
gcc -fPIC -c -o "$tmp/state.o" "$tmp/state.c" && ar rc "$tmp/state.a" "$tmp/state.o"
same "a global, a static and a thread's own variable are found" "a_global
another
calls
mine" "$(writable "$tmp/state.a" | sed 's/^[^:]*: //; s/[. ].*//' | sort)"

symbols=$(nm "$BUILD/libcapsacc.a" 2>/dev/null | grep -c ' T ')
if [ "$symbols" -gt 0 ]; then pass "the library has functions"; else fail "the library has functions"; fi
found=$(writable "$BUILD/libcapsacc.a")
if [ -z "$found" ]; then
	pass "the library has no mutable global or static"
else
	fail "the library has no mutable global or static" "$found"
fi

strange=$(nm -g --defined-only "$BUILD/libcapsacc.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^cas_/ { print $3 }')
if [ -z "$strange" ]; then
	pass "every external symbol begins with cas_"
else
	fail "every external symbol begins with cas_" "$strange"
fi
finish
