/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/field.h"

static const struct slice names[] = {
#define METHOD(id, name, source) { name, sizeof(name) - 1 },
#include "sip/method.def"
#undef METHOD
};

_Static_assert(sizeof names / sizeof names[0] == SIP_METHOD_OTHER, "one row per method");

enum sip_method sip_method_lookup(struct slice token)
{
	for (unsigned i = 0; i < SIP_METHOD_OTHER; i++)
		if (slice_eq(token, names[i]))
			return (enum sip_method)i;
	return SIP_METHOD_OTHER;
}

const char *sip_method_name(enum sip_method method)
{
	return (unsigned)method < SIP_METHOD_OTHER ? names[method].p : "";
}
