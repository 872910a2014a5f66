/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/auth.h"

#include "sip/field.h"
#include "sip/scan.h"
#include "sip/uri.h"
#include "sip/value.h"

enum { SECRET, SHOWN };

static const struct {
	struct slice name;
	bool         shown;
} rows[] = {
#define AUTH(id, name, shown, source) { { name, sizeof(name) - 1 }, shown },
#include "sip/auth.def"
};

_Static_assert(sizeof rows / sizeof rows[0] == SIP_AUTH_OTHER, "one row per id");

enum sip_auth_id sip_auth_lookup(struct slice name)
{
	unsigned i = 0;
	while (i < SIP_AUTH_OTHER && !slice_ieq(name, rows[i].name))
		i++;
	return (enum sip_auth_id)i;
}

bool sip_auth_is_shown(enum sip_auth_id id)
{
	return (unsigned)id < SIP_AUTH_OTHER && rows[id].shown;
}

void sip_auth_parse(struct sip_auth *out, struct slice value)
{
	struct slice s = scan_trim(value);
	size_t n = 0;
	while (n < s.len && scan_is_token(s.p[n]))
		n++;
	struct slice rest = scan_trim_front(scan_skip(s, n));
	bool scheme = n > 0 && (n == s.len || scan_is_lws(s.p[n])) &&
	              (rest.len == 0 || rest.p[0] != '=');
	out->scheme = scheme ? scan_head(s, n) : SLICE_NONE;
	out->params = scheme ? rest : s;
}

bool sip_auth_next(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice piece;
	while (sip_list_next(rest, &piece)) {
		if (piece.len == 0)
			continue;
		size_t equals = scan_index(piece, '=');
		*name = scan_trim(scan_head(piece, equals));
		*value = scan_trim(slice_skip(piece, equals + 1));
		return true;
	}
	return false;
}

void sip_digest_parse(struct sip_digest *out, struct slice value)
{
	struct sip_digest d = { .stale = false };
	struct slice *const field[SIP_AUTH_OTHER] = {
		[SIP_AUTH_USERNAME] = &d.username, [SIP_AUTH_REALM] = &d.realm,
		[SIP_AUTH_NONCE] = &d.nonce,       [SIP_AUTH_URI] = &d.uri,
		[SIP_AUTH_QOP] = &d.qop,           [SIP_AUTH_NC] = &d.nc,
		[SIP_AUTH_ALGORITHM] = &d.algorithm, [SIP_AUTH_OPAQUE] = &d.opaque,
		[SIP_AUTH_DOMAIN] = &d.domain,
	};
	struct sip_auth auth;
	sip_auth_parse(&auth, value);
	struct slice name, text;
	while (sip_auth_next(&auth.params, &name, &text)) {
		enum sip_auth_id id = sip_auth_lookup(name);
		text = sip_unquoted(text);
		if (id < SIP_AUTH_OTHER && field[id] && !field[id]->p)
			*field[id] = text;
		else if (id == SIP_AUTH_STALE)
			d.stale = slice_ieq(text, SLICE("true"));
		else if (id == SIP_AUTH_RESPONSE)
			d.has_response = true;
		else if (id == SIP_AUTH_CNONCE)
			d.has_cnonce = true;
	}
	*out = d;
}

/* Where the value that begins at s.p[i] ends: behind its quotes, else at white space or
 * a comma. A quote that never closes takes all. */
static size_t value_end(struct slice s, size_t i)
{
	if (i == s.len || s.p[i] != '"') {
		while (i < s.len && s.p[i] != ',' && !scan_is_lws(s.p[i]))
			i++;
		return i;
	}
	for (i++;;) {
		size_t quote = i + scan_index(scan_skip(s, i), '"');
		size_t slashes = 0;
		while (quote - slashes > i && s.p[quote - slashes - 1] == '\\')
			slashes++;
		if (quote == s.len)
			return quote;
		i = quote + 1;
		if (slashes % 2 == 0)
			return i;
	}
}

static struct slice bare(struct slice s)
{
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return (struct slice){ s.p + 1, s.len - 2 };
	return s;
}

/* As slice_ieq of names of one length, which are nearly always in this very case. */
static inline bool is_name(struct slice name, struct slice want)
{
	return memcmp(name.p, want.p, want.len) == 0 || slice_ieq(name, want);
}

static void set_first(struct slice *field, struct slice value)
{
	if (!field->p)
		*field = bare(value);
}

/* What a name can be, by its length and first letter. */
#define LIKE(len, letter) ((unsigned)(len) << 8 | (unsigned char)(letter))

/* False: none that is known. */
static bool set_key(struct sip_digest_keys *k, struct slice name, struct slice value)
{
	if (name.len == 0 || name.len > 9)
		return false;
	switch (LIKE(name.len, ascii_lower(name.p[0]))) {
	case LIKE(5, 'r'):
		if (is_name(name, SLICE("realm")))
			set_first(&k->realm, value);
		return true;
	case LIKE(5, 'n'):
		if (is_name(name, SLICE("nonce")))
			set_first(&k->nonce, value);
		return true;
	case LIKE(5, 's'):
		if (is_name(name, SLICE("stale")))
			k->stale = slice_ieq(bare(value), SLICE("true"));
		return true;
	case LIKE(9, 'a'):
		if (is_name(name, SLICE("algorithm")))
			set_first(&k->algorithm, value);
		return true;
	case LIKE(9, 'n'):
		if (is_name(name, SLICE("nextnonce")))
			set_first(&k->next_nonce, value);
		return true;
	case LIKE(2, 'n'):
		if (is_name(name, SLICE("nc")))
			set_first(&k->nc, value);
		return true;
	case LIKE(3, 'q'):
		if (is_name(name, SLICE("qop")))
			k->qop = k->qop || bare(value).len;
		return true;
	case LIKE(8, 'u'): /* username, response, cnonce, opaque, uri */
	case LIKE(8, 'r'):
	case LIKE(6, 'c'):
	case LIKE(6, 'o'):
	case LIKE(3, 'u'):
		return true;
	default:
		return false;
	}
}

/* Pieces without '=' stand in front of a name. */
static struct slice last_piece(struct slice name)
{
	size_t i = name.len;
	while (i > 0 && name.p[i - 1] != ',')
		i--;
	return scan_trim(scan_skip(name, i));
}

/* From '=' to '=': what stands between a value and the next is a name, as a rule. */
static void read_keys(struct sip_digest_keys *k, struct slice s)
{
	size_t i = 0;
	while (i < s.len) {
		if (s.p[i] == ',' || scan_is_lws(s.p[i])) {
			i++;
			continue;
		}
		struct slice rest = scan_skip(s, i);
		struct slice name = scan_head(rest, scan_index(rest, '='));
		size_t begin = i + name.len;
		if (begin == s.len)
			return;
		begin++;
		if (name.len && scan_is_lws(name.p[name.len - 1]))
			name = scan_trim(name);
		while (begin < s.len && scan_is_lws(s.p[begin]))
			begin++;
		i = value_end(s, begin);
		struct slice value = { s.p + begin, i - begin };
		if (!set_key(k, name, value) && scan_index(name, ',') < name.len)
			set_key(k, last_piece(name), value);
	}
}

bool sip_digest_read(struct sip_digest_keys *out, struct slice value)
{
	static const struct slice scheme = { "Digest", 6 };
	struct sip_digest_keys k = { .qop = false };
	if (!slice_istarts(value, scheme))
		return false;
	struct slice rest = scan_skip(value, scheme.len);
	if (rest.len && !scan_is_lws(rest.p[0]))
		return false;
	read_keys(&k, rest);
	*out = k;
	return true;
}

struct slice sip_next_nonce(struct slice value)
{
	struct sip_digest_keys k = { .qop = false };
	read_keys(&k, value);
	return k.next_nonce;
}

/* One token, or something like it: no separator that could hide a next parameter. */
static bool is_plain(struct slice s)
{
	static const struct slice also = { ":/@[]", 5 };
	for (size_t i = 0; i < s.len; i++)
		if (!scan_is_token(s.p[i]) && scan_index(also, s.p[i]) == also.len)
			return false;
	return s.len > 0;
}

/* One quoted string and nothing else. */
static bool is_quoted(struct slice s)
{
	if (s.len < 2 || s.p[0] != '"')
		return false;
	size_t i = 1;
	while (i < s.len && s.p[i] != '"')
		i += s.p[i] == '\\' ? 2 : 1;
	return i + 1 == s.len;
}

/* Does "name=" with the name of a secret stand in s? Then a quote or a comma before it
 * is missing. */
static bool hides_secret(struct slice s)
{
	for (size_t i = 0, begin = 0; i < s.len; i++) {
		if (s.p[i] == '=') {
			struct slice name = scan_head(scan_skip(s, begin), i - begin);
			enum sip_auth_id id = sip_auth_lookup(name);
			if (id != SIP_AUTH_OTHER && !sip_auth_is_shown(id))
				return true;
		}
		if (!scan_is_token(s.p[i]))
			begin = i + 1;
	}
	return false;
}

/* May this value of parameter `id` be shown as it stands? */
static bool is_presentable(enum sip_auth_id id, struct slice value)
{
	struct sip_uri uri;
	if (!sip_auth_is_shown(id) || hides_secret(value))
		return false;
	if (id == SIP_AUTH_URI) {
		sip_uri_parse(&uri, sip_unquoted(value));
		if (uri.has_password)
			return false;
	}
	return is_plain(value) || is_quoted(value);
}

/* What is written so far. */
struct text {
	char  *out;
	size_t size, len;
};

static void put(struct text *t, struct slice s)
{
	size_t room = t->size - t->len - 1;
	size_t n = s.len < room ? s.len : room;
	if (n)
		memcpy(t->out + t->len, s.p, n);
	t->len += n;
	t->out[t->len] = '\0';
}

size_t sip_auth_redact(struct slice value, char *out, size_t size)
{
	struct text t = { out, size, 0 };
	struct sip_auth auth;
	struct slice name, text;
	bool first = true;
	out[0] = '\0';
	sip_auth_parse(&auth, value);
	put(&t, auth.params.len ? auth.scheme : SLICE_NONE);
	if (auth.params.len == 0 && auth.scheme.len)
		put(&t, SLICE("...")); /* one word may be a token as well as a scheme */
	while (sip_auth_next(&auth.params, &name, &text)) {
		enum sip_auth_id id = sip_auth_lookup(name);
		if (!first)
			put(&t, SLICE(", "));
		else if (auth.scheme.len)
			put(&t, SLICE(" "));
		first = false;
		if (id != SIP_AUTH_OTHER) {
			put(&t, name);
			put(&t, SLICE("="));
		}
		put(&t, is_presentable(id, text) ? text : SLICE("..."));
	}
	return t.len;
}
