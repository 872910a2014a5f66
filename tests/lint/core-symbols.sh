#!/bin/sh
# SPDX-License-Identifier: MIT
# The core sees no clock, file, terminal, thread, exit or outside library, and takes
# memory only in base/mem.c: what its objects leave undefined must not name those.
#
# usage: core-symbols.sh [ARCHIVE]
archive=${1:-libcore.a}
[ -f "$archive" ] || {
	echo "$archive: not there"
	exit 1
}
symbols=$(${NM:-nm} -A -u "$archive") || {
	echo "$archive: ${NM:-nm} failed"
	exit 1
}
printf '%s\n' "$symbols" | awk '
function deny(why) {
	printf "%s uses %s (%s)\n", member, symbol, why
	bad = 1
}
BEGIN {
	memory = "^(malloc|calloc|realloc|reallocarray|free|posix_memalign|aligned_alloc|strdup|strndup|asprintf|vasprintf)$"
	clock = "^(time|clock|gettimeofday|clock_gettime|timespec_get|localtime|localtime_r|gmtime|gmtime_r|nanosleep|sleep|usleep)$"
	files = "^(open|open64|openat|openat64|creat|close|read|pread|pread64|write|pwrite|pwrite64|lseek|lseek64|mmap|mmap64|fopen|fopen64|fdopen|freopen|fclose|fread|fwrite|fgets|fgetc|getc|getline|remove|unlink|rename|mkstemp|__read_chk|__open_2|__fread_chk|__fgets_chk)$"
	print_ = "^(stdin|stdout|stderr|printf|fprintf|vprintf|vfprintf|dprintf|puts|fputs|putchar|fputc|putc|perror|syslog|__printf_chk|__fprintf_chk|__vprintf_chk|__vfprintf_chk|__dprintf_chk)$"
	process = "^(exit|_exit|_Exit|quick_exit|abort|atexit|fork|execve|system|popen|getenv|secure_getenv|setenv|setlocale|signal|sigaction|kill|raise|socket|poll|select|ioctl|setjmp|_setjmp|longjmp)$"
	chance = "^(rand|random|rand_r|srand|srandom|getrandom|getentropy|arc4random)$"
	library = "^(pcap_|json_|ZSTD_|pthread_|thrd_|mtx_|initscr|regcomp|regexec)"
}
NF >= 2 {
	symbol = $NF
	sub(/@.*/, "", symbol) # a version, as in time@GLIBC_2.2.5
	member = $1
	sub(/:$/, "", member)
	sub(/.*:/, "", member)
	seen++
	mem = member ~ /(^|-)mem\.o$/
	if (symbol ~ memory) {
		if (mem)
			allocates = 1
		else
			deny("memory comes from struct mem")
	}
	if (symbol ~ clock)   deny("time is data")
	if (symbol ~ files)   deny("no files in the core")
	if (symbol ~ print_)  deny("no printing in the core")
	if (symbol ~ process) deny("no process in the core")
	if (symbol ~ chance)  deny("chance is handed in")
	if (symbol ~ library) deny("belongs to an edge")
}
END {
	# mem.o is known to allocate: if that is not seen, nothing else would be.
	if (!allocates) {
		printf "cannot read the symbols (%d seen, none of the allocator)\n", seen
		bad = 1
	}
	exit bad
}'
