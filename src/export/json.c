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

/* --- a call that leaves */

/* How to walk over the records of one kind of a call, the newest first. */
struct call_list {
	enum json_record kind;
	const char *name;
	json_body *body;
	uint32_t (*newest)(const struct tracker *t, uint32_t call);
	uint32_t (*older)(const struct tracker *t, uint32_t id);
};

static uint32_t newest_transaction(const struct tracker *t, uint32_t call)
{
	return tracker_call_at(t, call)->newest;
}

static uint32_t older_transaction(const struct tracker *t, uint32_t id)
{
	return tracker_transaction_at(t, id)->older;
}

static uint32_t the_call(const struct tracker *t, uint32_t call)
{
	(void)t;
	return call;
}

static uint32_t no_other(const struct tracker *t, uint32_t id)
{
	(void)t, (void)id;
	return 0;
}

static uint32_t newest_dialog(const struct tracker *t, uint32_t call)
{
	return tracker_call_at(t, call)->dialogs;
}

static uint32_t older_dialog(const struct tracker *t, uint32_t id)
{
	return tracker_dialog_at(t, id)->older;
}

static uint32_t older_registration(const struct tracker *t, uint32_t id)
{
	return tracker_registration_at(t, id)->of_call;
}

static uint32_t older_subscription(const struct tracker *t, uint32_t id)
{
	return tracker_subscription_at(t, id)->next;
}

/* The oldest first; without memory for that order, as they come. */
static void write_list(struct json_export *j, const struct call_list *l, uint32_t call)
{
	const struct tracker *t = j->subject.tracker;
	struct mem *mem = engine_mem(j->engine);
	uint32_t id, n = 0, count = 0;
	if (!(j->cfg.records & l->kind))
		return;
	for (id = l->newest(t, call); id; id = l->older(t, id))
		count++;
	uint32_t *ids = count ? mem_take(mem, count * sizeof(*ids)) : NULL;
	for (id = l->newest(t, call); id; id = l->older(t, id)) {
		if (!call_of(t, NULL, l->kind, id))
			continue;
		if (ids)
			ids[n++] = id;
		else
			write_one(j, l->name, l->body, id);
	}
	while (n > 0)
		write_one(j, l->name, l->body, ids[--n]);
	mem_give(mem, ids, count * sizeof(*ids));
}

static void write_line_of(void *arg, uint32_t call, const char *line, size_t len)
{
	(void)call;
	write_line(arg, line, len);
}

void json_export_leave(void *arg, uint32_t call)
{
	static const struct call_list lists[] = {
		{ JSON_TRANSACTION, "transaction", json_write_transaction,
		  newest_transaction, older_transaction },
		{ JSON_DIALOG, "dialog", json_write_dialog, newest_dialog, older_dialog },
		{ JSON_CALL, "call", json_write_call, the_call, no_other },
		{ JSON_REGISTRATION, "registration", json_write_registration,
		  tracker_registration_of, older_registration },
		{ JSON_SUBSCRIPTION, "subscription", json_write_subscription,
		  tracker_subscription_of, older_subscription },
	};
	struct json_export *j = arg;
	const struct find *find = engine_find(j->engine);
	bool chosen = j->result == OK && !out_failed(j->cfg.out) &&
	              select_has_call(j->cfg.select, j->engine, call);
	if (j->hold && j->result == OK) {
		j->result = hold_take(j->hold, call, chosen ? write_line_of : NULL, j);
		j->error = errno;
	}
	for (size_t i = 0; chosen && i < sizeof(lists) / sizeof(lists[0]); i++)
		write_list(j, &lists[i], call);
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
