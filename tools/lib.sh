# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Shared by tools/quickstart, tools/check and .ci/run: what the build needs, how it is
# installed, and the build itself. The caller sets $top, the top of the tree.
# All of it speaks on standard error; standard output is the program's.

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# What is needed, how it is looked for, and its package with each manager. A comma
# stands between packages, a dash where there is none.
# shellcheck disable=SC2120
package_table()
{
	cat <<'TABLE'
cc           apt:gcc,libc6-dev      dnf:gcc                   apk:gcc,musl-dev  pacman:gcc               brew:gcc
make         apt:make               dnf:make                  apk:make          pacman:make              brew:make
pkg-config   apt:pkg-config         dnf:pkgconf-pkg-config    apk:pkgconf       pacman:pkgconf           brew:pkgconf
autoreconf   apt:autoconf           dnf:autoconf              apk:autoconf      pacman:autoconf          brew:autoconf
automake     apt:automake           dnf:automake              apk:automake      pacman:automake          brew:automake
libpcap      apt:libpcap-dev        dnf:libpcap-devel         apk:libpcap-dev   pacman:libpcap           brew:libpcap
json-c       apt:libjson-c-dev      dnf:json-c-devel          apk:json-c-dev    pacman:json-c            brew:json-c
ncursesw     apt:libncurses-dev     dnf:ncurses-devel         apk:ncurses-dev   pacman:ncurses           brew:ncurses
libpcre2-8   apt:libpcre2-dev       dnf:pcre2-devel           apk:pcre2-dev     pacman:pcre2             brew:pcre2
zlib         apt:zlib1g-dev         dnf:zlib-devel            apk:zlib-dev      pacman:zlib              brew:zlib
libzstd      apt:libzstd-dev        dnf:libzstd-devel         apk:zstd-dev      pacman:zstd              brew:zstd
libxxhash    apt:libxxhash-dev      dnf:xxhash-devel          apk:xxhash-dev    pacman:xxhash            brew:xxhash
inih         apt:libinih-dev        dnf:inih-devel            apk:inih-dev      pacman:libinih           brew:inih
libcap-ng    apt:libcap-ng-dev      dnf:libcap-ng-devel       apk:libcap-ng-dev pacman:libcap-ng         brew:-
libseccomp   apt:libseccomp-dev     dnf:libseccomp-devel      apk:libseccomp-dev pacman:libseccomp       brew:-
vterm        apt:libvterm-dev       dnf:libvterm-devel        apk:libvterm-dev  pacman:libvterm          brew:libvterm
cmocka       apt:libcmocka-dev      dnf:libcmocka-devel       apk:cmocka-dev    pacman:cmocka            brew:cmocka
python3      apt:python3            dnf:python3               apk:python3       pacman:python            brew:python
ip           apt:iproute2           dnf:iproute               apk:iproute2      pacman:iproute2          brew:-
jsonschema   apt:python3-jsonschema dnf:python3-jsonschema    apk:py3-jsonschema pacman:python-jsonschema brew:-
clang        apt:clang              dnf:clang                 apk:clang         pacman:clang             brew:llvm
clang-rt     apt:libclang-rt-dev    dnf:compiler-rt           apk:compiler-rt   pacman:compiler-rt       brew:llvm
TABLE
}

needs_build='cc make pkg-config libpcap json-c ncursesw libpcre2-8 zlib libzstd libxxhash inih libcap-ng libseccomp'
needs_autotools='autoreconf automake'
needs_tests='cmocka vterm python3 jsonschema ip'
needs_fuzz='clang clang-rt'

# have THING: is it there?
have()
{
	case $1 in
	cc) command -v "${CC:-cc}" ;;
	libpcap | json-c | ncursesw | libpcre2-8 | zlib | libzstd | libxxhash | inih | \
		libcap-ng | libseccomp | cmocka | vterm)
		command -v pkg-config && pkg-config --exists "$1" ;;
	jsonschema)
		python3 -c 'import jsonschema' || /usr/bin/python3 -c 'import jsonschema' ;;
	clang-rt)
		command -v clang &&
			echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
			clang -fsanitize=fuzzer,address -x c -o /dev/null - ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# missing THING...: those that are not there.
missing()
{
	for thing; do
		have "$thing" || printf '%s ' "$thing"
	done
}

# packages MANAGER THING...: their packages.
packages()
{
	manager=$1
	shift
	for thing; do
		package_table | awk -v thing="$thing" -v manager="$manager" '
			$1 == thing {
				for (i = 2; i <= NF; i++)
					if (index($i, manager ":") == 1) {
						name = substr($i, length(manager) + 2)
						gsub(/,/, " ", name)
						if (name != "-") print name
					}
			}'
	done | tr ' ' '\n' | sort -u | tr '\n' ' '
}

package_manager()
{
	for manager in apt-get dnf apk pacman brew; do
		command -v "$manager" >/dev/null && {
			echo "${manager%-get}"
			return
		}
	done
	return 1
}

# install_command MANAGER: the command that PACKAGES are added to.
install_command()
{
	case $1 in
	apt) echo 'apt-get install -y --no-install-recommends' ;;
	dnf) echo 'dnf install -y' ;;
	apk) echo 'apk add' ;;
	pacman) echo 'pacman -S --needed --noconfirm' ;;
	brew) echo 'brew install' ;;
	esac
}

# need THING...: install what is missing; nothing is touched when all is there.
need()
{
	keg_only
	lack=$(missing "$@")
	[ -n "$lack" ] || return 0
	manager=$(package_manager) ||
		die "missing: $lack- and none of apt-get, dnf, apk, pacman, brew is here to install it"
	# shellcheck disable=SC2086 # lists of words
	list=$(packages "$manager" $lack)
	[ -n "$list" ] || {
		say "missing, and without a package here: $lack"
		return 0
	}
	command=$(install_command "$manager")
	as_root=
	if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "missing: $lack- run as root: $command $list"
		as_root=sudo
	fi
	say "missing: $lack"
	say "installing: ${as_root:+$as_root }$command $list"
	# shellcheck disable=SC2086
	{
		[ "$manager" != apt ] || $as_root apt-get update >&2 || die "apt-get update failed"
		$as_root env DEBIAN_FRONTEND=noninteractive $command $list >&2 ||
			die "could not install: $list"
	}
	keg_only
	lack=$(missing "$@")
	[ -z "$lack" ] || say "still missing: $lack"
}

# Homebrew keeps some libraries out of pkg-config's sight.
keg_only()
{
	command -v brew >/dev/null || return 0
	for keg in libpcap ncurses zlib; do
		folder=$(brew --prefix "$keg" 2>/dev/null)/lib/pkgconfig
		case :${PKG_CONFIG_PATH-}: in *:"$folder":*) continue ;; esac
		PKG_CONFIG_PATH=$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
	done
	export PKG_CONFIG_PATH
}

# Is ./configure missing, or older than what it is made from?
configure_is_old()
{
	[ -x "$top/configure" ] && [ -f "$top/Makefile.in" ] && [ -d "$top/build-aux" ] ||
		return 0
	[ -n "$(find "$top/configure.ac" "$top"/m4/sipglass*.m4 -newer "$top/configure")" ]
}

# What making ./configure needs, if that is to be done: asked for together with the
# rest, so that all is named and installed at once.
configure_needs()
{
	! configure_is_old || echo "$needs_autotools"
}

make_configure()
{
	configure_is_old || return 0
	# shellcheck disable=SC2086
	need $needs_autotools
	say "autogen.sh"
	"$top/autogen.sh" >&2 || die "autogen.sh failed"
}

processors()
{
	nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# build FOLDER [configure arguments]: configure (anew when there are arguments, or
# when asked by $reconfigure) and make, out of tree.
build()
{
	folder=$1
	shift
	make_configure || return 1
	mkdir -p "$folder" || return 1
	if [ $# -gt 0 ] || [ -n "${reconfigure-}" ] || [ ! -f "$folder/config.status" ] ||
		[ "$top/configure" -nt "$folder/config.status" ]; then
		say "configure $* in $folder"
		(cd "$folder" && "$top/configure" --quiet "$@") >&2 || return 1
	fi
	make -C "$folder" -s -j"$(processors)" --no-print-directory >&2
}

# count_tests FOLDER: "PASSED FAILED SKIPPED" of the last make check there. A unit
# test counts once for each of its cases, any other test once. What has no result,
# since it was not built or never ended, counts as failed.
count_tests()
{
	(cd "$1" && find . -name '*.trs' -print) | sed 's/\.trs$//' | (
		cd "$1" || exit 1
		while read -r test; do
			sed -n 's/^:global-test-result: *//p' "$test.trs"
			grep -aE '^\[  (PASSED|FAILED|SKIPPED) *\] [0-9]+ test\(s\)' "$test.log" 2>/dev/null
			echo end
		done
	) | awk '
		/^\[  PASSED/  { passed += $4 }
		/^\[  FAILED/  { failed += $4 }
		/^\[  SKIPPED/ { skipped += $4 }
		/^(PASS|FAIL|SKIP|ERROR|XFAIL|XPASS)$/ { result = $1 }
		$1 == "end" {
			if (result == "PASS" && passed + skipped == 0) passed = 1
			else if (result == "SKIP" && skipped == 0) skipped = 1
			else if (result != "PASS" && result != "SKIP" && failed == 0) failed = 1
			p += passed; f += failed; s += skipped
			passed = failed = skipped = 0; result = ""
		}
		END { print p + 0, f + 0, s + 0 }'
}
