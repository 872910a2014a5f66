/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/field.h"

const char *sip_status_phrase(unsigned status)
{
	switch (status) {
#define STATUS(code, phrase, source) case code: return phrase;
#include "sip/status.def"
#undef STATUS
	default: return "";
	}
}
