/* SPDX-License-Identifier: MIT */
/* Any bytes as an ISUP message, its parameters as each kind of value, and its line.
 *
 * Byte 0: odd for T1.113, even for Q.763; the rest is the body. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/isup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void need_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	need(from >= begin && part.len <= whole.len);
	need(from - begin <= whole.len - part.len);
}

static void check_number(const struct isup_param *param, enum isup_variant variant)
{
	struct isup_number n;
	if (isup_number(&n, param, variant) != OK)
		return;
	need(n.ndigits <= ISUP_DIGITS_MAX && n.ndigits <= n.total);
	need(n.ndigits == n.total || n.ndigits == ISUP_DIGITS_MAX);
	need(strlen(n.digits) == n.ndigits && n.total <= param->value.len * 2);
	need(strspn(n.digits, "0123456789ABCDEF") == n.ndigits);
	need(n.nature < 128 && n.plan < 8 && n.presentation < 4 && n.screening < 4);
}

static void check_param(const struct isup_msg *msg, const struct isup_param *param,
                        struct slice body)
{
	need_inside(param->value, body);
	need(isup_param_name(param->code, msg->variant) != NULL);
	need(isup_find(msg, param->code) <= param);
	check_number(param, msg->variant);
	struct isup_cause cause;
	if (isup_cause(&cause, param) == OK) {
		need(cause.value < 128 && cause.location < 16 && cause.coding < 4);
		need_inside(cause.diagnostics, param->value);
		need(isup_cause_name(&cause, msg->variant) &&
		     isup_location_name(cause.location));
	}
}

static void check_fields(const struct isup_msg *msg)
{
	for (unsigned i = 0; i < ISUP_FIELD_COUNT; i++) {
		unsigned value;
		if (!isup_field(msg, (enum isup_field)i, &value))
			continue;
		need(value < 256 && isup_find(msg, isup_field_code((enum isup_field)i)));
		need(isup_value_name((enum isup_field)i, value, msg->variant) != NULL);
	}
}

static void check_summary(const struct isup_msg *msg)
{
	char line[ISUP_SUMMARY_MAX];
	memset(line, 1, sizeof line);
	size_t len = isup_summary(msg, line);
	need(len > 0 && len < sizeof line && strlen(line) == len);
	for (size_t i = 0; i < len; i++)
		need(line[i] >= ' ' && line[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	size_t len = size - 1;
	char *bytes = malloc(len ? len : 1); /* of that size: one byte over is seen */
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, len);
	struct slice body = { bytes, len };
	struct isup_msg msg;
	enum err e = isup_parse(&msg, body, data[0] & 1 ? ISUP_ANSI : ISUP_ITU);
	need((e == OK) == (len > 0));
	if (e == OK) {
		need(msg.nparams <= ISUP_PARAMS_MAX && msg.nparams <= msg.seen);
		need((msg.nparams < msg.seen) == !!(msg.odd & ISUP_ODD_MANY));
		need(msg.seen <= len);
		for (unsigned i = 0; i < msg.nparams; i++)
			check_param(&msg, &msg.params[i], body);
		check_fields(&msg);
		check_summary(&msg);
	}
	free(bytes);
	return 0;
}
