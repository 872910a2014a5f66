/* SPDX-License-Identifier: MIT */
/* cli/run.h - inside cli: one run of the program, and what its files share. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/frame_spool.h"
#include "capture/merge.h"
#include "capture/source.h"
#include "capture/store.h"
#include "cli/rcfile.h"
#include "cli/options.h"
#include "cli/rights.h"
#include "engine/engine.h"
#include "export/json.h"
#include "export/ladder_text.h"
#include "export/lines.h"
#include "export/losses.h"
#include "export/out.h"
#include "export/packet_file.h"
#include "export/recorder.h"
#include "tui/tui.h"
#include "view/select.h"

enum {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,     /* wrong usage, a right that is missing, or no memory to begin
	                 * with */
	EXIT_INPUT = 2,     /* an input could not be opened, or is damaged or cut */
	EXIT_INTERFACE = 3, /* an interface went away */
	EXIT_OUTPUT = 4     /* the output could not be written */
};

#define RUN_NOTES_MAX 8 /* while the screen is shown; each is said once */

/* What is known of an input, and told. */
struct told_input {
	bool problem;        /* what went wrong with it */
	unsigned char downs; /* looks at a link that had been down; DOWN_TOLD */
};

struct run {
	struct options opt;
	struct config config;
	struct select select;
	struct slice *call_ids;
	struct mem expression_mem; /* of these two */
	struct expression *filter; /* --filter, or NULL */
	struct expression *match;  /* --match, or NULL */
	struct merge *merge;
	const char **paths; /* of the inputs that could be opened */
	uint64_t *read_to;  /* of each: the number of its packet read last */
	int *again;         /* descriptors to read them again by, with paths; -1: none */
	struct frame_spool *frames; /* packets, where an input cannot be read again */
	struct store *store;
	struct engine *engine;
	struct engine_cfg engine_cfg; /* that it was made with */
	struct json_export *json;
	struct lines lines; /* of -N while capturing */
	struct ladder_text ladders;
	struct out *out;
	struct out *packets_out;   /* of -O, as one file written at the end */
	struct recorder *recorder; /* of -O, divided, or written as it comes */
	struct export_totals totals;
	uint64_t packets;
	uint64_t bytes;        /* of all inputs; 0: not known */
	int wait_ms;           /* of sources */
	int64_t looked_up;     /* ms of the monotonic clock: run_is_time */
	int64_t looked;        /* the same: at what was dropped */
	uint64_t idle_packets; /* read when nothing came for the first time ... */
	int64_t idle_since;    /* ... then, in ms */
	int64_t began;         /* ms of the monotonic clock */
	int64_t told;          /* the same of the last progress line; 0: none */
	int status;
	struct tui_changes *changes; /* calls that the screen does not show yet */
	bool screen;                 /* is how it is shown */
	bool on_screen;              /* now */
	bool ended;                  /* all packets are read */
	bool cut;                    /* not all was written to out */
	struct {
		char text[RUN_NOTES_MAX][OUT_WHY_MAX];
		unsigned n;
		unsigned shown; /* on the screen */
	} notes;                /* what is to be told when the screen is gone */
	bool told_out;          /* that out failed */
	bool told_packets;      /* the same of -O */
	struct told_input *told_inputs;
	int64_t hurried;        /* ms: waiting for a reader began to be limited; 0 */
	struct rights rights;
	char confinement[RIGHTS_WHY_MAX];
};

#define FRAMES_A_LOOK 1024 /* frames between two looks at anything but frames */

/* One line on standard error, behind the name of the program. */
void complain(const char *text);
/* The same as it happens: on the status line, and on standard error when the screen is
 * gone. */
void run_tell(struct run *r, const char *text);
/* Was a signal sent to end the program? */
bool run_stopped(void);
/* Milliseconds of a clock that only goes on. */
int64_t run_now_ms(void);
/* Is it time to look at anything but packets? Of a file, each FRAMES_A_LOOK packets; what
 * comes as slowly as somebody sends it, from a pipe or into a file that is followed, may
 * take long for so many. */
bool run_is_time(struct run *r);
/* Is there as much as --count and --autostop want? */
bool run_is_enough(const struct run *r);
/* Was a signal sent to write to new files? Once for each. */
bool run_reopen_wanted(void);
/* Feed a packet to the engine, and keep it where it cannot be read again. */
void run_frame(struct run *r, const struct frame *frame);
/* Are messages written as they come, a line each? */
bool run_lines(const struct run *r);
/* Bytes that may be kept on disk, of messages, and of packets to be saved; 0: no
 * limit. */
uint64_t run_spool_limit(const struct run *r);
/* May UTF-8 be written? */
bool run_utf8(const struct run *r);
/* Are colours wanted, where there is a terminal? https://no-color.org */
bool run_color(void);
/* Columns of a ladder: as asked for, those of the terminal, of COLUMNS, or 80. */
unsigned run_width(const struct run *r);
/* Where files are put that have no name. */
const char *run_temp_dir(void);
/* Open a file that grows while capturing, else one that is whole or not there; path NULL:
 * standard output. As out_open. */
MUST_USE enum err run_open_out(const struct run *r, struct out **out, const char *path,
                               char why[OUT_WHY_MAX]);

/* Read the configuration, and do what the command line asks for in the place of reading
 * packets; task.c. True: go on with these; else the status is set. */
bool run_begin(struct run *r);

/* Before the first packet is looked at, when all is open; confine.c. False: it must not
 * be looked at, and that is told. */
bool run_give_up_rights(struct run *r);

/* Open every file that can be opened; the others are told and remembered. Of interfaces
 * each one must be there; inputs.c. False: told. */
bool inputs_open(struct run *r);
/* How to open input number `input`; wait_ms as in struct source_cfg. */
struct source_cfg run_source_cfg(const struct run *r, uint16_t input, int wait_ms);
/* 0 to 100 of the inputs, or -1 where their size is not known. */
int run_percent(const struct run *r);
/* The counters of all inputs, now that they have ended, and what nobody could read. */
void inputs_finish(struct run *r);

/* The engine, and who is told what it finds; analysis.c. False: out of memory. */
bool analysis_begin(struct run *r);
/* What is left to write when all packets are in. */
void analysis_finish(struct run *r);

/* Browse on the terminal until the user leaves; screen.c. */
void screen_show(struct run *r);

/* Of capturing; live.c. Before its first packet: */
void live_prepare(struct run *r);
/* To be called now and then, and when there is no packet (idle). True: capturing is to
 * end now. */
bool live_clock(struct run *r, bool idle);
/* What the kernel dropped until now. */
void live_count_drops(struct run *r);
/* What is there is all there will be: now there is time for a slow reader. */
void live_finish(struct run *r);
/* Tell what went wrong with each input, once. */
void live_tell_inputs(struct run *r);
/* The counters of the end, as tcpdump has them. */
void live_tell_end(const struct run *r);

/* Open what -O writes to; packets.c. False: told. */
bool packets_open(struct run *r);
/* Does it write at the end, packets of calls that must be known then? */
bool packets_need_calls(const struct run *r);
/* What -O writes at the end, and closing it. */
void packets_finish(struct run *r);
/* Have what it takes to read the packets again later, if they will be; packets.c. False:
 * told. */
bool packets_prepare(struct run *r);
void packets_clear(struct run *r);
/* While capturing: write a packet that the engine has just seen, unless what is wanted of
 * them is known at the end only. */
void packets_stream(struct run *r, const struct frame *frame);
/* Write the packets of calls, with their media or not, and close out. False: why is set
 * to one line. */
bool packets_save(struct run *r, const struct select *sel, struct out *out,
                  enum packet_format format, bool media, char why[OUT_WHY_MAX]);
/* Write calls into a file for the screen (tui/tui.h); save.c. arg: the struct run. */
enum tui_saved save_calls(void *arg, const struct tui_save *save, char why[TUI_WHY_MAX]);

#endif
