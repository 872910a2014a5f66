/* SPDX-License-Identifier: MIT */
/* What sngrep's settings become here, and that each becomes something or is told. */
#include "config.h"

#include "cli/import.h"

#include "unit/cli/rc.h"

static struct told told;
static char folder[64], text[TEXT_ROOM];

static int begin(void **state)
{
	(void)state;
	enter_folder(folder);
	return 0;
}

static int end(void **state)
{
	char command[128];
	(void)state;
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command); /* NOLINT: a name of our own */
}

/* What comes out is in text, and a reader has nothing to say about it. */
static void import(const char *in, size_t len)
{
	char why[OUT_WHY_MAX];
	struct out *out;
	struct mem mem;
	struct setup setup;
	struct told reading;
	told = (struct told){ .len = 0 };
	assert_int_equal(out_open(&out, "out", why), OK);
	assert_true(import_text((struct slice){ in, len }, "rc", out, told_add, &told));
	assert_int_equal(out_close(out, true, why), OK);
	get_file("out", text);
	assert_int_equal(unlink("out"), 0);
	mem_init(&mem, 8U << 20);
	setup_init(&setup, &mem);
	read_rc(&setup, text, strlen(text), &reading);
	assert_string_equal(reading.text, "");
	setup_clear(&setup);
}

static void gives(const char *in, const char *line)
{
	import(in, strlen(in));
	assert_string_equal(told.text, "");
	if (!strstr(text, line))
		fail_msg("%s: no \"%s\" in\n%s", in, line, text);
}

static void tells(const char *in, const char *want)
{
	import(in, strlen(in));
	assert_string_equal(told.text, want);
}

static void settings_have_their_values(void **state)
{
	(void)state;
	gives("set background dark", "\ntheme = dark\n");
	gives("set background default", "\ntheme = default\n");
	gives("set colormode request", "\nflow_colors = kind\n");
	gives("set colormode cseq", "\nflow_colors = cseq\n");
	gives("set colormode callid", "\nflow_colors = dialog\n");
	gives("set syntax off", "\nsyntax = no\n");
	gives("SET hintkeyalt on", "\nhintalt = yes\n");
	gives("set exitprompt on", "\nconfirm_exit = yes\n");
	gives("set sip.calls on", "\ncalls_only = yes\n");
	gives("  set\tsavepath   /var/spool/a b  \r", "\nsave_path = /var/spool/a b\n");
	gives("set displayalias off", "\naliases = no\n");
	gives("set aliasport on", "\nalias_port = yes\n");
	gives("set cl.autoscroll on", "\nfollow = yes\n");
	gives("set cl.sortfield sipto", "\nsort = sipto\n");
	gives("set cl.sortorder desc", "\norder = descending\n");
	gives("set cf.forceraw off", "\npreview = no\n");
	gives("set cf.media active", "\nmedia = yes\n");
	gives("set cf.onlymedia on", "\nonly = media\n");
	gives("set cf.onlymedia off", "\nonly = all\n");
	gives("set cf.sdpinfo off", "\nsdp = mark\n");
	gives("set cf.sdpinfo compressed", "\nsdp = first\n");
	tells("set colormode blue", "rc: line 1: set colormode: flow_colors cannot be "
	                            "'blue'; write one of kind, "
	                            "cseq, dialog\n");
}

/* All settings of sngrep, as its documents name them: none is unknown. */
static void each_setting_is_known(void **state)
{
	static const char *const names[] = {
		"background",        "colormode",          "syntax",
		"syntax.tag",        "syntax.branch",      "hintkeyalt",
		"exitprompt",        "capture.limit",      "capture.device",
		"capture.outfile",   "capture.buffer",     "capture.keyfile",
		"capture.tlsserver", "capture.eep",        "capture.rtp",
		"capture.storage",   "capture.rotate",     "sip.noincomplete",
		"sip.xcid",          "sip.calls",          "savepath",
		"savepatheditable",  "displayalias",       "aliasport",
		"cl.scrollstep",     "cl.colorattr",       "cl.autoscroll",
		"cl.sortfield",      "cl.sortorder",       "cf.forceraw",
		"cf.rawminwidth",    "cf.rawfixedwidth",   "cf.splitcallid",
		"cf.highlight",      "cf.scrollstep",      "cf.localhighlight",
		"cf.sdpinfo",        "cf.media",           "cf.onlymedia",
		"cf.deltatime",      "cr.scrollstep",      "cr.nonascii",
		"filter.payload",    "filter.methods",     "telephone_event",
		"eep.send",          "eep.send.version",   "eep.send.address",
		"eep.send.port",     "eep.send.pass",      "eep.send.id",
		"eep.listen",        "eep.listen.version", "eep.listen.address",
		"eep.listen.port",   "eep.listen.pass",    "eep.listen.uuid",
		"cl.column0",        "cl.column7.width"
	};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char line[128];
		snprintf(line, sizeof(line), "set %s nonsense\n", names[i]);
		import(line, strlen(line));
		if (strstr(told.text, "no such setting"))
			fail_msg("%s", told.text);
		/* a reason has a remedy */
		assert_true(told.lines == 0 || strchr(told.text, ';') ||
		            strstr(told.text, "with") || strstr(told.text, "give"));
	}
	tells("set cf.sdpinf on",
	      "rc: line 1: set cf.sdpinf: sngrep has no such setting; do you mean "
	      "'cf.sdpinfo'?\n");
}

static void columns_are_those_of_sngrep(void **state)
{
	(void)state;
	gives("set cl.column2 callid\nset cl.column8 contact\n",
	      "\n[columns]\nshow = index finding method callid sipto msgcnt src dst "
	      "state "
	      "contact\n");
	tells("set cl.column1 nope\nset cl.column99 src\nset cl.columnx src\n"
	      "set cl.column1.width 10\n",
	      "rc: line 1: set cl.column1: there is no column 'nope'; F10 lists them\n"
	      "rc: line 2: set cl.column99: it has no such column; leave it out\n"
	      "rc: line 3: set cl.columnx: it has no such column; leave it out\n"
	      "rc: line 4: set cl.column1.width: columns are as wide as what is in them; "
	      "leave it out\n");
	assert_null(strstr(text, "[columns]"));
}

static void filters_are_expressions(void **state)
{
	(void)state;
	gives("set filter.methods "
	      "REGISTER,INVITE,SUBSCRIBE,NOTIFY,OPTIONS,PUBLISH,MESSAGE,"
	      "INFO,REFER,UPDATE,KDMQ\n",
	      "\n[screen]\n");
	assert_null(strstr(text, "filter"));
	gives("set filter.methods INVITE, register\n",
	      "\nfilter = transaction.method in {");
	gives("set filter.payload X-Acc: 7\n", "\nfilter = raw ~ \"(?i)X-Acc: 7\"\n");
	tells("set filter.methods INVITE,NOPE\n",
	      "rc: line 1: set filter.methods: 'NOPE' is none of the form; leave it "
	      "out\n");
	import("set filter.payload ((\n", 22);
	assert_int_equal(told.lines, 1);
	assert_null(strstr(text, "filter"));
}

static void keys_are_added_and_taken(void **state)
{
	(void)state;
	gives("key raw ^X\n", "\nraw = F6 R r ^X\n");
	gives("key stats Ctrl-x\nunbindkey stats i\n", "\nstats = ^X\n");
	gives("unbindkey pause p\n", "\npause =\n");
	gives("unbindkey pause x\n", "\npause = p\n");
	gives("key pause p\n", "\npause = p\n");
	tells("key onlypause x\nkey pause Foo\nkey pfield x\nunbindkey pause Foo\n",
	      "rc: line 1: key onlypause: there is no action 'onlypause'; --dump-config "
	      "lists them\n"
	      "rc: line 2: key pause: there is no key 'Foo'; write a character, ^A, F1, "
	      "Enter, Space, Up and the like\n"
	      "rc: line 3: key pfield: Tab and the arrows go through a form; leave it "
	      "out\n"
	      "rc: line 4: key pause: there is no key 'Foo'; write a character, ^A, F1, "
	      "Enter, Space, Up and the like\n");
	tells("key pause 1\nkey pause 2\nkey pause 3\nkey pause 4\nkey pause 5\n",
	      "rc: line 5: key pause: more than 5 keys; leave '5' out\n");
}

/* Those of sngrep: each is an action here, or is told with its reason. */
static void each_action_is_known(void **state)
{
	static const char *const names[] = { "up",
		                             "down",
		                             "left",
		                             "right",
		                             "npage",
		                             "ppage",
		                             "hnpage",
		                             "hppage",
		                             "begin",
		                             "end",
		                             "pfield",
		                             "nfield",
		                             "delete",
		                             "backspace",
		                             "clear",
		                             "prevscreen",
		                             "help",
		                             "togglesyntax",
		                             "colormode",
		                             "togglealias",
		                             "hintalt",
		                             "confirm",
		                             "select",
		                             "toggletime",
		                             "show",
		                             "flowex",
		                             "raw",
		                             "filters",
		                             "columns",
		                             "settings",
		                             "search",
		                             "save",
		                             "stats",
		                             "clearcalls",
		                             "clearcallssoft",
		                             "pause",
		                             "autoscroll",
		                             "sortprev",
		                             "sortnext",
		                             "sortswap",
		                             "sdpinfo",
		                             "togglemedia",
		                             "onlymedia",
		                             "onlysdp",
		                             "compress",
		                             "rawpreview",
		                             "morerawpreview",
		                             "lessrawpreview",
		                             "resetrawpreview",
		                             "columnup",
		                             "columndown" };
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char line[64];
		snprintf(line, sizeof(line), "key %s F12\n", names[i]);
		import(line, strlen(line));
		if (strstr(told.text, "there is no action"))
			fail_msg("%s", told.text);
	}
}

/* A reason is for what is not there. */
static void no_reason_is_stale(void **state)
{
	static const char *const names[] = {
#define NO_ACTION(name, reason) name,
#include "cli/sngreprc.def"
	};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (unsigned n = 0; keys_action_name(n); n++)
			assert_string_not_equal(names[i], keys_action_name(n));
}

static void other_lines(void **state)
{
	(void)state;
	gives("# set x y\n\n; z\nalias 10.0.0.1 sbc one\nalias 10.0.0.2:5060 trunk\n"
	      "alias ::1 me",
	      "\n[aliases]\n10.0.0.2:5060 = trunk\n10.0.0.1 = sbc one\n::1 = me\n");
	tells("alias host x\nset syntax\nnope a b\nignore method OPTIONS\n",
	      "rc: line 1: alias: 'host' is no address; write ADDRESS, ADDRESS:PORT or "
	      "ADDRESS/LENGTH\n"
	      "rc: line 2: it is not whole; write 'set NAME VALUE', 'alias ADDRESS "
	      "NAME', "
	      "'key ACTION KEY' or 'unbindkey ACTION KEY'\n"
	      "rc: line 3: 'nope': sngrep has no such word; leave the line out\n"
	      "rc: line 4: ignore: write it as a filter in [screen], such as: filter = "
	      "not "
	      "from.user == alice\n");
}

static void hostile_files_do_no_harm(void **state)
{
	static char longest[65536];
	static const char bytes[] =
		"set a\0b \xff\x1b[31m\nkey \x1b \x9b\nalias ::1 \x1b\n"
		"\0\0\0 \0 \0\nset savepath a ; b\nset savepath \x7f\n"
		"alias ::2 a ; b\nalias ::3 ; c\nkey stats ;\n";
	(void)state;
	import(bytes, sizeof(bytes) - 1);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "set savepath ", 13);
	import(longest, sizeof(longest));
	assert_string_equal(told.text,
	                    "rc: line 1: it is longer than 1024 bytes; leave it out\n");
	import("", 0);
	assert_string_equal(told.text, "");
}

static void which_file(void **state)
{
	char why[OUT_WHY_MAX];
	struct out *out;
	(void)state;
	setenv("HOME", folder, 1);
	put_file(".sngreprc", "set syntax off\nset capture.rtp on\n");
	put_file("other", "set hintkeyalt on\n");
	told = (struct told){ .len = 0 };
	assert_int_equal(out_open(&out, "out", why), OK);
	assert_true(import_sngreprc(NULL, out, told_add, &told));
	assert_true(import_sngreprc("other", out, told_add, &told));
	assert_int_equal(told.lines, 1);
	assert_false(import_sngreprc("nowhere", out, told_add, &told));
	assert_false(import_sngreprc("/", out, told_add, &told));
	assert_false(import_sngreprc("/dev/zero", out, told_add, &told));
	assert_non_null(strstr(told.text, "nowhere: No such file or directory; name "
	                                  "another file\n/: Is a directory; name another "
	                                  "file\n/dev/zero: File too large; name "
	                                  "another file\n"));
	assert_int_equal(out_close(out, true, why), OK);
	get_file("out", text);
	assert_non_null(strstr(text, "\nsyntax = no\n"));
	assert_non_null(strstr(text, "\nhintalt = yes\n"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(settings_have_their_values),  TEST(each_setting_is_known),
		TEST(columns_are_those_of_sngrep), TEST(filters_are_expressions),
		TEST(keys_are_added_and_taken),    TEST(each_action_is_known),
		TEST(no_reason_is_stale),          TEST(other_lines),
		TEST(hostile_files_do_no_harm),    TEST(which_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
