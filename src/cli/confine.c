/* SPDX-License-Identifier: MIT */
/* Which rights this run still needs; the others are given up by cli/rights.h. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"

/* Descriptors of interfaces stand beside each other: they were opened one after the
 * other, before outputs. */
static void find_devices(const struct run *r, struct rights_files *files)
{
	for (size_t i = 0; i < merge_count(r->merge); i++) {
		int fd = source_device_fd(merge_source(r->merge, i));
		if (fd < 0)
			continue;
		if (files->device_last == 0 || fd < files->device_first)
			files->device_first = fd;
		if (fd > files->device_last)
			files->device_last = fd;
	}
}

/* Who reads files as root and writes where somebody else is at home becomes that one: he
 * may give the output its name in the end. False: told. */
static bool become_owner(struct run *r, const int *folders, size_t n)
{
	char why[RIGHTS_WHY_MAX];
	struct stat st;
	for (size_t i = 0; i < n && geteuid() == 0; i++) {
		if (fstat(folders[i], &st) != 0 || st.st_uid == 0 || st.st_mode & S_IWOTH)
			continue;
		if (rights_become(&r->rights, st.st_uid, st.st_gid, why) == OK)
			return true;
		complain(why);
		return false;
	}
	return true;
}

/* Where outputs get their names, and files are begun; returns how many. */
static size_t find_folders(const struct run *r, int folders[2])
{
	int of[2] = { r->recorder      ? recorder_folder(r->recorder)
		      : r->packets_out ? out_folder(r->packets_out)
		                       : -1,
		      out_folder(r->out) };
	size_t n = 0;
	for (size_t i = 0; i < 2; i++)
		if (of[i] >= 0)
			folders[n++] = of[i];
	return n;
}

/* Told now, and not with the first packet that cannot be written. */
static bool may_begin_files(struct run *r)
{
	const uint64_t *split = r->opt.split.of;
	bool divided = split[LIMIT_DURATION] || split[LIMIT_SIZE] || split[LIMIT_PACKETS];
	if (!divided ||
	    faccessat(recorder_folder(r->recorder), ".", W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	fprintf(stderr,
	        "sipglass: --split: %s%s may not begin files in the folder of -O: change "
	        "its owner%s\n",
	        *r->rights.user ? "user " : "the user", r->rights.user,
	        *r->rights.user ? ", or name another user with --user" : "");
	r->status = EXIT_USAGE;
	return false;
}

bool run_give_up_rights(struct run *r)
{
	char why[RIGHTS_WHY_MAX];
	bool live = r->opt.ndevices > 0;
	if (r->opt.no_sandbox) {
		if (!r->opt.quiet)
			complain("--no-sandbox: hostile packets meet all rights of the "
			         "user");
		return true;
	}
	int folders[2];
	struct rights_files files = { .screen = r->screen, .folders = folders };
	files.nfolders = find_folders(r, folders);
	files.begins = files.nfolders && (live || r->recorder);
	find_devices(r, &files);
	bool ok = live || become_owner(r, folders, files.nfolders);
	/* else who reads files as root has a reason, and may write beside them */
	if (ok && rights_drop(&r->rights, r->opt.user, !live, why) != OK) {
		complain(why);
		ok = false;
	}
	if (!ok) {
		r->status = EXIT_USAGE;
		return false;
	}
	files.own = r->screen ? config_folder(&r->config) : NULL;
	if (!may_begin_files(r))
		return false;
	if (rights_confine(&r->rights, &files, why) != OK && !r->opt.quiet)
		complain(why);
	rights_describe(&r->rights, r->confinement);
	r->totals.confinement = live ? r->confinement : NULL;
	return true;
}
