/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/agreed.h"

#include <string.h>

#include "sip/decode.h"

struct agreed {
	struct mem *mem;
	struct agreed_description {
		bool there;
		uint32_t message; /* that was read last; 0: none */
		char *text;       /* for the slices of sdp */
		size_t len;
		struct sdp sdp;
	} sides[AGREED_SIDES];
};

struct agreed *agreed_new(struct mem *mem)
{
	struct agreed *a = mem_take(mem, sizeof(*a));
	if (a)
		a->mem = mem;
	return a;
}

static void forget(struct agreed *a, struct agreed_description *d)
{
	mem_give(a->mem, d->text, d->len);
	d->text = NULL;
	d->len = 0;
	d->there = false;
	d->message = 0;
}

void agreed_free(struct agreed *a)
{
	if (!a)
		return;
	for (unsigned i = 0; i < AGREED_SIDES; i++)
		forget(a, &a->sides[i]);
	mem_give(a->mem, a, sizeof(*a));
}

static enum err keep(struct agreed *a, struct agreed_description *d, struct slice text)
{
	if (text.len == 0)
		return OK;
	d->text = mem_take(a->mem, text.len);
	if (!d->text)
		return ERR_NOMEM;
	memcpy(d->text, text.p, text.len);
	d->len = text.len;
	d->there = true;
	sdp_parse(&d->sdp, (struct slice){ d->text, d->len });
	return OK;
}

enum err agreed_read(struct agreed *a, struct engine *engine, enum agreed_side side,
                     uint32_t message)
{
	struct agreed_description *d = &a->sides[side];
	struct engine_message m;
	struct sip_part part;
	struct inflate_buffer plain;
	if (message && d->message == message)
		return OK;
	forget(a, d);
	if (message == 0)
		return OK;
	enum err err = engine_read(engine, message, &m);
	if (err != OK)
		return err == ERR_NOMEM ? err : OK;
	if (sip_body_find(m.msg, a->mem, SIP_BODY_SDP, &part, &plain))
		err = keep(a, d, part.body);
	mem_give(a->mem, plain.p, plain.room);
	if (err == OK)
		d->message = message;
	return err;
}

const struct sdp *agreed_sdp(const struct agreed *a, enum agreed_side side)
{
	return a->sides[side].there ? &a->sides[side].sdp : NULL;
}

const struct sdp_media *agreed_media(const struct agreed *a, enum agreed_side side,
                                     unsigned line)
{
	const struct sdp *sdp = agreed_sdp(a, side);
	return sdp && line < sdp->nmedia ? &sdp->media[line] : NULL;
}

static bool is_offered(const struct sdp *offer, const struct sdp_media *offered,
                       const struct sdp_format *format)
{
	for (unsigned i = 0; i < offered->nformats; i++)
		if (sdp_same_codec(format, &sdp_formats(offer, offered)[i]))
			return true;
	return false;
}

const struct sdp_format *agreed_codec(const struct agreed *a, unsigned line)
{
	const struct sdp_media *offered = agreed_media(a, AGREED_OFFER, line);
	const struct sdp_media *answered = agreed_media(a, AGREED_ANSWER, line);
	if (!offered || !answered)
		return NULL;
	const struct sdp_format *formats =
		sdp_formats(agreed_sdp(a, AGREED_ANSWER), answered);
	for (unsigned i = 0; i < answered->nformats; i++)
		if (sdp_is_codec(&formats[i]) &&
		    is_offered(agreed_sdp(a, AGREED_OFFER), offered, &formats[i]))
			return &formats[i];
	return NULL;
}
