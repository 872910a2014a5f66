/* SPDX-License-Identifier: MIT */
/* The members of a message record that tell what its bodies say. */
#include "config.h"

#include "base/utf8.h"
#include "export/json.h"
#include "export/json_private.h"
#include "sip/decode.h"
#include "sip/isup.h"
#include "sip/parts.h"
#include "sip/sdp.h"

/* --- ISUP */

static void put_name(struct json_writer *w, struct slice key, const char *name)
{
	json_put_text(w, key, slice_of(name));
}

static void write_number(struct json_writer *w, struct slice key,
                         const struct isup_msg *isup, uint8_t code)
{
	struct isup_number number;
	const struct isup_param *param = isup_find(isup, code);
	if (!param || isup_number(&number, param, isup->variant) != OK)
		return;
	json_open(w, key, '{');
	json_put_string(w, KEY("digits"),
	                (struct slice){ number.digits, number.ndigits });
	put_name(w, KEY("nature"), isup_nature_name(number.nature, isup->variant));
	put_name(w, KEY("plan"), isup_plan_name(number.plan, isup->variant));
	if (code != ISUP_PARAM_CALLED_NUMBER)
		put_name(w, KEY("presentation"),
		         isup_presentation_name(number.presentation));
	if (code == ISUP_PARAM_CALLING_NUMBER) /* alone of these: Q.763 3.10 f) */
		put_name(w, KEY("screening"), isup_screening_name(number.screening));
	json_close(w, '}');
}

static void write_cause(struct json_writer *w, const struct isup_msg *isup)
{
	struct isup_cause cause;
	const struct isup_param *param = isup_find(isup, ISUP_PARAM_CAUSE);
	if (!param || isup_cause(&cause, param) != OK)
		return;
	json_open(w, KEY("cause"), '{');
	json_put_uint(w, KEY("value"), cause.value);
	put_name(w, KEY("name"), isup_cause_name(&cause, isup->variant));
	put_name(w, KEY("location"), isup_location_name(cause.location));
	json_close(w, '}');
}

/* [name, value] of each indicator that is there; the value as text where it has one. */
static void write_indicators(struct json_writer *w, const struct isup_msg *isup)
{
	bool any = false;
	for (unsigned i = 0; i < ISUP_FIELD_COUNT; i++) {
		unsigned value;
		if (!isup_field(isup, (enum isup_field)i, &value))
			continue;
		if (!any)
			json_open(w, KEY("indicators"), '[');
		any = true;
		const char *name =
			isup_value_name((enum isup_field)i, value, isup->variant);
		json_open(w, NO_KEY, '[');
		put_name(w, NO_KEY, isup_field_name((enum isup_field)i));
		if (*name)
			put_name(w, NO_KEY, name);
		else
			json_put_uint(w, NO_KEY, value);
		json_close(w, ']');
	}
	if (any)
		json_close(w, ']');
}

static void write_isup(struct json_writer *w, struct slice type, struct slice body)
{
	/* Most bodies are SDP: those that cannot hold ISUP cost two comparisons. */
	struct sip_part part;
	struct isup_msg isup;
	if (!slice_istarts(type, SLICE("multipart")) &&
	    !slice_istarts(type, SLICE("application/isup")))
		return;
	if (!sip_part_find(type, body, SIP_BODY_ISUP, &part) ||
	    isup_parse(&isup, part.body, isup_variant_of(part.content_type)) != OK)
		return;
	json_open(w, KEY("isup"), '{');
	put_name(w, KEY("type"), isup_type_acronym(isup.type, isup.variant));
	put_name(w, KEY("name"), isup_type_name(isup.type, isup.variant));
	json_put_uint(w, KEY("code"), isup.type);
	json_put_word(w, KEY("variant"), isup.variant == ISUP_ANSI ? "ansi" : "itu");
	write_number(w, KEY("called"), &isup, ISUP_PARAM_CALLED_NUMBER);
	write_number(w, KEY("calling"), &isup, ISUP_PARAM_CALLING_NUMBER);
	write_number(w, KEY("original_called"), &isup, ISUP_PARAM_ORIGINAL_CALLED_NUMBER);
	write_number(w, KEY("redirecting"), &isup, ISUP_PARAM_REDIRECTING_NUMBER);
	write_cause(w, &isup);
	write_indicators(w, &isup);
	json_close(w, '}');
}

/* --- SDP */

static void write_address(struct json_writer *w, const struct sdp_conn *conn)
{
	json_put_text(w, KEY("address"), conn->address);
}

static void write_formats(struct json_writer *w, const struct sdp *sdp,
                          const struct sdp_media *media)
{
	const struct sdp_format *formats = sdp_formats(sdp, media);
	json_open(w, KEY("formats"), '[');
	for (unsigned i = 0; i < media->nformats; i++) {
		const struct sdp_format *f = &formats[i];
		json_open(w, NO_KEY, '{');
		json_put_string(w, KEY("format"), f->text);
		json_put_text(w, KEY("codec"), f->encoding);
		json_put_id(w, KEY("clock"), f->clock);
		if (f->channels > 1)
			json_put_uint(w, KEY("channels"), f->channels);
		json_put_text(w, KEY("fmtp"), f->fmtp);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void write_media(struct json_writer *w, const struct sdp *sdp,
                        const struct sdp_media *media)
{
	json_open(w, NO_KEY, '{');
	json_put_string(w, KEY("media"), media->type);
	write_address(w, &media->conn);
	json_put_uint(w, KEY("port"), media->port);
	json_put_string(w, KEY("proto"), media->proto);
	json_put_word(w, KEY("direction"), sdp_direction_name(media->direction));
	if (sdp_media_is_off(media))
		json_put_bool(w, KEY("off"), true);
	if (sdp_media_is_hold(media))
		json_put_bool(w, KEY("hold"), true);
	write_formats(w, sdp, media);
	json_close(w, '}');
}

static void write_odd(struct json_writer *w, const struct sdp *sdp)
{
	if (sdp->odd == 0)
		return;
	json_open(w, KEY("odd"), '[');
	for (unsigned i = 0; i < SDP_ODD_COUNT; i++)
		if (sdp_is_odd(sdp, (enum sdp_odd)i))
			json_put_word(w, NO_KEY, sdp_odd_code((enum sdp_odd)i));
	json_close(w, ']');
}

static void write_sdp(struct json_writer *w, struct slice type, struct slice body)
{
	struct sip_part part;
	struct sdp sdp;
	if (!sip_part_find(type, body, SIP_BODY_SDP, &part))
		return;
	sdp_parse(&sdp, part.body);
	json_open(w, KEY("sdp"), '{');
	json_open(w, KEY("origin"), '{');
	json_put_text(w, KEY("username"), sdp.origin.username);
	json_put_text(w, KEY("session"), sdp.origin.sess_id);
	json_put_text(w, KEY("version"), sdp.origin.sess_version);
	write_address(w, &sdp.origin.host);
	json_close(w, '}');
	json_put_text(w, KEY("name"), sdp.name);
	json_open(w, KEY("media"), '[');
	for (unsigned i = 0; i < sdp.nmedia; i++)
		write_media(w, &sdp, &sdp.media[i]);
	json_close(w, ']');
	write_odd(w, &sdp);
	json_close(w, '}');
}

/* Bytes as text, and in base64 too where the text cannot tell them all. */
void json_put_bytes(struct json_writer *w, struct slice key, struct slice key_b64,
                    struct slice bytes)
{
	if (bytes.len)
		json_put_string(w, key, bytes);
	if (!utf8_is_valid(bytes))
		json_put_base64(w, key_b64, bytes);
}

void json_write_bodies(struct json_writer *w, const struct sip_msg *msg, unsigned with)
{
	struct slice body, type = sip_msg_value(msg, SIP_HDR_CONTENT_TYPE);
	struct inflate_buffer plain;
	struct mem mem;
	if (msg->body.len == 0)
		return;
	mem_init(&mem, 2 * SIP_DECODE_MAX);
	sip_body_decode(msg, &mem, &body, &plain);
	write_isup(w, type, body);
	if (with & JSON_WITH_SDP)
		write_sdp(w, type, body);
	if (with & JSON_WITH_BODY)
		json_put_bytes(w, KEY("body"), KEY("body_b64"), body);
	mem_give(&mem, plain.p, plain.room);
}
