/* SPDX-License-Identifier: MIT */
/* Configuration files: what is read, what is told, what is written, and which files. */
#include "config.h"

#include <sys/stat.h>

#include "unit/cli/rc.h"

static struct mem mem;
static struct setup setup;
static struct told told;
static char folder[64];

static int begin(void **state)
{
	(void)state;
	mem_init(&mem, 8U << 20);
	setup_init(&setup, &mem);
	enter_folder(folder);
	setenv("HOME", folder, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("SIPGLASSRC");
	return 0;
}

static int end(void **state)
{
	char command[128];
	(void)state;
	setup_clear(&setup);
	assert_int_equal(mem.used, 0);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command); /* NOLINT: a name of our own */
}

static void reads(const char *text, const char *want)
{
	read_rc(&setup, text, strlen(text), &told);
	assert_string_equal(told.text, want);
}

static void is(enum setting setting, const char *want)
{
	struct slice text = setup_text(&setup, setting);
	assert_true(slice_eq(text, slice_of(want)));
}

static void a_file_is_read(void **state)
{
	(void)state;
	reads("\xef\xbb\xbf# comment\n; too\n\n[screen]\n times = first ; inline\n"
	      "\tcompressed: yes\nfilter = status == 486\n[columns]\nshow = index\n"
	      "show = header:X-A state\n[keys]\nstats = ^X ; c\npause =\n"
	      "find = Semicolon\n[aliases]\n10.0.0.1 = a b\n10.0.0.2:5060 = c\t; d\n"
	      "[2001:db8::1]:5060 = e\n2001:db8::/32 = f\n[theme]\nrequest = 33 bold\r\n"
	      "[screen]\nsdp = full",
	      "");
	is(SETTING_TIMES, "first");
	is(SETTING_COMPRESSED, "yes");
	is(SETTING_FILTER, "status == 486");
	is(SETTING_SDP, "full");
	assert_int_equal(setup.ncolumns, 3);
	assert_string_equal(setup.columns[1].header, "X-A");
	assert_int_equal(keys_action(&setup.keys, 24, SCREEN_LIST), ACTION_STATS);
	assert_int_equal(keys_action(&setup.keys, ';', SCREEN_LIST), ACTION_FIND);
	assert_int_equal(keys_action(&setup.keys, 'p', SCREEN_LIST), ACTION_NONE);
	assert_int_equal(setup.aliases.count, 4);
	assert_int_equal(setup.theme.changed[CELL_REQUEST].color, 33);
}

static void each_mistake_is_told(void **state)
{
	(void)state;
	reads("times = first\n[screen]\ntims = first\nzzzzzzz = 1\ntimes = "
	      "last\nnothing\n"
	      "[colors]\na = b\n[colums]\n[screen\n[columns]\nhide = index\nshow = srk\n"
	      "[aliases]\nx = y\n[::1]:0 = x\n10.0.0.1: sbc\n[screen]\nhintalt = yes\n",
	      "rc: line 1: it is in no section; write [screen] or another one above it\n"
	      "rc: line 3: there is no setting 'tims'; do you mean 'times'?\n"
	      "rc: line 4: there is no setting 'zzzzzzz'; --dump-config lists them\n"
	      "rc: line 5: times cannot be 'last'; write one of clock, first, previous\n"
	      "rc: line 6: there is no = in it; write NAME = VALUE\n"
	      "rc: line 7: there is no section [colors]; write [screen], [columns], "
	      "[keys], [aliases] or [theme]\n"
	      "rc: line 9: there is no section [colums]; do you mean [columns]?\n"
	      "rc: line 10: there is no ] behind the name of the section; write one\n"
	      "rc: line 12: there is only 'show' in [columns]; write show = NAME "
	      "NAME...\n"
	      "rc: line 13: there is no column 'srk'; do you mean 'src'?\n"
	      "rc: line 15: 'x' is no address; write ADDRESS, ADDRESS:PORT or "
	      "ADDRESS/LENGTH\n"
	      "rc: line 16: '[::1]:0' is no address; write ADDRESS, ADDRESS:PORT or "
	      "ADDRESS/LENGTH\n"
	      "rc: line 17: there is no = in it; write ADDRESS = NAME\n");
	is(SETTING_HINTALT, "yes"); /* the rest counts */
}

static void hostile_files_do_no_harm(void **state)
{
	static char text[TEXT_ROOM];
	static const char nul[] = "[screen]\nti\0mes = first\nhintalt = yes\n";
	static const char tail[] = "\n[screen]\nfollow = yes\n";
	(void)state;
	/* a line of 64 KB, twice: one that is text, and one that is a comment */
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - sizeof(tail), tail, sizeof(tail));
	read_rc(&setup, text, sizeof(text) - 1, &told);
	assert_string_equal(told.text,
	                    "rc: line 1: it is longer than 180 bytes; make it shorter\n");
	is(SETTING_FOLLOW, "yes");
	*text = '#';
	read_rc(&setup, text, sizeof(text) - 1, &told);
	assert_string_equal(told.text, "");
	read_rc(&setup, nul, sizeof(nul) - 1, &told);
	assert_string_equal(told.text, "rc: line 2: there is a NUL in it; take it out\n");
	is(SETTING_HINTALT, "yes");
	reads("[screen]\n\xff\xfe = \x1b[31m\nsave_path = \x1b]0;x\x07\n"
	      "[\x1b[2J]\n[aliases]\n10.0.0.1 = \xe2\x80\xae\n[keys]\n\x1b = \x9b\n",
	      "rc: line 2: there is no setting '\\xff\\xfe'; --dump-config lists them\n"
	      "rc: line 3: save_path has bytes that are no printable UTF-8; write it "
	      "anew\n"
	      "rc: line 4: there is no section [\\x1b[2J]; write [screen], [columns], "
	      "[keys], [aliases] or [theme]\n"
	      "rc: line 6: the name has bytes that are no printable UTF-8; write it "
	      "anew\n"
	      "rc: line 8: there is no action '\\x1b'; --dump-config lists them\n");
	/* at most some lines are told of one file */
	size_t len = 9;
	memcpy(text, "[screen]\n", len);
	while (len < 4000)
		len += (size_t)snprintf(text + len, 16, "bad\n");
	read_rc(&setup, text, len, &told);
	assert_int_equal(told.lines, CONFIG_TOLD_MAX + 1);
	assert_non_null(strstr(told.text, "rc: and 978 more\n"));
	/* and no more than a part of it is read */
	FILE *zero = fopen("/dev/zero", "r");
	assert_non_null(zero);
	told = (struct told){ .len = 0 };
	assert_int_equal(config_read(&setup, zero, "zero", told_add, &told), 2);
	fclose(zero);
}

/* Every byte of a file may be any byte. */
static void every_byte_may_be_another(void **state)
{
	static const char good[] = "[keys]\nsave = x\n[aliases]\n[::1]:1 = a\n[theme]\n"
				   "head = red on 7\n[columns]\nshow = src\n";
	char text[sizeof(good)];
	(void)state;
	for (size_t i = 0; i + 1 < sizeof(good); i++)
		for (unsigned c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			read_rc(&setup, text, sizeof(good) - 1, &told);
		}
}

static void write_rc(const char *path)
{
	char why[OUT_WHY_MAX];
	struct out *out;
	assert_int_equal(out_open(&out, path, why), OK);
	config_write(&setup, out);
	assert_int_equal(out_close(out, true, why), OK);
}

/* What is written reads as the same, without a word. */
static void what_is_written_reads_the_same(void **state)
{
	static char first[TEXT_ROOM], second[TEXT_ROOM];
	char line[256], longest[SETUP_TEXT_MAX];
	(void)state;
	reads("[screen]\ntheme = light\nsort = header:X-A\norder = descending\n[keys]\n"
	      "stats = p\npause = i ^X F1 Enter Up\nsave =\nfind = Semicolon # =\n"
	      "[aliases]\n10.0.0.1 = a b\n[::1]:5060 = #1; =\n10.0.0.0/8 = \xc3\xb6\n"
	      "[theme]\nrequest = bright-red on 231 dim\nplain = default\n",
	      "");
	memset(longest, 'x', sizeof(longest));
	longest[SETUP_TEXT_MAX - 1] = '\0';
	snprintf(line, sizeof(line), "[screen]\nsave_path = %s\n", longest);
	reads(line, "");
	for (unsigned i = 0; i < 30; i++) {
		char why[SETUP_WHY_MAX];
		int n = snprintf(line, sizeof(line), "header:X-%050u", i);
		assert_true(setup_add_columns(&setup, (struct slice){ line, (size_t)n },
		                              why));
	}
	write_rc("first");
	get_file("first", first);
	setup_clear(&setup);
	setup_init(&setup, &mem);
	reads(first, "");
	write_rc("second");
	get_file("second", second);
	assert_string_equal(first, second);
	assert_int_equal(keys_action(&setup.keys, 'p', SCREEN_LIST), ACTION_STATS);
	assert_int_equal(keys_action(&setup.keys, 'i', SCREEN_LIST), ACTION_PAUSE);
	assert_int_equal(setup.ncolumns, 39);
	is(SETTING_SAVE_PATH, longest);
}

/* --- which files */

static struct config config;

static bool load(const char *user, bool none)
{
	const struct config_files files = { user, none };
	config_clear(&config);
	told = (struct told){ .len = 0 };
	return config_load(&config, &files, told_add, &told);
}

static void loads(const char *want)
{
	assert_true(load(NULL, false));
	assert_string_equal(told.text, "");
	struct slice text = setup_text(&config.setup, SETTING_SAVE_PATH);
	assert_true(slice_eq(text, slice_of(want)));
}

static void files_have_an_order(void **state)
{
	(void)state;
	mem_init(&config.mem, 1);
	setup_init(&config.setup, &config.mem);
	loads("");
	assert_int_equal(mkdir("etc", 0700), 0);
	put_file("etc/sipglassrc", "[screen]\nsave_path = system\ntimes = first\n");
	loads("system");
	put_file(".sipglassrc", "[screen]\nsave_path = home\n");
	loads("home");
	assert_int_equal(config.setup.number[SETTING_TIMES], 1); /* of the system's */
	assert_int_equal(mkdir(".config", 0700) | mkdir(".config/sipglass", 0700), 0);
	put_file(".config/sipglass/sipglassrc", "[screen]\nsave_path = xdg\n");
	loads("xdg");
	setenv("XDG_CONFIG_HOME", "relative", 1); /* does not count */
	loads("xdg");
	char elsewhere[128];
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	setenv("XDG_CONFIG_HOME", elsewhere, 1);
	loads("home");
	put_file("last", "[screen]\nsave_path = last\n");
	setenv("SIPGLASSRC", "last", 1);
	loads("last");
	unsetenv("SIPGLASSRC");
	put_file("named", "[screen]\nsave_path = named\n");
	assert_true(load("named", false));
	assert_string_equal(config.setup.text[SETTING_SAVE_PATH], "named");
	assert_true(load(NULL, true));
	assert_string_equal(config.setup.text[SETTING_SAVE_PATH], "");
	config_clear(&config);
}

static void what_cannot_be_read_is_told(void **state)
{
	(void)state;
	assert_false(load("nowhere", false));
	assert_string_equal(told.text,
	                    "nowhere: No such file or directory; it is not read\n");
	assert_false(load("/", false));
	assert_string_equal(told.text, "/: Is a directory; it is not read\n");
	setenv("SIPGLASSRC", "a\nb", 1);
	assert_true(load(NULL, false));
	assert_string_equal(told.text,
	                    "a\\x0ab: No such file or directory; it is not read\n");
	unsetenv("SIPGLASSRC");
	put_file("keys", "[keys]\nstats = p\n");
	assert_true(load("keys", false));
	assert_string_equal(
		told.text,
		"pause has no key left on the call list: give it one under [keys]\n");
	config_clear(&config);
}

static enum tui_saved save(bool overwrite, char why[TUI_WHY_MAX])
{
	return config_save(&config, &config.setup, overwrite, why);
}

static void it_is_saved_with_care(void **state)
{
	static char text[TEXT_ROOM];
	char why[TUI_WHY_MAX];
	struct stat st;
	(void)state;
	/* folders come with it, and nobody else may read it */
	umask(0);
	assert_true(load(NULL, false));
	setup_choose(&config.setup, SETTING_HINTALT, 1);
	assert_int_equal(save(false, why), TUI_SAVED);
	assert_int_equal(stat(".config/sipglass/sipglassrc", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(".config/sipglass", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(umask(022), 0); /* as it was */
	/* our own one is replaced, mode and all */
	assert_int_equal(chmod(".config/sipglass/sipglassrc", 0644), 0);
	assert_true(load(NULL, false));
	assert_int_equal(config.setup.number[SETTING_HINTALT], 1);
	assert_int_equal(save(false, why), TUI_SAVED);
	assert_int_equal(stat(".config/sipglass/sipglassrc", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* one that somebody wrote is not, unless it is said twice; a link stays one */
	put_file("mine", "[screen]\nhintalt = yes\n");
	assert_int_equal(symlink("mine", "link"), 0);
	assert_true(load("link", false));
	assert_int_equal(save(false, why), TUI_SAVE_EXISTS);
	assert_non_null(strstr(why, "link was not written by sipglass"));
	get_file("mine", text);
	assert_string_equal(text, "[screen]\nhintalt = yes\n");
	assert_int_equal(save(true, why), TUI_SAVED);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	get_file("mine", text);
	assert_non_null(strstr(text, "# Written by sipglass"));
	/* nor one with lines that would be lost */
	size_t len = strlen(text);
	snprintf(text + len, sizeof(text) - len, "[screen]\nfuture = 1\n");
	put_file("mine", text);
	assert_true(load("link", false));
	assert_int_equal(save(false, why), TUI_SAVE_EXISTS);
	assert_non_null(strstr(why, "not understood"));
	/* nor is any written where none was read */
	assert_true(load(NULL, true));
	assert_int_equal(save(true, why), TUI_SAVE_FAILED);
	assert_non_null(strstr(why, "--no-config"));
	/* where it cannot be written, nothing is there */
	assert_int_equal(mkdir("folder", 0700), 0);
	put_file("folder/rc", "# Written by sipglass\n");
	assert_true(load("folder/rc", false));
	snprintf(config.path, sizeof(config.path), "nowhere/\x1b/rc");
	assert_int_equal(mkdir("nowhere", 0), 0);
	if (geteuid() != 0)
		assert_int_equal(save(false, why), TUI_SAVE_FAILED);
	for (const char *p = why; *p; p++)
		assert_in_range(*p, ' ', '~');
	chmod("nowhere", 0700);
	config_clear(&config);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_read),
		TEST(each_mistake_is_told),
		TEST(hostile_files_do_no_harm),
		TEST(every_byte_may_be_another),
		TEST(what_is_written_reads_the_same),
		TEST(files_have_an_order),
		TEST(what_cannot_be_read_is_told),
		TEST(it_is_saved_with_care),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
