/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_object.h>
#include <json-c/printbuf.h>

#include "export/hold.h"
#include "export/json_private.h"

struct json_export {
	struct json_cfg cfg;
	struct hold *hold;           /* lines of messages, when cfg.select needs it */
	struct engine *engine;       /* from json_export_begin or _finish on */
	struct json_object *record;  /* the one object, written by write_record */
	struct json_subject subject; /* what it is made of now */
	json_body *body;             /* and by which function */
	const char *name;
	enum err result; /* the first failure sticks */
	int error;       /* its errno, for ERR_IO */
};

/* The serializer of the record: json-c lends its buffer, the members come from what
 * sipglass knows, and no tree is built in between. */
static int write_record(struct json_object *object, struct printbuf *pb, int level,
                        int flags)
{
	(void)level, (void)flags;
	const struct json_export *j = json_object_get_userdata(object);
	struct json_writer w;
	json_begin(&w, pb);
	json_open(&w, NO_KEY, '{');
	json_put_uint(&w, KEY("v"), 1);
	json_put_word(&w, KEY("record"), j->name);
	j->body(&w, &j->subject);
	json_close(&w, '}');
	return json_end(&w) && printbuf_memappend(pb, "\n", 1) >= 0 ? 0 : -1;
}

/* The line of what j->subject holds, borrowed until the next one; NULL and the result
 * set when memory is out. */
static const char *make_line(struct json_export *j, const char *name, json_body *body,
                             size_t *len)
{
	j->name = name;
	j->body = body;
	const char *line = json_object_to_json_string_length(j->record, 0, len);
	if (!line)
		j->result = ERR_NOMEM;
	return line;
}

enum err json_export_new(struct json_export **out, const struct json_cfg *cfg)
{
	struct json_export *j = calloc(1, sizeof(*j));
	if (!j)
		return ERR_NOMEM;
	j->cfg = *cfg;
	j->record = json_object_new_object();
	if (!j->record) {
		free(j);
		return ERR_NOMEM;
	}
	json_object_set_serializer(j->record, write_record, j, NULL);
	/* now: later, no file can be opened any more */
	if (cfg->records & JSON_MESSAGE && select_can_change(cfg->select)) {
		j->result = hold_new(&j->hold, cfg->temp_dir);
		j->error = errno;
	}
	*out = j;
	return OK;
}

void json_export_free(struct json_export *j)
{
	if (!j)
		return;
	json_object_put(j->record);
	hold_free(j->hold);
	free(j);
}

/* Can a message of this Call-ID belong to a selected call? Compared with the bytes of
 * the message, since the call may not be known yet. */
static bool may_be_selected(const struct select *select, const struct engine_message *m)
{
	if (select->ncall_ids == 0)
		return true;
	struct slice id = sip_msg_value(m->msg, SIP_HDR_CALL_ID);
	for (size_t i = 0; i < select->ncall_ids; i++)
		if (slice_eq(id, select->call_ids[i]))
			return true;
	return false;
}

/* Any message may yet turn its call into an INVITE call, so the line has to wait. */
static void hold_line(struct json_export *j, uint32_t call, const char *line, size_t len)
{
	j->result = hold_add(j->hold, call, line, len);
	j->error = errno;
}

static void write_line(const struct json_export *j, const char *line, size_t len)
{
	out_write(j->cfg.out, line, len);
	out_mark(j->cfg.out);
}

void json_export_message(void *arg, const struct engine_message *m)
{
	struct json_export *j = arg;
	const struct select *select = j->cfg.select;
	size_t len;
	if (!(j->cfg.records & JSON_MESSAGE) || j->result != OK)
		return;
	if (!select_is_all(select) && (m->is.call == 0 || !may_be_selected(select, m)))
		return;
	j->subject.message = m;
	j->subject.with = j->cfg.with;
	j->subject.inputs = j->cfg.inputs > 1;
	const char *line = make_line(j, "message", json_write_message, &len);
	if (!line)
		return;
	if (select_can_change(select))
		hold_line(j, m->is.call, line, len);
	else
		write_line(j, line, len);
}

static void write_held(void *arg, uint32_t call, const char *line, size_t len)
{
	const struct json_export *j = arg;
	if (select_has_call(j->cfg.select, j->engine, call))
		write_line(j, line, len);
}

static void write_one(struct json_export *j, const char *name, json_body *body,
                      uint32_t id)
{
	size_t len;
	j->subject.id = id;
	const char *line = make_line(j, name, body, &len);
	if (line)
		write_line(j, line, len);
}

void json_export_begin(struct json_export *j, struct engine *e)
{
	j->engine = e;
	j->subject.engine = e;
	j->subject.tracker = engine_tracker(e);
}

/* --- a call that leaves */

/* Records of one kind of the call, from a list of the tracker, which has the newest one
 * first. Without memory for their order they are written as they come. */
struct listed {
	struct json_export *j;
	const char *name;
	json_body *body;
	uint32_t *ids;
	uint32_t count; /* that there is room for in ids */
	uint32_t n;
};

static void list(struct listed *l, uint32_t id)
{
	if (l->n < l->count)
		l->ids[l->n++] = id;
	else
		write_one(l->j, l->name, l->body, id);
}

static void begin_list(struct listed *l, uint32_t count)
{
	l->n = 0;
	l->ids = count ? mem_take(engine_mem(l->j->engine), count * sizeof(*l->ids))
	               : NULL;
	l->count = l->ids ? count : 0;
}

static void end_list(struct listed *l)
{
	while (l->n > 0)
		write_one(l->j, l->name, l->body, l->ids[--l->n]);
	mem_give(engine_mem(l->j->engine), l->ids, l->count * sizeof(*l->ids));
}

static void write_transactions(struct json_export *j, const struct call *c)
{
	struct listed l = { .j = j, .name = "transaction" };
	l.body = json_write_transaction;
	if (!(j->cfg.records & JSON_TRANSACTION))
		return;
	begin_list(&l, c->transactions);
	for (uint32_t id = c->newest; id;
	     id = tracker_transaction_at(j->subject.tracker, id)->older)
		list(&l, id);
	end_list(&l);
}

static void write_dialogs(struct json_export *j, const struct call *c)
{
	struct listed l = { .j = j, .name = "dialog", .body = json_write_dialog };
	if (!(j->cfg.records & JSON_DIALOG))
		return;
	begin_list(&l, c->ndialogs);
	for (uint32_t id = c->dialogs; id;
	     id = tracker_dialog_at(j->subject.tracker, id)->older)
		list(&l, id);
	end_list(&l);
}

static void write_registrations(struct json_export *j, uint32_t call)
{
	const struct tracker *t = j->subject.tracker;
	struct listed l = { .j = j, .name = "registration" };
	uint32_t id, count = 0;
	l.body = json_write_registration;
	if (!(j->cfg.records & JSON_REGISTRATION))
		return;
	for (id = tracker_registration_of(t, call); id;
	     id = tracker_registration_at(t, id)->of_call)
		count++;
	begin_list(&l, count);
	for (id = tracker_registration_of(t, call); id;
	     id = tracker_registration_at(t, id)->of_call)
		if (tracker_registration_at(t, id)->state != REG_QUERIED)
			list(&l, id);
	end_list(&l);
}

static void write_subscriptions(struct json_export *j, uint32_t call)
{
	const struct tracker *t = j->subject.tracker;
	struct listed l = { .j = j, .name = "subscription" };
	uint32_t id, count = 0;
	l.body = json_write_subscription;
	if (!(j->cfg.records & JSON_SUBSCRIPTION))
		return;
	for (id = tracker_subscription_of(t, call); id;
	     id = tracker_subscription_at(t, id)->next)
		count++;
	begin_list(&l, count);
	for (id = tracker_subscription_of(t, call); id;
	     id = tracker_subscription_at(t, id)->next)
		list(&l, id);
	end_list(&l);
}

static void write_line_of(void *arg, uint32_t call, const char *line, size_t len)
{
	(void)call;
	write_line(arg, line, len);
}

void json_export_leave(void *arg, uint32_t call)
{
	struct json_export *j = arg;
	const struct call *c = tracker_call_at(j->subject.tracker, call);
	const struct find *find = engine_find(j->engine);
	bool chosen = j->result == OK && !out_failed(j->cfg.out) &&
	              select_has_call(j->cfg.select, j->engine, call);
	if (j->hold && j->result == OK) {
		j->result = hold_take(j->hold, call, chosen ? write_line_of : NULL, j);
		j->error = errno;
	}
	if (chosen) {
		write_transactions(j, c);
		write_dialogs(j, c);
		if (j->cfg.records & JSON_CALL)
			write_one(j, "call", json_write_call, call);
		write_registrations(j, call);
		write_subscriptions(j, call);
	}
	for (uint32_t id = 1; chosen && id <= find_count(find); id++)
		if (j->cfg.records & JSON_FINDING)
			write_one(j, "finding", json_write_finding, id);
	j->subject.findings_before += find_count(find);
}

/* --- the end */

/* How to walk over records of a kind. */
struct walk {
	enum json_record kind;
	const char *name;
	json_body *body;
	uint32_t (*next)(const struct tracker *t, uint32_t id); /* NULL: of findings */
};

/* The call of a record, for the selection; 0 for one that is not shown at all. */
static uint32_t call_of(const struct tracker *t, const struct find *find,
                        enum json_record kind, uint32_t id)
{
	const struct registration *r;
	switch (kind) {
	case JSON_TRANSACTION: return tracker_transaction_at(t, id)->call;
	case JSON_DIALOG: return tracker_dialog_at(t, id)->call;
	case JSON_REGISTRATION:
		r = tracker_registration_at(t, id);
		return r->state == REG_QUERIED ? 0 : r->call;
	case JSON_SUBSCRIPTION: return tracker_subscription_at(t, id)->call;
	case JSON_CALL: return id;
	case JSON_FINDING: return find_at(find, id)->call;
	case JSON_MESSAGE:
	case JSON_SUMMARY: break;
	}
	return 0;
}

static uint32_t next_of(const struct json_export *j, const struct walk *walk,
                        const struct find *find, uint32_t id)
{
	if (walk->next)
		return walk->next(j->subject.tracker, id);
	return id < find_count(find) ? id + 1 : 0;
}

static void write_all(struct json_export *j, const struct walk *walk)
{
	if (!(j->cfg.records & walk->kind))
		return;
	const struct find *find = walk->next ? NULL : engine_find(j->engine);
	for (uint32_t id = next_of(j, walk, find, 0);
	     id && j->result == OK && !out_failed(j->cfg.out);
	     id = next_of(j, walk, find, id)) {
		uint32_t call = call_of(j->subject.tracker, find, walk->kind, id);
		if (call && select_has_call(j->cfg.select, j->engine, call))
			write_one(j, walk->name, walk->body, id);
	}
}

enum err json_export_finish(struct json_export *j, struct engine *e,
                            const struct export_totals *totals, char why[OUT_WHY_MAX])
{
	static const struct walk walks[] = {
		{ JSON_TRANSACTION, "transaction", json_write_transaction,
		  tracker_next_transaction },
		{ JSON_DIALOG, "dialog", json_write_dialog, tracker_next_dialog },
		{ JSON_CALL, "call", json_write_call, tracker_next_call },
		{ JSON_REGISTRATION, "registration", json_write_registration,
		  tracker_next_registration },
		{ JSON_SUBSCRIPTION, "subscription", json_write_subscription,
		  tracker_next_subscription },
		{ JSON_FINDING, "finding", json_write_finding, NULL },
	};
	json_export_begin(j, e);
	j->subject.totals = totals;
	if (j->hold && j->result == OK) {
		j->result = hold_replay(j->hold, write_held, j);
		j->error = errno;
	}
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		write_all(j, &walks[i]);
	if ((j->cfg.records & JSON_SUMMARY) && j->result == OK)
		write_one(j, "summary", json_write_summary, 0);
	if (j->result == ERR_NOMEM)
		snprintf(why, OUT_WHY_MAX, "out of memory: records are missing");
	else if (j->result != OK)
		snprintf(why, OUT_WHY_MAX, "temporary file in %s: %s", j->cfg.temp_dir,
		         strerror(j->error));
	return j->result;
}
