/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif
#ifdef HAVE_LIBSECCOMP
#include <net/if.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#endif
/* At the end sanitizers look for leaks, which takes files and system calls. */
#if defined(HAVE_LINUX_LANDLOCK_H) && !defined(SANITIZERS)
#define WITH_LANDLOCK
#include <linux/landlock.h>
#endif

/* Sanitizers make system calls of their own. */
#if defined(HAVE_LIBSECCOMP) && !defined(SANITIZERS)
#define WITH_SECCOMP 1
#endif

static enum err fail(char why[RIGHTS_WHY_MAX], const char *what)
{
	snprintf(why, RIGHTS_WHY_MAX, "%s: %s", what, strerror(errno));
	return ERR_IO;
}

const char *rights_built(void)
{
	return ""
#ifdef HAVE_LIBCAP_NG
	       "capabilities "
#endif
#ifdef WITH_SECCOMP
	       "seccomp "
#endif
#ifdef WITH_LANDLOCK
	       "Landlock "
#endif
		;
}

/* --- capabilities and the user */

#ifdef HAVE_LIBCAP_NG

enum err rights_give(char why[RIGHTS_WHY_MAX])
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(why, "/proc/self/exe");
	capng_clear(CAPNG_SELECT_BOTH);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW,
	              CAP_NET_ADMIN, -1);
	int rc = capng_apply_caps_fd(fd);
	enum err err = OK;
	if (rc != 0)
		err = errno == EPERM
		              ? fail(why, "the right to give capabilities is missing; "
		                          "use sudo")
		              : fail(why,
		                     "capabilities cannot be given to the program file");
	close(fd);
	return err;
}

static enum err drop_capabilities(struct rights *rights, char why[RIGHTS_WHY_MAX])
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(why, "new privileges cannot be refused");
	rights->no_new_privileges = true;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return fail(why, "capabilities cannot be given up");
	rights->no_capabilities = true;
	return OK;
}

#else

enum err rights_give(char why[RIGHTS_WHY_MAX])
{
	snprintf(why, RIGHTS_WHY_MAX,
	         "this build knows no capabilities (libcap-ng); give the right with: "
	         "setcap cap_net_raw,cap_net_admin=ep sipglass");
	return ERR_IO;
}

static enum err drop_capabilities(struct rights *rights, char why[RIGHTS_WHY_MAX])
{
	(void)rights;
	(void)why;
	return OK;
}

#endif

/* Who used sudo to start the program, else nobody. */
static const char *usual_user(void)
{
	const char *user = getenv("SUDO_USER");
	return user && *user && strcmp(user, "root") != 0 ? user : "nobody";
}

enum err rights_become(struct rights *rights, uid_t uid, gid_t gid,
                       char why[RIGHTS_WHY_MAX])
{
	const struct passwd *entry = getpwuid(uid);
	if (entry)
		snprintf(rights->user, sizeof(rights->user), "%.60s", entry->pw_name);
	else
		snprintf(rights->user, sizeof(rights->user), "%lu", (unsigned long)uid);
	if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
		return fail(why, "the user cannot be changed");
	return OK;
}

static enum err change_user(struct rights *rights, const char *user,
                            char why[RIGHTS_WHY_MAX])
{
	errno = 0;
	const struct passwd *entry = getpwnam(user);
	if (!entry) {
		snprintf(why, RIGHTS_WHY_MAX, "--user: there is no user %.60s", user);
		return ERR_IO;
	}
	if (entry->pw_uid == 0) {
		snprintf(why, RIGHTS_WHY_MAX,
		         "--user: %.60s is root; name another, or keep root with "
		         "--no-sandbox",
		         user);
		return ERR_IO;
	}
	return rights_become(rights, entry->pw_uid, entry->pw_gid, why);
}

/* Root of a container may have no right to be another user, and is none outside of it:
 * then that one stays. */
static enum err change_to_usual(struct rights *rights, char why[RIGHTS_WHY_MAX])
{
	if (change_user(rights, usual_user(), why) == OK)
		return OK;
	*rights->user = '\0';
	return errno == EPERM || errno == EINVAL ? OK : ERR_IO;
}

enum err rights_drop(struct rights *rights, const char *user, bool keep_user,
                     char why[RIGHTS_WHY_MAX])
{
	enum err err = OK;
	if (geteuid() == 0 && !keep_user)
		err = user ? change_user(rights, user, why)
		           : change_to_usual(rights, why);
	return err == OK ? drop_capabilities(rights, why) : err;
}

/* --- Landlock: where files may be written */

#ifdef WITH_LANDLOCK

/* All ways to change the file system of the first version. */
#define WRITES                                                                           \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                 \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                 \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |                   \
	 LANDLOCK_ACCESS_FS_EXECUTE)

/* Newer kernels tell emptying a file from writing to one. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif
#define ABI_TRUNCATE 3

static void allow_below(int ruleset, int folder, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access,
		                                   .parent_fd = folder };
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static void allow(int ruleset, const char *path, uint64_t access)
{
	int fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	allow_below(ruleset, fd, access);
	close(fd);
}

/* True: it holds. The kernel may not have it. */
static bool confine_files(const struct rights_files *files)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                   LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t empty = abi >= ABI_TRUNCATE ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
	uint64_t new = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
	               LANDLOCK_ACCESS_FS_REMOVE_FILE | empty;
	struct landlock_ruleset_attr attr = { .handled_access_fs = WRITES | empty };
	if (!files->screen)
		attr.handled_access_fs |=
			LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < files->nfolders; i++)
		allow_below(ruleset, files->folders[i], new);
	if (files->screen) {
		allow(ruleset, ".", new);
		allow(ruleset, getenv("TMPDIR"), new);
		allow(ruleset, "/tmp", new);
		allow(ruleset, files->own, new);
		allow(ruleset, "/dev/tty", LANDLOCK_ACCESS_FS_WRITE_FILE);
	}
	bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return done;
}

#else

static bool confine_files(const struct rights_files *files)
{
	(void)files;
	return false;
}

#endif

/* --- seccomp: which system calls there are */

#ifdef WITH_SECCOMP

/* What reading, writing, waiting, memory, signals and terminals take. */
static const int always[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(access),
	SCMP_SYS(fstat),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(futex),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpgrp),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(lseek),
	SCMP_SYS(lstat),
	SCMP_SYS(madvise),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(pselect6),
	SCMP_SYS(pwrite64),
	SCMP_SYS(read),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_yield),
	SCMP_SYS(select),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(stat),
	SCMP_SYS(statx),
	SCMP_SYS(umask),
	SCMP_SYS(uname),
};

/* And what saving from the screen takes. */
static const int with_files[] = {
	SCMP_SYS(getcwd),   SCMP_SYS(link),      SCMP_SYS(linkat),     SCMP_SYS(open),
	SCMP_SYS(openat),   SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),     SCMP_SYS(unlinkat),
};

/* What is written goes on in other files. */
static const int with_folders[] = {
	SCMP_SYS(openat),
};

/* An output that was opened before gets its name at the end. */
static const int with_names[] = {
	SCMP_SYS(link),      SCMP_SYS(linkat), SCMP_SYS(rename),   SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};

/* What is asked of terminals and interfaces: not TIOCSTI, which would type for the
 * user. */
static const unsigned long controls[] = {
	TCGETS, TCSETS,     TCSETSW,   TCSETSF,   TCFLSH,   TCXONC,
	TCSBRK, TIOCGWINSZ, TIOCGPGRP, TIOCSPGRP, FIONREAD, SIOCGIFFLAGS,
};

static void add(scmp_filter_ctx filter, const int *calls, size_t n)
{
	/* one that this machine does not have is none to allow */
	for (size_t i = 0; i < n; i++)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
}

/* Descriptors that are written to, or copied: not those of interfaces, by which packets
 * could be sent. */
static const int not_on_devices[] = {
	SCMP_SYS(dup),
	SCMP_SYS(fcntl),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

static void add_beside_devices(scmp_filter_ctx filter, const struct rights_files *files)
{
	for (size_t i = 0; i < sizeof(not_on_devices) / sizeof(not_on_devices[0]); i++) {
		int call = not_on_devices[i];
		if (files->device_last == 0) {
			add(filter, &call, 1);
			continue;
		}
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		                 SCMP_A0(SCMP_CMP_LT, (unsigned)files->device_first, 0));
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		                 SCMP_A0(SCMP_CMP_GT, (unsigned)files->device_last, 0));
	}
}

/* Signals to this process and its group alone, as the terminal stops them. */
static void add_signals(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	                 SCMP_A0(SCMP_CMP_EQ, self, 0));
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
	                 SCMP_A0(SCMP_CMP_EQ, self, 0));
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
	                 SCMP_A0(SCMP_CMP_EQ, 0, 0));
}

/* Blocks of a file may be given back, and nothing else be done to its space. */
static void add_holes(scmp_filter_ctx filter)
{
#ifdef FALLOC_FL_PUNCH_HOLE
	seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fallocate), 1,
	                 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU,
	                         FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE));
#else
	(void)filter;
#endif
}

/* What is not allowed fails with EPERM: the reason is told then, where it matters. */
static enum err confine_calls(struct rights *rights, const struct rights_files *files,
                              char why[RIGHTS_WHY_MAX])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return fail(why, "system calls cannot be confined");
	add(filter, always, sizeof(always) / sizeof(always[0]));
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		                 SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, controls[i]));
	add_beside_devices(filter, files);
	add_signals(filter);
	add_holes(filter);
	if (files->begins)
		add(filter, with_folders, sizeof(with_folders) / sizeof(with_folders[0]));
	if (files->screen)
		add(filter, with_files, sizeof(with_files) / sizeof(with_files[0]));
	else if (files->nfolders)
		add(filter, with_names, sizeof(with_names) / sizeof(with_names[0]));
	int rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc != 0) {
		errno = -rc;
		return fail(why, "system calls cannot be confined; --no-sandbox goes on "
		                 "without");
	}
	rights->seccomp = true;
	return OK;
}

#else

static enum err confine_calls(struct rights *rights, const struct rights_files *files,
                              char why[RIGHTS_WHY_MAX])
{
	(void)rights;
	(void)files;
	(void)why;
	return OK;
}

#endif

enum err rights_confine(struct rights *rights, const struct rights_files *files,
                        char why[RIGHTS_WHY_MAX])
{
	rights->landlock = confine_files(files);
	return confine_calls(rights, files, why);
}

void rights_describe(const struct rights *rights, char out[RIGHTS_WHY_MAX])
{
	snprintf(out, RIGHTS_WHY_MAX, "%s%s%s%s%s%s",
	         rights->no_capabilities ? ", no capabilities" : "",
	         rights->no_new_privileges ? ", no new privileges" : "",
	         rights->seccomp ? ", seccomp" : "", rights->landlock ? ", Landlock" : "",
	         *rights->user ? ", user " : "", rights->user);
	if (!*out)
		snprintf(out, RIGHTS_WHY_MAX, "  none");
	memmove(out, out + 2, strlen(out + 2) + 1);
}
