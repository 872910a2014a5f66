/* SPDX-License-Identifier: MIT */
/* cli/rights.h - as few rights as the work takes: capabilities (libcap-ng), the user,
 * system calls (libseccomp), where files may be written (Landlock).
 *
 * Interfaces, files and outputs are opened first; then rights_drop and rights_confine,
 * and only then the first packet is looked at. Where the system or the build has not one
 * of the means, the others hold, and rights_describe says which. */
#ifndef CLI_RIGHTS_H
#define CLI_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define RIGHTS_WHY_MAX 256 /* bytes of a reason, its NUL included */

/* What holds. */
struct rights {
	bool no_capabilities;
	bool no_new_privileges;
	bool seccomp;
	bool landlock;
	char user[64]; /* changed to; "" where it was not */
};

/* Give the program file the capabilities to capture (cap_net_raw, cap_net_admin), for
 * --setup-caps. OK, or ERR_IO with one line in why. */
MUST_USE enum err rights_give(char why[RIGHTS_WHY_MAX]);

/* Become `user` where the program was started as root; NULL: who used sudo, else nobody.
 * Not where keep_user. Then give up all capabilities, for good. OK, or ERR_IO with one
 * line in why: the program must not go on. */
MUST_USE enum err rights_drop(struct rights *rights, const char *user, bool keep_user,
                              char why[RIGHTS_WHY_MAX]);

/* What is still to be opened. */
struct rights_files {
	bool screen;        /* it reads files, and writes below the current and the
	                     * temporary directory */
	const char *own;    /* and below this one, or NULL: that of the user's
	                     * configuration, in which nothing is that could be run */
	const int *folders; /* open ones, in which outputs get their names; borrowed */
	size_t nfolders;
	bool begins;        /* and files are begun there */
	int device_first, device_last; /* descriptors of interfaces, to which nothing is
	                                * written; 0: there are none */
};

/* Where the program was started as root: be this user, before rights_drop. OK, or ERR_IO
 * with one line in why. */
MUST_USE enum err rights_become(struct rights *rights, uid_t uid, gid_t gid,
                                char why[RIGHTS_WHY_MAX]);

/* From now on no programs, no sockets, no tracing, and no file but those of `files` can
 * be opened: which ones takes Landlock, without it these are any of the user's. As
 * rights_drop. */
MUST_USE enum err rights_confine(struct rights *rights, const struct rights_files *files,
                                 char why[RIGHTS_WHY_MAX]);

/* "no capabilities, seccomp, user nobody", or "none". */
void rights_describe(const struct rights *rights, char out[RIGHTS_WHY_MAX]);

/* What this build can do, for --version: "capabilities, seccomp, Landlock", or "". */
const char *rights_built(void);

#endif
