/* SPDX-License-Identifier: MIT */
/* view/form.h - a filter expression from what people put into a form. */
#ifndef VIEW_FORM_H
#define VIEW_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define FORM_METHODS 11

struct form {
	struct slice from, to;            /* regular expressions, letters all alike */
	struct slice source, destination; /* address, network or begin of an address;
	                                   * 192.0.2.1:5060, [2001:db8::1]:5060 */
	struct slice payload;             /* regular expression, of any message */
	bool methods[FORM_METHODS];       /* all or none: whatever the method */
};

/* Of a check box, n below FORM_METHODS. */
const char *form_method(unsigned n);

/* The expression that all of it must hold, "" for an empty form, ended by a NUL. False:
 * it is longer than out. What people wrote is not checked: compiling the expression
 * does. */
bool form_expression(const struct form *form, char *out, size_t size);

#endif
