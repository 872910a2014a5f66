/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/rcfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "base/safe.h"
#include "base/utf8.h"
#include "view/expression_lex.h"

#define CONFIG_MEMORY (8U << 20) /* bytes: all aliases with the longest names */

/* The first line of what config_write makes. */
#define MARK          "# Written by sipglass"

/* --- reading */

static const char *const sections[] = { "screen", "columns", "keys", "aliases", "theme" };
#define SECTIONS (sizeof(sections) / sizeof(*sections))

struct reader {
	struct setup *setup;
	FILE *file;
	const char *name;
	config_tell *tell;
	void *arg;
	size_t bytes;
	unsigned number; /* of the line, from 1 */
	unsigned told;
	bool waiting;     /* the line must have a value, and the handler did not see it */
	bool has_columns; /* the first columns of the file were read */
	char line[CONFIG_LINE_MAX + 1];
};

static void say(config_tell *tell, void *arg, const char *text)
{
	char line[CONFIG_TEXT_MAX];
	safe_text_copy(slice_of(text), false, line, sizeof(line));
	tell(arg, line);
}

/* Tell about the line that is read, and what to do. */
PRINTF_LIKE(2, 3) static void complain(struct reader *r, const char *format, ...)
{
	char text[CONFIG_TEXT_MAX], why[CONFIG_TEXT_MAX / 2];
	va_list args;
	if (r->told++ >= CONFIG_TOLD_MAX)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(text, sizeof(text), "%.300s: line %u: %s", r->name, r->number, why);
	say(r->tell, r->arg, text);
}

static const char *nth_section(const void *arg, unsigned n)
{
	(void)arg;
	return n < SECTIONS ? sections[n] : NULL;
}

static const char *nth_setting(const void *arg, unsigned n)
{
	(void)arg;
	return n < SETTING_COUNT ? setting_row((enum setting)n)->name : NULL;
}

static bool is_section(struct slice name)
{
	for (size_t i = 0; i < SECTIONS; i++)
		if (slice_eq(name, slice_of(sections[i])))
			return true;
	return false;
}

/* A word of the file, short. */
static int word_len(struct slice word)
{
	return (int)slice_head(word, 40).len;
}

static void check_section(struct reader *r, struct slice line)
{
	size_t end = slice_index(line, ']');
	struct slice name = slice_head(slice_skip(line, 1), end - 1);
	if (end == line.len)
		complain(r, "there is no ] behind the name of the section; write one");
	else if (!is_section(name)) {
		const char *near = expression_nearest(name, nth_section, NULL);
		if (near)
			complain(r, "there is no section [%.*s]; do you mean [%s]?",
			         word_len(name), name.p, near);
		else
			complain(r,
			         "there is no section [%.*s]; write [screen], [columns], "
			         "[keys], [aliases] or [theme]",
			         word_len(name), name.p);
	}
}

/* A line of at most CONFIG_LINE_MAX bytes that can be read; else it is told, and empty.
 * False: the file ends. */
static bool next_line(struct reader *r)
{
	size_t len = 0, all = 0;
	bool has_nul = false;
	int c;
	while ((c = getc(r->file)) != EOF && c != '\n' && r->bytes < CONFIG_BYTES_MAX) {
		r->bytes++;
		all++;
		has_nul = has_nul || c == '\0';
		if (len < CONFIG_LINE_MAX)
			r->line[len++] = (char)c;
	}
	r->line[len] = '\0';
	if (c == EOF && all == 0)
		return false;
	r->bytes++;
	r->number++;
	if (has_nul)
		complain(r, "there is a NUL in it; take it out");
	else if (all > CONFIG_LINE_MAX && *r->line != '#')
		complain(r, "it is longer than %d bytes; make it shorter",
		         CONFIG_LINE_MAX);
	if (has_nul || all > CONFIG_LINE_MAX)
		*r->line = '\0';
	if (r->bytes >= CONFIG_BYTES_MAX && c != EOF)
		complain(r, "the file is larger than %d bytes; what follows is not read",
		         CONFIG_BYTES_MAX);
	return true;
}

/* "[2001:db8::1]:5060 = NAME", which libinih would take for a section. */
static bool is_address_line(struct slice line)
{
	size_t end = slice_index(line, ']');
	struct slice behind = slice_trim(slice_skip(line, end + 1));
	return behind.len && (*behind.p == ':' || *behind.p == '=');
}

/* For ini_parse_stream: the next line without space before it, which to libinih is more
 * of the value before. What it would not tell of, line by line, is told here. */
static char *read_line(char *out, int room, void *arg)
{
	struct reader *r = arg;
	if (r->waiting)
		complain(r, "there is no = in it; write NAME = VALUE");
	r->waiting = false;
	if (r->bytes >= CONFIG_BYTES_MAX || !next_line(r))
		return NULL;
	struct slice line = slice_of(r->line);
	if (r->number == 1 && line.len >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0)
		line = slice_skip(line, 3); /* a byte order mark */
	line = slice_trim(line);
	bool bracket = line.len && *line.p == '[';
	bool address = bracket && is_address_line(line);
	r->waiting =
		line.len && *line.p != '#' && *line.p != ';' && (address || !bracket);
	if (bracket && !address)
		check_section(r, line);
	if (address)
		line = SLICE("address = name"); /* the handler looks at the line itself */
	snprintf(out, (size_t)room, "%.*s\n", (int)line.len, line.p ? line.p : "");
	return out;
}

/* ADDRESS = NAME: an address has colons, which libinih takes for =. */
static bool take_alias(struct reader *r, char *why)
{
	struct slice line = slice_of(r->line);
	size_t at = slice_index(line, '=');
	struct slice name = slice_trim(slice_skip(line, at + 1));
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == ';' && (i == 0 || strchr(" \t", name.p[i - 1])))
			name = slice_trim(slice_head(name, i)); /* a comment */
	if (at == line.len) {
		snprintf(why, SETUP_WHY_MAX, "there is no = in it; write ADDRESS = NAME");
		return false;
	}
	return setup_alias(r->setup, slice_trim(slice_head(line, at)), name, why);
}

static bool take_columns(struct reader *r, struct slice name, struct slice value,
                         char *why)
{
	if (!slice_eq(name, SLICE("show"))) {
		snprintf(why, SETUP_WHY_MAX,
		         "there is only 'show' in [columns]; write show = NAME NAME...");
		return false;
	}
	if (!r->has_columns)
		r->setup->ncolumns = 0; /* the file has its own */
	r->has_columns = true;
	return setup_add_columns(r->setup, value, why);
}

static bool take_setting(struct reader *r, struct slice name, struct slice value,
                         char *why)
{
	enum setting setting = setting_find(name);
	if (setting != SETTING_COUNT)
		return setup_set(r->setup, setting, value, why);
	const char *near = expression_nearest(name, nth_setting, NULL);
	if (near)
		snprintf(why, SETUP_WHY_MAX,
		         "there is no setting '%.*s'; do you mean '%s'?", word_len(name),
		         name.p, near);
	else
		snprintf(why, SETUP_WHY_MAX,
		         "there is no setting '%.*s'; --dump-config lists them",
		         word_len(name), name.p);
	return false;
}

/* One NAME = VALUE. */
static int take(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	struct slice in = slice_of(section), what = slice_of(name);
	struct slice text = slice_of(value ? value : "");
	char why[SETUP_WHY_MAX] = "";
	bool ok = true;
	r->waiting = false;
	if (slice_eq(in, SLICE("aliases")))
		ok = take_alias(r, why);
	else if (slice_eq(in, SLICE("screen")))
		ok = take_setting(r, what, text, why);
	else if (slice_eq(in, SLICE("columns")))
		ok = take_columns(r, what, text, why);
	else if (slice_eq(in, SLICE("keys")))
		ok = setup_keys(r->setup, what, text, why);
	else if (slice_eq(in, SLICE("theme")))
		ok = setup_style(r->setup, what, text, why);
	else if (in.len == 0)
		complain(r,
		         "it is in no section; write [screen] or another one above it");
	if (!ok)
		complain(r, "%s", why);
	return 1;
}

unsigned config_read(struct setup *setup, FILE *file, const char *name, config_tell *tell,
                     void *arg)
{
	char text[CONFIG_TEXT_MAX];
	struct reader r = {
		.setup = setup, .file = file, .name = name, .tell = tell, .arg = arg
	};
	(void)ini_parse_stream(read_line, &r, take, &r); /* what it returns was told */
	if (ferror(file)) {
		r.told++;
		snprintf(text, sizeof(text), "%.300s: it cannot be read to its end",
		         name);
		say(tell, arg, text);
	}
	if (r.told > CONFIG_TOLD_MAX) {
		snprintf(text, sizeof(text), "%.300s: and %u more", name,
		         r.told - CONFIG_TOLD_MAX);
		say(tell, arg, text);
	}
	return r.told;
}

/* --- which files */

enum seen { SEEN, NOT_THERE, NOT_READ };

/* Read a file; needed: it must be there. */
static enum seen read_path(struct config *c, const char *path, bool needed,
                           config_tell *tell, void *arg)
{
	char text[CONFIG_TEXT_MAX];
	struct stat st;
	FILE *file = fopen(path, "re");
	if (!file && (errno == ENOENT || errno == ENOTDIR) && !needed)
		return NOT_THERE;
	int error = errno;
	if (file && fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(file);
		file = NULL;
		error = EISDIR;
	}
	if (!file) {
		snprintf(text, sizeof(text), "%.300s: %s; it is not read", path,
		         strerror(error));
		say(tell, arg, text);
		return NOT_READ;
	}
	c->told += config_read(&c->setup, file, path, tell, arg);
	fclose(file);
	return SEEN;
}

PRINTF_LIKE(2, 3)
static bool make_path(char out[CONFIG_PATH_MAX], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(out, CONFIG_PATH_MAX, format, args);
	va_end(args);
	bool fits = n >= 0 && n < CONFIG_PATH_MAX;
	if (!fits)
		*out = '\0';
	return fits;
}

/* $XDG_CONFIG_HOME/sipglass/sipglassrc, or ~/.config/..., and ~/.sipglassrc where that is
 * not there. The XDG base directory specification: paths that are not absolute do not
 * count. */
static void find_user_file(char out[CONFIG_PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char other[CONFIG_PATH_MAX];
	bool has_home = home && *home == '/';
	*out = '\0';
	if (config && *config == '/')
		make_path(out, "%s/sipglass/sipglassrc", config);
	else if (has_home)
		make_path(out, "%s/.config/sipglass/sipglassrc", home);
	if (has_home && access(out, F_OK) != 0 &&
	    make_path(other, "%s/.sipglassrc", home) && access(other, F_OK) == 0)
		memcpy(out, other, sizeof(other));
}

static bool is_foreign(const char *path)
{
	char line[sizeof(MARK)] = "";
	FILE *file = fopen(path, "re");
	if (!file)
		return errno != ENOENT && errno != ENOTDIR;
	size_t n = fread(line, 1, sizeof(MARK) - 1, file);
	fclose(file);
	return n != sizeof(MARK) - 1 || memcmp(line, MARK, n) != 0;
}

static bool load_user_file(struct config *c, const char *named, config_tell *tell,
                           void *arg)
{
	unsigned before = c->told;
	if (named)
		make_path(c->path, "%s", named);
	else
		find_user_file(c->path);
	if (!*c->path)
		return !named;
	enum seen seen = read_path(c, c->path, named != NULL, tell, arg);
	c->foreign = is_foreign(c->path);
	c->ours_is_broken = c->told > before;
	return !named || seen == SEEN;
}

bool config_load(struct config *c, const struct config_files *files, config_tell *tell,
                 void *arg)
{
	char text[CONFIG_TEXT_MAX];
	const char *last = getenv("SIPGLASSRC"), *name;
	unsigned where;
	bool ok = true;
	memset(c, 0, sizeof(*c));
	mem_init(&c->mem, CONFIG_MEMORY);
	setup_init(&c->setup, &c->mem);
	if (files->none)
		return true;
	(void)read_path(c, SYSCONFDIR "/sipglassrc", false, tell, arg);
	ok = load_user_file(c, files->user, tell, arg);
	if (last && *last)
		(void)read_path(c, last, true, tell, arg);
	for (unsigned n = 0; (name = keys_lost(&c->setup.keys, n, &where)); n++) {
		snprintf(text, sizeof(text),
		         "%s has no key left on %s: give it one under [keys]", name,
		         keys_screen_name(where));
		say(tell, arg, text);
	}
	return ok;
}

void config_clear(struct config *config)
{
	setup_clear(&config->setup);
}

const struct aliases *config_aliases(const struct config *config)
{
	const struct setup *setup = &config->setup;
	return setup->number[SETTING_ALIASES] ? &setup->aliases : NULL;
}

/* --- writing */

static void put_pair(struct out *out, struct slice name, struct slice value)
{
	out_write(out, name.p, name.len);
	out_str(out, value.len ? " = " : " =");
	out_write(out, value.p, value.len);
	out_str(out, "\n");
}

static void put_comment(struct out *out, const char *text)
{
	out_str(out, "# ");
	out_str(out, text);
	out_str(out, "\n");
}

/* parts NULL: all of them. */
static void put_settings(const struct setup *setup, const struct config_parts *parts,
                         struct out *out)
{
	out_str(out, "\n[screen]\n");
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		if (parts && !parts->settings[i])
			continue;
		const struct setting_row *row = setting_row((enum setting)i);
		put_comment(out, row->help);
		put_pair(out, slice_of(row->name), setup_text(setup, (enum setting)i));
	}
}

/* As many on a line as a reader has room for. */
static void put_columns(const struct setup *setup, struct out *out)
{
	char line[CONFIG_LINE_MAX + 1], name[COLUMN_NAME_MAX];
	size_t len = 0;
	out_str(out, "\n[columns]\n");
	for (unsigned i = 0; i < setup->ncolumns; i++) {
		size_t n = column_of_name(&setup->columns[i], name);
		if (len && len + n + 10 > CONFIG_LINE_MAX) {
			put_pair(out, SLICE("show"), (struct slice){ line, len });
			len = 0;
		}
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s",
		                        len ? " " : "", name);
	}
	put_pair(out, SLICE("show"), (struct slice){ line, len });
}

static bool is_first_of_name(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (strcmp(keys_row(i)->name, keys_row(row)->name) == 0)
			return false;
	return true;
}

static void put_binding(const struct key_binding *b, size_t row, struct out *out)
{
	char text[KEYS_EACH * KEY_NAME_MAX];
	size_t len = 0;
	for (unsigned i = 0; i < b->n; i++) {
		if (i)
			text[len++] = ' ';
		len += keys_name(b->codes[i], text + len);
	}
	out_str(out, b->order ? "" : "#"); /* nobody changed it */
	put_pair(out, slice_of(keys_row(row)->name), (struct slice){ text, len });
}

/* Those of the user last, and in their order: the newest one counts. */
static void put_keys(const struct setup *setup, unsigned order, struct out *out)
{
	const struct keys *keys = &setup->keys;
	out_str(out, "\n[keys]\n");
	for (; order <= keys->newest; order++)
		for (size_t i = 0; keys_row(i); i++)
			if (keys->rows[i].order == order && is_first_of_name(i))
				put_binding(&keys->rows[i], i, out);
}

static void put_aliases(const struct setup *setup, struct out *out)
{
	const struct aliases *aliases = &setup->aliases;
	out_str(out, "\n[aliases]\n");
	for (uint32_t i = 0; i < aliases->count; i++) {
		char address[ALIAS_ADDRESS_MAX];
		size_t len = aliases_address(aliases, i, address);
		put_pair(out, (struct slice){ address, len },
		         aliases_name(aliases, aliases->items[i].name));
	}
}

static void put_theme(const struct setup *setup, struct out *out)
{
	out_str(out, "\n[theme]\n");
	for (unsigned i = 0; i < CELL_STYLE_COUNT; i++) {
		enum cell_style style = (enum cell_style)i;
		bool changed = setup->theme.is_changed[i];
		struct look look = changed ? setup->theme.changed[i]
		                           : theme_base_look(setup->theme.base, style);
		char text[LOOK_TEXT_MAX];
		size_t len = look_text(&look, text);
		put_comment(out, theme_style_help(style));
		out_str(out, changed ? "" : "#"); /* it comes with the theme */
		put_pair(out, slice_of(theme_style_name(style)),
		         (struct slice){ text, len });
	}
}

void config_write(const struct setup *setup, struct out *out)
{
	out_str(out, MARK " " PACKAGE_VERSION "; sipglassrc(5) says what it means.\n");
	put_settings(setup, NULL, out);
	put_columns(setup, out);
	put_keys(setup, 0, out);
	put_aliases(setup, out);
	put_theme(setup, out);
}

void config_write_parts(const struct setup *setup, const struct config_parts *parts,
                        struct out *out)
{
	put_settings(setup, parts, out);
	if (parts->columns)
		put_columns(setup, out);
	put_keys(setup, 1, out);
	put_aliases(setup, out);
}

/* --- saving */

/* The folder of the file and the one around it, .config/sipglass, if they are not there:
 * a home is nothing to be made. What fails is seen when the file is opened. */
static void make_folders(const char *path)
{
	char folder[CONFIG_PATH_MAX];
	snprintf(folder, sizeof(folder), "%s", path);
	char *inner = strrchr(folder, '/');
	if (!inner || inner == folder)
		return;
	*inner = '\0';
	char *outer = strrchr(folder, '/');
	if (outer && outer > folder) {
		*outer = '\0';
		(void)mkdir(folder, 0700);
		*outer = '/';
	}
	(void)mkdir(folder, 0700);
}

const char *config_folder(struct config *c)
{
	static const char ours[] = "/sipglass/sipglassrc";
	struct stat st;
	size_t len = strlen(c->path), name = strlen("/sipglassrc");
	c->confined = true;
	if (len < sizeof(ours) || strcmp(c->path + len - strlen(ours), ours) != 0)
		return NULL;
	memcpy(c->folder, c->path, len - name);
	c->folder[len - name] = '\0';
	make_folders(c->path);
	/* a link may lead to where much else lies */
	return lstat(c->folder, &st) == 0 && S_ISDIR(st.st_mode) ? c->folder : NULL;
}

static enum tui_saved write_file(struct config *c, const struct setup *setup, char *why)
{
	struct out *out;
	char reason[OUT_WHY_MAX] = "";
	mode_t mask = umask(077); /* mode 0600 */
	make_folders(c->path);
	enum err err = out_open(&out, c->path, reason);
	umask(mask);
	if (err == OK) {
		config_write(setup, out);
		err = out_close(out, true, reason);
	}
	if (err == OK) {
		c->foreign = c->ours_is_broken = false;
		snprintf(why, TUI_WHY_MAX, "written: %.400s", c->path);
		return TUI_SAVED;
	}
	snprintf(why, TUI_WHY_MAX, "%.300s%s", *reason ? reason : "out of memory",
	         c->confined ? " (a file in .config/sipglass can be written, any other "
	                       "one with --no-sandbox)"
	                     : "");
	return TUI_SAVE_FAILED;
}

enum tui_saved config_save(struct config *c, const struct setup *setup, bool overwrite,
                           char *why)
{
	char text[TUI_WHY_MAX];
	enum tui_saved saved = TUI_SAVE_FAILED;
	if (!*c->path)
		snprintf(text, sizeof(text),
		         "nothing is written with --no-config, or without HOME");
	else if ((c->foreign || c->ours_is_broken) && !overwrite) {
		saved = TUI_SAVE_EXISTS;
		snprintf(text, sizeof(text), "%.300s %s: Save again writes over it",
		         c->path,
		         c->foreign ? "was not written by sipglass"
		                    : "has lines that were not understood");
	} else
		saved = write_file(c, setup, text);
	safe_text_copy(slice_of(text), false, why, TUI_WHY_MAX);
	return saved;
}
