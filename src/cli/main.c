/* SPDX-License-Identifier: MIT */
/* cli/main.c - opens the inputs, feeds the engine, writes the output.
 *
 * The one place that prints messages and ends the process. Exit status: EXIT_* below
 * and in the manual page. */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/run.h"

#define LOOK_EACH         10          /* ms that packets may be read without a look up */
#define PROGRESS_FIRST    500         /* ms of work before progress is worth a line */
#define EXPRESSION_MEMORY (16U << 20) /* bytes for expressions, the regular ones too */
#define PROGRESS_EACH     200         /* ms between two of them */

static volatile sig_atomic_t stopped, reopen_wanted;
static struct merge *volatile stop_merge; /* for the signal handler alone */

/* The first one ends the work, and what there is gets written; the second one the
 * program. */
static void on_signal(int number)
{
	if (stopped) {
		signal(number, SIG_DFL);
		raise(number);
	}
	stopped = 1;
	if (stop_merge)
		merge_break(stop_merge);
}

static void on_reopen(int number)
{
	(void)number;
	reopen_wanted = 1;
}

bool run_reopen_wanted(void)
{
	bool wanted = reopen_wanted != 0;
	reopen_wanted = 0;
	return wanted;
}

void complain(const char *text)
{
	fprintf(stderr, "sipglass: %s\n", text);
}

void run_tell(struct run *r, const char *text)
{
	if (!r->on_screen)
		complain(text);
	else if (r->notes.n < RUN_NOTES_MAX)
		snprintf(r->notes.text[r->notes.n++], OUT_WHY_MAX, "%s", text);
}

/* --- packets */

void run_frame(struct run *r, const struct frame *frame)
{
	r->packets++;
	r->read_to[frame->input] = frame->number;
	engine_frame(r->engine, frame);
	bool keep = r->frames &&
	            (r->opt.rtp || engine_frame_use(r->engine) != ENGINE_USE_NONE);
	if (keep && frame_spool_put(r->frames, frame) != OK)
		r->totals.packets_not_kept++;
	packets_stream(r, frame);
}

bool run_lines(const struct run *r)
{
	return r->opt.ndevices && r->opt.mode == OPTIONS_MODE_NONE && !r->screen &&
	       !r->opt.packets;
}

/* As slowly as somebody sends them, as they do not out of a file that is there. */
static bool is_slow(const struct run *r)
{
	return r->bytes == 0 || r->opt.follow;
}

bool run_is_time(struct run *r)
{
	bool often = r->packets % FRAMES_A_LOOK == 0;
	if (!often && !is_slow(r))
		return false;
	int64_t now = run_now_ms();
	if (!often && now - r->looked_up < LOOK_EACH)
		return false;
	r->looked_up = now;
	return true;
}

bool run_is_enough(const struct run *r)
{
	const uint64_t *most = r->opt.autostop.of;
	return (most[LIMIT_PACKETS] && r->packets >= most[LIMIT_PACKETS]) ||
	       (most[LIMIT_MESSAGES] &&
	        engine_stats(r->engine)->messages >= most[LIMIT_MESSAGES]) ||
	       (most[LIMIT_CALLS] &&
	        tracker_calls(engine_tracker(r->engine)) >= most[LIMIT_CALLS]) ||
	       (most[LIMIT_SIZE] && r->recorder &&
	        recorder_size(r->recorder) >= most[LIMIT_SIZE]);
}

/* --- progress, on a terminal only */

int64_t run_now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void progress(struct run *r)
{
	if (r->opt.quiet || !isatty(STDERR_FILENO))
		return;
	int64_t now = run_now_ms();
	if (now - r->began < PROGRESS_FIRST || now - r->told < PROGRESS_EACH)
		return;
	const struct engine_stats *s = engine_stats(r->engine);
	int percent = run_percent(r);
	if (percent >= 0)
		fprintf(stderr, "\r%3d %%  ", percent);
	else
		fputs("\r", stderr);
	fprintf(stderr, "%llu packets, %llu SIP messages, %u calls ",
	        (unsigned long long)r->packets, (unsigned long long)s->messages,
	        tracker_calls(engine_tracker(r->engine)));
	r->told = now;
}

static void progress_end(const struct run *r)
{
	if (r->told)
		fputs("\r\033[K", stderr);
}

/* --- the work */

/* Nobody wants the output any more: who reads it has gone, or it cannot be written. A
 * file can be followed by another one, and packets are recorded all the same. */
static bool is_over(const struct run *r)
{
	if (!out_failed(r->out))
		return false;
	return !r->opt.ndevices || out_is_broken_pipe(r->out) ||
	       (!r->opt.out && !r->recorder);
}

static void feed(struct run *r)
{
	struct frame frame;
	for (;;) {
		enum err e = merge_next(r->merge, &frame);
		if (e == OK)
			run_frame(r, &frame);
		else if (e != ERR_MORE)
			break;
		bool look = e == ERR_MORE || run_is_time(r);
		if (look && is_slow(r))
			out_flush(r->out); /* a reader sees what there is */
		if (look)
			progress(r);
		if (stopped || run_is_enough(r) ||
		    (look && (live_clock(r, e == ERR_MORE) || is_over(r))))
			break;
	}
	progress_end(r);
	engine_finish(r->engine);
	r->ended = true;
}

/* Messages that the regular expressions were too hard for may belong to calls that are
 * missing now. */
static void tell_given_up(const struct run *r)
{
	uint64_t n = (r->filter ? expression_given_up(r->filter) : 0) +
	             (r->match ? expression_given_up(r->match) : 0);
	if (n && !r->opt.quiet)
		fprintf(stderr,
		        "sipglass: the regular expression was given up %llu times, being "
		        "too slow: calls may be missing; make it simpler\n",
		        (unsigned long long)n);
}

static void close_output(struct run *r)
{
	char why[OUT_WHY_MAX];
	out_flush(r->out);
	bool broken = out_is_broken_pipe(r->out);
	bool whole = r->ended && !r->cut;
	if (out_close(r->out, whole, why) != OK && !broken) {
		if (!r->told_out)
			complain(why);
		r->status = EXIT_OUTPUT;
	}
}

enum err run_open_out(const struct run *r, struct out **out, const char *path,
                      char why[OUT_WHY_MAX])
{
	return r->opt.ndevices ? out_open_growing(out, path, why)
	                       : out_open(out, path, why);
}

/* All that is read and written, before rights are given up. False: told; what is open
 * already stays so. */
static bool open_files(struct run *r)
{
	char why[STORE_WHY_MAX > OUT_WHY_MAX ? STORE_WHY_MAX : OUT_WHY_MAX];
	if (store_new(&r->store, why) != OK) {
		complain(why);
		r->status = EXIT_OUTPUT;
		return false;
	}
	if (!inputs_open(r) || !packets_prepare(r))
		return false;
	if (run_open_out(r, &r->out, r->opt.out, why) != OK) {
		complain(why);
		r->status = EXIT_OUTPUT;
		return false;
	}
	return packets_open(r);
}

/* What the packets go through. False: told. */
static bool set_up(struct run *r)
{
	if (analysis_begin(r))
		return true;
	complain("out of memory");
	r->status = EXIT_USAGE;
	return false;
}

static void read_packets(struct run *r)
{
	live_prepare(r);
	stop_merge = r->merge;
	if (r->screen)
		screen_show(r);
	else
		feed(r);
	stop_merge = NULL;
	live_finish(r);
	live_tell_inputs(r);
	inputs_finish(r);
}

/* What is known at the end only. */
static void write_calls(struct run *r)
{
	select_decide(&r->select, r->engine);
	if (!r->screen && !out_failed(r->out))
		analysis_finish(r);
	packets_finish(r);
	select_clear(&r->select, r->engine);
	tell_given_up(r);
	live_tell_end(r);
}

static void close_files(struct run *r)
{
	char why[OUT_WHY_MAX];
	if (r->out)
		close_output(r);
	if (r->packets_out && out_close(r->packets_out, false, why) != OK)
		complain(why);
	if (r->recorder && recorder_close(r->recorder, why) != OK)
		complain(why);
}

static void work(struct run *r)
{
	if (open_files(r) && set_up(r) && run_give_up_rights(r)) {
		read_packets(r);
		write_calls(r);
	}
	close_files(r);
}

/* A filter is part of the command line: a wrong one is wrong usage, and told before
 * any input is opened. */
static bool check_filter(const struct run *r)
{
	const struct source_cfg cfg = { .filter = r->opt.filter,
		                        .filter_raw = r->opt.filter_raw };
	char why[SOURCE_WHY_MAX];
	if (source_check_filter(&cfg, why) == OK)
		return true;
	complain(why);
	return false;
}

/* The same goes for the expressions that select calls. */
static bool check_expressions(struct run *r)
{
	const struct options *o = &r->opt;
	struct expression_error error;
	mem_init(&r->expression_mem, EXPRESSION_MEMORY);
	enum err e = OK;
	const char *option = "--filter";
	if (o->expression)
		e = expression_new(&r->filter, &r->expression_mem,
		                   slice_of(o->expression), &error);
	if (e == OK && o->match) {
		option = "--match";
		e = expression_new_match(&r->match, &r->expression_mem,
		                         slice_of(o->match), o->icase, o->invert, &error);
	}
	if (e == ERR_FORMAT)
		fprintf(stderr, "sipglass: %s: column %u: %s\n", option, error.column,
		        error.why);
	else if (e != OK)
		fprintf(stderr, "sipglass: %s: too large\n", option);
	return e == OK;
}

bool run_stopped(void)
{
	return stopped != 0;
}

static int setup_caps(void)
{
	char why[RIGHTS_WHY_MAX];
	if (rights_give(why) == OK)
		return EXIT_DONE;
	complain(why);
	return EXIT_USAGE;
}

static void show_version(void)
{
	puts(PACKAGE_STRING);
	printf("confinement: %s\n", *rights_built() ? rights_built() : "none");
}

/* Not what is ignored already, as nohup has it. */
static void catch_signal(int number, void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler }, before;
	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(number, &act, NULL);
}

static void catch_signals(const struct run *r)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	catch_signal(SIGINT, on_signal);
	catch_signal(SIGTERM, on_signal);
	catch_signal(SIGHUP, on_signal);
	if (r->opt.ndevices)
		catch_signal(SIGUSR1, on_reopen);
	/* seen as errors of writing */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

/* A descriptor of ours must not be taken for one of the three, were they closed. */
static void open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return;
}

int main(int argc, char **argv)
{
	struct run r = { .status = EXIT_DONE };
	char why[OPTIONS_WHY_MAX];
	open_standard();
	setlocale(LC_ALL, "");
	switch (options_parse(argc, argv, &r.opt, why)) {
	case OPTIONS_HELP:
		options_help(stdout, 80);
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_OUTPUT;
	case OPTIONS_VERSION:
		show_version();
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_OUTPUT;
	case OPTIONS_SETUP_CAPS: return setup_caps();
	case OPTIONS_WRONG: complain(why); return EXIT_USAGE;
	case OPTIONS_RUN: break;
	}
	if (!run_begin(&r)) {
		config_clear(&r.config);
		options_clear(&r.opt);
		return r.status;
	}
	if (!check_filter(&r) || !check_expressions(&r)) {
		expression_free(r.filter);
		config_clear(&r.config);
		options_clear(&r.opt);
		return EXIT_USAGE;
	}
	r.screen = r.opt.mode == OPTIONS_MODE_NONE && !r.opt.no_interface &&
	           !r.opt.stream && !r.opt.out && isatty(STDOUT_FILENO);
	catch_signals(&r);
	r.began = run_now_ms();
	work(&r);
	json_export_free(r.json);
	engine_free(r.engine);
	merge_free(r.merge);
	packets_clear(&r);
	frame_spool_free(r.frames);
	store_free(r.store);
	free(r.paths);
	free(r.read_to);
	free(r.told_inputs);
	free(r.call_ids);
	free(r.changes);
	expression_free(r.filter);
	expression_free(r.match);
	config_clear(&r.config);
	options_clear(&r.opt);
	return r.status;
}
