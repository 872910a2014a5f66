/* SPDX-License-Identifier: MIT */
/* tests/unit/export/text_out.h - an output that keeps what is written, for the text
 * exports. It stands in for export/out.c. */
#ifndef TESTS_UNIT_EXPORT_TEXT_OUT_H
#define TESTS_UNIT_EXPORT_TEXT_OUT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/safe.h"
#include "export/out.h"

struct out {
	size_t len;
	size_t room;     /* bytes that can be written before the output fails */
	char   text[1 << 16];
};

static inline void text_out_init(struct out *out)
{
	*out = (struct out){ .room = sizeof(out->text) - 1 };
}

void out_write(struct out *out, const char *p, size_t n)
{
	if (n > out->room - out->len)
		n = out->room - out->len;
	memcpy(out->text + out->len, p, n);
	out->len += n;
	out->text[out->len] = '\0';
}

void out_str(struct out *out, const char *text)
{
	out_write(out, text, strlen(text));
}

void out_safe(struct out *out, struct slice s, bool utf8)
{
	while (s.len) {
		struct safe_step step;
		safe_text(s, utf8, &step);
		out_write(out, s.p, step.plain);
		out_write(out, step.text, step.text_len);
		s = slice_skip(s, step.plain + step.skip);
	}
}

void out_mark(struct out *out)
{
	(void)out;
}

bool out_failed(const struct out *out)
{
	return out->len == out->room;
}

#endif
