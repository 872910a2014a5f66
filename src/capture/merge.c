/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/merge.h"

#include <stdlib.h>

/* With `live`, sources without a frame are asked again each time so many frames have
 * been given: asking costs three system calls. */
#define ASK_EVERY 64

enum entry_state { ENTRY_EMPTY, ENTRY_READY, ENTRY_ENDED };

struct entry {
	struct source   *source;
	struct frame     frame; /* when ENTRY_READY */
	enum entry_state state;
	enum err         ended; /* when ENTRY_ENDED */
};

struct merge {
	struct entry *entries;
	size_t       *heap;    /* indices of ready entries, the earliest first */
	size_t        ready;   /* entries in heap */
	size_t        n;
	size_t        open;    /* entries not ended */
	size_t        given;   /* index of the frame given last; n: none */
	unsigned      until_asked;
	bool          live;
	int           wait_ms;
};

enum err merge_new(struct merge **out, struct source *const *sources, size_t n, bool live,
                   int wait_ms)
{
	if (n == 0 || n > MERGE_SOURCES_MAX)
		return ERR_LIMIT;
	struct merge *m = calloc(1, sizeof(*m));
	if (!m)
		return ERR_NOMEM;
	m->entries = calloc(n, sizeof(*m->entries));
	m->heap = calloc(n, sizeof(*m->heap));
	if (!m->entries || !m->heap) {
		free(m->heap);
		free(m->entries);
		free(m);
		return ERR_NOMEM;
	}
	m->n = m->open = m->given = n;
	m->live = live;
	m->wait_ms = wait_ms;
	for (size_t i = 0; i < n; i++)
		m->entries[i].source = sources[i];
	if (live) /* all there is to do for a single one */
		source_set_wait(sources[0], wait_ms);
	*out = m;
	return OK;
}

static bool is_before(const struct merge *m, size_t a, size_t b)
{
	tick at_a = m->entries[a].frame.at, at_b = m->entries[b].frame.at;
	return at_a < at_b || (at_a == at_b && a < b);
}

static void heap_push(struct merge *m, size_t entry)
{
	size_t i = m->ready++;
	while (i && is_before(m, entry, m->heap[(i - 1) / 2])) {
		m->heap[i] = m->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	m->heap[i] = entry;
}

static size_t heap_pop(struct merge *m)
{
	size_t first = m->heap[0], last = m->heap[--m->ready];
	size_t i = 0;
	for (;;) {
		size_t child = 2 * i + 1;
		if (child + 1 < m->ready &&
		    is_before(m, m->heap[child + 1], m->heap[child]))
			child++;
		if (child >= m->ready || !is_before(m, m->heap[child], last))
			break;
		m->heap[i] = m->heap[child];
		i = child;
	}
	m->heap[i] = last;
	return first;
}

/* Ask an empty entry for its next frame. */
static void ask(struct merge *m, size_t i)
{
	struct entry *e = &m->entries[i];
	enum err err = source_next(e->source, &e->frame);
	if (err == OK) {
		e->state = ENTRY_READY;
		heap_push(m, i);
	} else if (err != ERR_MORE) {
		e->state = ENTRY_ENDED;
		e->ended = err;
		m->open--;
	}
}

/* Ask all empty entries; true when none is left waiting. */
static bool ask_all(struct merge *m, int wait_ms)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->entries[i].state != ENTRY_EMPTY)
			continue;
		if (m->live)
			source_set_wait(m->entries[i].source, m->ready ? 0 : wait_ms);
		ask(m, i);
		wait_ms = 0; /* one wait a round, whoever has it */
	}
	m->until_asked = ASK_EVERY;
	return m->ready == m->open;
}

static enum err ended(const struct merge *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->entries[i].ended != ERR_END)
			return m->entries[i].ended;
	return ERR_END;
}

static enum err next_of_many(struct merge *m, struct frame *f)
{
	if (m->given < m->n) {
		/* Its bytes die here, at the caller's next call. */
		if (m->live)
			source_set_wait(m->entries[m->given].source, 0);
		ask(m, m->given);
		m->given = m->n;
	}
	bool all = m->ready == m->open;
	if (!all && (!m->live || m->ready == 0 || --m->until_asked == 0))
		all = ask_all(m, m->wait_ms);
	if (m->open == 0)
		return ended(m);
	if (m->ready == 0 || (!all && !m->live))
		return ERR_MORE;
	m->given = heap_pop(m);
	m->entries[m->given].state = ENTRY_EMPTY;
	*f = m->entries[m->given].frame;
	return OK;
}

enum err merge_next(struct merge *m, struct frame *f)
{
	if (m->n > 1)
		return next_of_many(m, f);
	return source_next(m->entries[0].source, f);
}

void merge_set_wait(struct merge *m, int wait_ms)
{
	m->wait_ms = wait_ms;
	if (m->n == 1) /* next_of_many does it for several */
		source_set_wait(m->entries[0].source, wait_ms);
}

size_t merge_count(const struct merge *m)
{
	return m->n;
}

struct source *merge_source(const struct merge *m, size_t i)
{
	return m->entries[i].source;
}

void merge_break(struct merge *m)
{
	for (size_t i = 0; i < m->n; i++)
		source_break(m->entries[i].source);
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		source_close(m->entries[i].source);
	free(m->heap);
	free(m->entries);
	free(m);
}
