#!/bin/sh
# SPDX-License-Identifier: MIT
# The lint tests themselves: each accepts a small good tree and refuses each fault.
lint=$(cd "${srcdir:-.}/tests/lint" && pwd) || exit 99
tree=$(mktemp -d) || exit 99
trap 'rm -rf "$tree"' EXIT
here=$PWD
bad=0

accepts()
{
	"$@" >"$tree/out" 2>&1 && return
	echo "refuses what is right: $*"
	cat "$tree/out"
	bad=1
}

refuses()
{
	! "$@" >"$tree/out" 2>&1 && return
	echo "accepts what is wrong: $*"
	bad=1
}

good_tree()
{
	rm -rf "$tree/top"
	mkdir -p "$tree/top/src/base" "$tree/top/src/net"
	: >"$tree/top/src/base/.may_include"
	echo 'base/*' >"$tree/top/src/net/.may_include"
	echo 'libcore_a_SOURCES += %D%/a.h' >"$tree/top/src/base/include.am"
	echo 'libcore_a_SOURCES += %D%/b.h' >"$tree/top/src/net/include.am"
	echo 'int a(void);' >"$tree/top/src/base/a.h"
	printf '#include "base/a.h"\nint b(void);\n' >"$tree/top/src/net/b.h"
	printf '#!/bin/sh\ntrue\n' >"$tree/top/autogen.sh"
}

# archive BODY: an archive like libcore.a with base/mem.c and one more object.
archive()
{
	echo 'void *calloc(unsigned long, unsigned long); void *m(void); void *m(void) { return calloc(1, 8); }' >"$tree/mem.c"
	echo "$1" >"$tree/more.c"
	(cd "$tree" && rm -f lib.a && ${CC:-cc} -c mem.c more.c && ar cr lib.a mem.o more.o) ||
		exit 99
}

good_tree
accepts sh "$lint/layers.sh" "$tree/top/src"
accepts sh "$lint/packed.sh" "$tree/top/src"
accepts sh "$lint/forbidden.sh" "$tree/top"
accepts sh "$lint/headers.sh" "$tree/top"
accepts sh "$lint/syntax.sh" "$tree/top"
accepts sh "$lint/columns.sh" "$tree/top"

echo '#include "net/b.h"' >>"$tree/top/src/base/a.h"
refuses sh "$lint/layers.sh" "$tree/top/src"
good_tree
echo '#include <pcap/pcap.h>' >>"$tree/top/src/net/b.h"
refuses sh "$lint/layers.sh" "$tree/top/src"
good_tree
rm "$tree/top/src/net/.may_include"
refuses sh "$lint/layers.sh" "$tree/top/src"
refuses sh "$lint/layers.sh" "$tree"

good_tree
echo 'int aa(void);' >"$tree/top/src/base/aa.h"
refuses sh "$lint/packed.sh" "$tree/top/src"
refuses sh "$lint/packed.sh" "$tree"

good_tree
echo 'int f(char *p) { return sprintf (p, "x"); }' >"$tree/top/src/net/c.c"
refuses sh "$lint/forbidden.sh" "$tree/top"
good_tree
home=/home/someone
echo "see $home/notes" >"$tree/top/notes.md"
refuses sh "$lint/forbidden.sh" "$tree/top"
refuses sh "$lint/forbidden.sh" "$tree/none"

good_tree
echo 'size_t c(void);' >"$tree/top/src/base/c.h"
refuses sh "$lint/headers.sh" "$tree/top"
good_tree
echo 'struct twice { int x; };' >"$tree/top/src/base/c.h"
refuses sh "$lint/headers.sh" "$tree/top"

good_tree
echo 'if true; then' >>"$tree/top/autogen.sh"
refuses sh "$lint/syntax.sh" "$tree/top"

# 90 columns are right and 91 are not, whether of spaces, tabs or two-byte characters.
eighty=$(printf '%80s' '')
good_tree
printf '\tint c;%s.\n%s1234567890\n\t%s\303\251\303\251\n\t"%s90 and 10"\n' \
	"${eighty#?????}" "$eighty" "$eighty" "$eighty" >"$tree/top/src/net/c.c"
accepts sh "$lint/columns.sh" "$tree/top"
for line in "	int c;${eighty#????}." "${eighty}12345678901" "12	$eighty	"; do
	printf '%s\n' "$line" >"$tree/top/src/net/c.c"
	refuses sh "$lint/columns.sh" "$tree/top"
done
refuses sh "$lint/columns.sh" "$tree/none"

# What records.sh reads, of the tree itself.
pages()
{
	rm -rf "$tree/top"
	mkdir -p "$tree/top/src/cli" "$tree/top/src/export" "$tree/top/src/view"
	(cd "$lint/../.." && cp -r README.md NEWS SECURITY.md CONTRIBUTING.md configure.ac docs \
		"$tree/top" && cp src/cli/options.def "$tree/top/src/cli" &&
		cp src/export/losses.def "$tree/top/src/export" &&
		cp src/view/field.def "$tree/top/src/view") || exit 99
	chmod -R u+w "$tree/top"
}

if python3 -c '' 2>/dev/null; then
	pages
	accepts sh "$lint/records.sh" "$tree/top"
	echo "sipglass --no-such-option" >>"$tree/top/README.md"
	refuses sh "$lint/records.sh" "$tree/top"
	pages
	echo 'FIELD(CALL_NONE, CALL, "no_such_member", TEXT, "")' >>"$tree/top/src/view/field.def"
	refuses sh "$lint/records.sh" "$tree/top"
	pages
	echo 'LOSS(no_such_loss, 0, "", "", "")' >>"$tree/top/src/export/losses.def"
	refuses sh "$lint/records.sh" "$tree/top"
	pages
	echo '- `no_such_member`: of the last record.' >>"$tree/top/docs/json.md"
	refuses sh "$lint/records.sh" "$tree/top"
	pages
	sed 's/`talk_ms`/`talk`/' "$lint/../../docs/json.md" >"$tree/top/docs/json.md"
	refuses sh "$lint/records.sh" "$tree/top"
fi

# A row on two lines, and a key that is a pattern of the shell.
actions=$lint/../tui/actions.sh
printf 'ACTION(UP, "up", SCREEN_ANY, "Up k", "", "up")\nACTION(HELP, "help",\n%s' \
	'SCREEN_LIST + SCREEN_FLOW, "F1 ?", "Help", "keys")' >"$tree/actions.def"
echo 'keys Down k ?' >"$tree/a.txt"
accepts sh "$actions" "$tree/actions.def" "$tree/a.txt"
echo 'keys k "F1" x' >"$tree/a.txt"
refuses sh "$actions" "$tree/actions.def" "$tree/a.txt"
echo 'wait ?' >"$tree/a.txt"
refuses sh "$actions" "$tree/actions.def" "$tree/a.txt"
refuses sh "$actions" "$tree/none" "$tree/a.txt"

cd "$here" || exit 99
refuses sh "$lint/core-symbols.sh" "$tree/none.a"
archive 'int f(void); int f(void) { return 1; }'
accepts sh "$lint/core-symbols.sh" "$tree/lib.a"
archive 'long time(long *); long f(void); long f(void) { return time(0); }'
refuses sh "$lint/core-symbols.sh" "$tree/lib.a"
archive 'void free(void *); void f(void *); void f(void *p) { free(p); }'
refuses sh "$lint/core-symbols.sh" "$tree/lib.a"
: >"$tree/empty.c"
(cd "$tree" && ${CC:-cc} -c empty.c && ar cr empty.a empty.o) || exit 99
refuses sh "$lint/core-symbols.sh" "$tree/empty.a"

exit $bad
