/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/decode.h"

#include "sip/field.h"

enum err sip_body_decode(const struct sip_msg *msg, struct mem *mem, struct slice *body,
                         struct inflate_buffer *out)
{
	struct slice coding = sip_msg_value(msg, SIP_HDR_CONTENT_ENCODING);
	*out = (struct inflate_buffer){ 0 };
	*body = msg->body;
	if (coding.len == 0 || body->len == 0 || slice_ieq(coding, SLICE("identity")))
		return ERR_END;
	bool deflate = slice_ieq(coding, SLICE("deflate"));
	bool gzip = slice_ieq(coding, SLICE("gzip")) ||
	            slice_ieq(coding, SLICE("x-gzip"));
	if (!deflate && !gzip)
		return ERR_FORMAT; /* another coding, or several */
	struct inflate_buffer got = { 0 };
	enum err err = inflate_all(&got, mem, INFLATE_WRAPPED, *body, SIP_DECODE_MAX);
	if (err == ERR_FORMAT && deflate)
		err = inflate_all(&got, mem, INFLATE_RAW, *body, SIP_DECODE_MAX);
	if (err != OK)
		return err;
	*out = got;
	*body = (struct slice){ got.p, got.fill };
	return OK;
}

bool sip_body_find(const struct sip_msg *msg, struct mem *mem, enum sip_body_kind kind,
                   struct sip_part *part, struct inflate_buffer *out)
{
	struct slice body;
	sip_body_decode(msg, mem, &body, out);
	return sip_part_find(sip_msg_value(msg, SIP_HDR_CONTENT_TYPE), body, kind, part);
}
