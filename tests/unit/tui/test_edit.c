/* SPDX-License-Identifier: MIT */
/* A line that is typed, key by key, and the same beside a model at random. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tui/screen.h"

#include <curses.h> /* key codes */

#define CTRL(c) ((c)&0x1f)

static void type(struct edit *e, const char *text)
{
	for (; *text; text++)
		assert_true(edit_key(e, (unsigned char)*text, true));
}

static void test_typing(void **state)
{
	struct edit e = { 0 };
	(void)state;
	type(&e, "from.user");
	assert_string_equal(e.text, "from.user");
	assert_int_equal(e.at, 9);
	assert_true(edit_key(&e, KEY_HOME, false));
	type(&e, "! ");
	assert_string_equal(e.text, "! from.user");
	assert_true(edit_key(&e, KEY_RIGHT, false));
	assert_true(edit_key(&e, KEY_DC, false));
	assert_string_equal(e.text, "! fom.user");
	assert_true(edit_key(&e, KEY_BACKSPACE, false));
	assert_string_equal(e.text, "! om.user");
	assert_true(edit_key(&e, 127, true));
	assert_string_equal(e.text, "!om.user");
	assert_true(edit_key(&e, KEY_END, false));
	assert_int_equal(e.at, e.len);
}

/* At the ends nothing goes on. */
static void test_ends(void **state)
{
	struct edit e = { 0 };
	const int codes[] = { KEY_LEFT, KEY_RIGHT,     KEY_HOME,
		              KEY_END,  KEY_BACKSPACE, KEY_DC };
	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		assert_true(edit_key(&e, codes[i], false));
		assert_int_equal(e.len, 0);
		assert_int_equal(e.at, 0);
	}
	const char controls[] = { 'A', 'E', 'H', 'U', 'W' };
	for (size_t i = 0; i < sizeof(controls); i++) {
		assert_true(edit_key(&e, CTRL(controls[i]), true));
		assert_int_equal(e.len, 0);
	}
}

static void test_words(void **state)
{
	struct edit e = { 0 };
	(void)state;
	type(&e, "state == failed  ");
	assert_true(edit_key(&e, CTRL('W'), true));
	assert_string_equal(e.text, "state == ");
	assert_true(edit_key(&e, CTRL('W'), true));
	assert_string_equal(e.text, "state ");
	assert_true(edit_key(&e, KEY_LEFT, false));
	assert_true(edit_key(&e, KEY_LEFT, false));
	assert_true(edit_key(&e, CTRL('U'), true));
	assert_string_equal(e.text, "e ");
	assert_int_equal(e.at, 0);
}

/* Not for it: keys that screens have for themselves. */
static void test_others(void **state)
{
	struct edit e = { 0 };
	(void)state;
	assert_false(edit_key(&e, KEY_F(1), false));
	assert_false(edit_key(&e, KEY_UP, false));
	assert_false(edit_key(&e, '\r', true));
	assert_false(edit_key(&e, 27, true));
	assert_false(edit_key(&e, CTRL('C'), true));
	assert_int_equal(e.len, 0);
}

/* What does not fit is not taken, and no character in part. */
static void test_full(void **state)
{
	struct edit e = { 0 };
	(void)state;
	for (int i = 0; i < EDIT_MAX - 1; i++)
		edit_key(&e, 'x', true);
	edit_key(&e, 0xe9, true); /* two bytes */
	assert_int_equal(e.len, EDIT_MAX - 1);
	edit_key(&e, 'y', true);
	edit_key(&e, 'z', true);
	assert_int_equal(e.len, EDIT_MAX);
	assert_int_equal(e.text[EDIT_MAX - 1], 'y');
	assert_int_equal(e.text[EDIT_MAX], '\0');
	edit_key(&e, 0x110000, true); /* no character */
	edit_key(&e, KEY_HOME, false);
	edit_key(&e, KEY_DC, false);
	edit_key(&e, 0x110000, true);
	assert_int_equal(e.len, EDIT_MAX - 1);
}

/* --- beside a model: code points in an array */

struct model {
	unsigned points[EDIT_MAX];
	size_t len, at, bytes;
};

static size_t size_of(unsigned point)
{
	return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

static void model_cut(struct model *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		m->bytes -= size_of(m->points[i]);
	memmove(m->points + from, m->points + to, (m->len - to) * sizeof(*m->points));
	m->len -= to - from;
	m->at = from;
}

static void model_key(struct model *m, int key, bool is_char)
{
	size_t word = m->at;
	if (!is_char) {
		switch (key) {
		case KEY_LEFT: m->at -= m->at > 0; break;
		case KEY_RIGHT: m->at += m->at < m->len; break;
		case KEY_HOME: m->at = 0; break;
		case KEY_END: m->at = m->len; break;
		case KEY_BACKSPACE: model_cut(m, m->at - (m->at > 0), m->at); break;
		case KEY_DC: model_cut(m, m->at, m->at + (m->at < m->len)); break;
		default: break;
		}
	} else if (key == CTRL('U')) {
		model_cut(m, 0, m->at);
	} else if (key == CTRL('W')) {
		while (word > 0 && m->points[word - 1] == ' ')
			word--;
		while (word > 0 && m->points[word - 1] != ' ')
			word--;
		model_cut(m, word, m->at);
	} else if (m->bytes + size_of((unsigned)key) <= EDIT_MAX) {
		memmove(m->points + m->at + 1, m->points + m->at,
		        (m->len - m->at) * sizeof(*m->points));
		m->points[m->at++] = (unsigned)key;
		m->len++;
		m->bytes += size_of((unsigned)key);
	}
}

/* The text read back: shortest forms only (RFC 3629, 3). */
static void compare(const struct edit *e, const struct model *m)
{
	size_t at = 0, cursor = 0;
	for (size_t i = 0; i < m->len; i++) {
		const unsigned char *p = (const unsigned char *)e->text + at;
		size_t n = size_of(m->points[i]);
		unsigned point = n == 1 ? p[0] : p[0] & (0x7fU >> n);
		for (size_t k = 1; k < n; k++) {
			assert_int_equal(p[k] & 0xc0, 0x80);
			point = point << 6 | (p[k] & 0x3fU);
		}
		assert_int_equal(point, m->points[i]);
		if (i == m->at)
			cursor = at;
		at += n;
	}
	assert_int_equal(e->len, at);
	assert_int_equal(e->text[at], '\0');
	assert_int_equal(e->at, m->at == m->len ? at : cursor);
}

static void test_model(void **state)
{
	static const int chars[] = { 'a',     ' ',      ' ',       '~',    0xe9,
		                     0x7ff,   0x800,    0x20ac,    0xffff, 0x10000,
		                     0x1f600, 0x10ffff, CTRL('W'), 'z' };
	static const int codes[] = { KEY_LEFT, KEY_LEFT,      KEY_RIGHT, KEY_HOME,
		                     KEY_END,  KEY_BACKSPACE, KEY_DC };
	struct edit e = { 0 };
	struct model m = { 0 };
	uint64_t random = 1;
	(void)state;
	for (int i = 0; i < 100000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		unsigned r = (unsigned)(random >> 40);
		bool is_char = r % 16 < 10;
		int key = is_char ? chars[(r >> 4) % 14] : codes[(r >> 4) % 7];
		if (r % 4096 == 0) {
			is_char = true;
			key = CTRL('U');
		}
		assert_true(edit_key(&e, key, is_char));
		model_key(&m, key, is_char);
		compare(&e, &m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typing), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_words),  cmocka_unit_test(test_others),
		cmocka_unit_test(test_full),   cmocka_unit_test(test_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
