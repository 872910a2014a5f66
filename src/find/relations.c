/* SPDX-License-Identifier: MIT */
/* Rules on calls that name another one: RFC 3891. */
#include "config.h"

#include "find/private.h"
#include "sip/value.h"

/* RFC 3891 3: the UAS looks for a dialog with these three. A tag of "0"
 * stands for one that an element of RFC 2543 did not send. */
static bool is_known(const struct tracker *t, const struct sip_dialog_ref *ref)
{
	uint32_t call = tracker_find_call(t, ref->call_id);
	return call && tracker_find_dialog(t, call, ref->from_tag, ref->to_tag) != 0;
}

void find_replaces(struct find_seen *seen)
{
	struct sip_dialog_ref ref;
	const struct sip_msg *msg = seen->msg;
	if (!slice_eq(msg->method, SLICE("INVITE")) ||
	    sip_dialog_ref_parse(&ref, sip_msg_value(msg, SIP_HDR_REPLACES)) != OK)
		return;
	if (slice_eq(ref.from_tag, SLICE("0")) || slice_eq(ref.to_tag, SLICE("0")))
		return;
	if (!is_known(seen->t, &ref))
		find_mark(seen, FIND_REPLACES_UNKNOWN, (struct finding){ .gap = true });
}
