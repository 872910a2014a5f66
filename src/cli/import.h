/* SPDX-License-Identifier: MIT */
/* cli/import.h - a configuration file from that of sngrep: its lines `set NAME VALUE`,
 * `alias ADDRESS NAME`, `key ACTION KEY` and `unbindkey ACTION KEY`. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stdbool.h>

#include "base/slice.h"
#include "cli/rcfile.h"
#include "export/out.h"

#define IMPORT_BYTES_MAX (1U << 20) /* of a file: more were not written for this */

/* Write what the file says as a configuration file, and tell, line by line, what has no
 * counterpart. path NULL: ~/.sngreprc, or /etc/sngreprc where that is not there. False:
 * it cannot be read, or there is no memory, and that is told. */
bool import_sngreprc(const char *path, struct out *out, config_tell *tell, void *arg);

/* The same of text that was read. out NULL: nothing is written. False: no memory, and
 * that is told. */
bool import_text(struct slice text, const char *name, struct out *out, config_tell *tell,
                 void *arg);

#endif
