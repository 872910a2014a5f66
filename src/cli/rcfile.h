/* SPDX-License-Identifier: MIT */
/* cli/rcfile.h - configuration files: sipglassrc, read with libinih.
 *
 * Sections [screen], [columns], [keys], [aliases] and [theme]; what stands in them is in
 * tui/setup.h, and for [screen] in tui/setting.def. What cannot be understood is told in
 * a line that names file, line and remedy, and the rest counts. */
#ifndef CLI_RCFILE_H
#define CLI_RCFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "export/out.h"
#include "tui/setup.h"
#include "tui/tui.h"

#define CONFIG_LINE_MAX  180       /* bytes; libinih may be built with room for 200 */
#define CONFIG_BYTES_MAX (1 << 20) /* of a file: more were not written for this */
#define CONFIG_TOLD_MAX  20        /* lines told of one file; the others are counted */
#define CONFIG_TEXT_MAX  768       /* bytes of what is told, NUL included */
#define CONFIG_PATH_MAX  4096      /* bytes of a path, NUL included */

/* Gets one line, printable. */
typedef void config_tell(void *arg, const char *line);

/* Read a file into the setup. name: for what is told. Returns how many lines could not be
 * understood. */
unsigned config_read(struct setup *setup, FILE *file, const char *name, config_tell *tell,
                     void *arg);

/* What the command line says about files. */
struct config_files {
	const char *user; /* in the place of the user's own, or NULL */
	bool none;        /* read none */
};

struct config {
	struct setup setup;
	struct mem mem;             /* of the setup */
	char path[CONFIG_PATH_MAX]; /* the user's file, there or not; "": none to write */
	bool foreign;               /* it is there, and not what config_write made */
	bool ours_is_broken;        /* lines of it were not understood */
	bool confined;              /* config_folder was asked for */
	char folder[CONFIG_PATH_MAX];
	unsigned told;              /* lines that were not understood, in all files */
};

/* Read the files, in their order: that of the system, the user's, $SIPGLASSRC. False: the
 * one that the user named cannot be read, and that is told. The config is for
 * config_clear, whatever the result. */
bool config_load(struct config *out, const struct config_files *files, config_tell *tell,
                 void *arg);
void config_clear(struct config *config);

/* Names of addresses for text, or NULL where they are not to be shown. */
const struct aliases *config_aliases(const struct config *config);

/* The setup as a file that reads as the same again. Errors are left to out. */
void config_write(const struct setup *setup, struct out *out);

/* The same of some settings, of the columns or not, and of keys and names that the user
 * gave. */
struct config_parts {
	bool settings[SETTING_COUNT];
	bool columns;
};
void config_write_parts(const struct setup *setup, const struct config_parts *parts,
                        struct out *out);

/* The folder in which config_save must be able to write, made if it is not there; NULL:
 * none is to be opened for it. It is only ever our own one, .../sipglass: no other may be
 * written to by a program that reads what anybody sends. Borrowed from the config. */
const char *config_folder(struct config *config);

/* Write it to the user's file, with mode 0600, as tui_cfg.save_setup says. */
enum tui_saved config_save(struct config *config, const struct setup *setup,
                           bool overwrite, char *why);

#endif
