/* SPDX-License-Identifier: MIT */
/* export/json_private.h - what the files of the JSON export share.
 *
 * json.c          which records, in which order, to where
 * json_message.c  the message record
 * json_track.c    transaction, dialog, call, registration, subscription
 * json_summary.c  the summary
 * json_writer.c   JSON text
 * hold.c          lines that wait for the end of the input */
#ifndef EXPORT_JSON_PRIVATE_H
#define EXPORT_JSON_PRIVATE_H

#include "engine/engine.h"
#include "export/json_writer.h"
#include "export/totals.h"

/* What a record is made of. Only what the record needs is set. */
struct json_subject {
	const struct engine_message *message;
	unsigned                     with;   /* bits of enum json_with */
	bool                         inputs; /* several: name the input */
	struct engine               *engine;
	const struct tracker        *tracker; /* of the engine */
	const struct export_totals  *totals;
	uint32_t                     id;
	uint64_t findings_before; /* findings of calls that were forgotten */
};

/* Writes the members of one record after "v" and "record". s is borrowed. */
typedef void json_body(struct json_writer *w, const struct json_subject *s);

json_body json_write_message;
json_body json_write_transaction;
json_body json_write_dialog;
json_body json_write_call;
json_body json_write_registration;
json_body json_write_subscription;
json_body json_write_summary;

json_body json_write_finding;

/* Members `media` and `offers` of a dialog record. */
void json_write_dialog_media(struct json_writer *w, const struct json_subject *s);

/* Members `why` and `findings` of a call record. */
void json_write_call_findings(struct json_writer *w, const struct json_subject *s,
                              const struct call_summary *sum);

/* Bytes as text, and in base64 under key_b64 where they are not UTF-8. */
void json_put_bytes(struct json_writer *w, struct slice key, struct slice key_b64,
                    struct slice bytes);

/* Members of a message record that tell of its bodies: `isup`, and `sdp` and `body` where
 * `with` (enum json_with) asks for them. */
void json_write_bodies(struct json_writer *w, const struct sip_msg *msg, unsigned with);

/* Member `key`: {"ip","port"}. */
void json_member_endpoint(struct json_writer *w, struct slice key,
                          const struct net_endpoint *endpoint);

/* Member `key`: {"uri","display","tag"} of a From or To value; nothing when empty. */
void json_member_party(struct json_writer *w, struct slice key, struct slice value);

/* "udp" and so on; "" for a value that is none. */
const char *json_transport_name(unsigned transport);

#endif
