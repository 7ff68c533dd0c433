/* auth_hmac: the keys and rules of keepalived 2.4's authentication trailer, from the words to
 * struct conf_hmac. Every problem is a warning, as in keepalived; without a usable active key the
 * whole block is dropped.
 */
#include "daemon/conf/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_MAX (4 + 2 * CONF_HMAC_KEY_MAX + 8)
#define WINDOW_MIN_S 5
#define WINDOW_MAX_S 300

void *kw_open_hmac(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	if (!i->out->hmac)
		i->out->hmac = arena_new_object(b->arena, struct conf_hmac);
	i->hmac_at = s->word[0].pos;
	return i;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The number of bytes, or 0: none, or too many, or not hex. */
static size_t decode(const char *text, uint8_t out[CONF_HMAC_KEY_MAX])
{
	size_t len = strlen(text), n = 0;

	if (strncmp(text, "hex:", 4) != 0) {
		if (len > CONF_HMAC_KEY_MAX)
			return 0;
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): its length is known */
		memcpy(out, text, len);
		return len;
	}
	for (text += 4; *text; text += 2, n++) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || n == CONF_HMAC_KEY_MAX)
			return 0;
		out[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}

/* A key file holds what could stand in its place, and maybe an end of line. */
static size_t read_file(struct conf_bind *b, const struct conf_word *w,
			uint8_t out[CONF_HMAC_KEY_MAX])
{
	const char *path = w->text + strlen("file:");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[KEY_FILE_MAX + 1];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		conf_warning(b->report, w->pos, "key file %s cannot be read: %s", path,
			     fd < 0 ? strerror(errno) : "not a regular file");
		if (fd >= 0)
			close(fd);
		return 0;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		conf_warning(b->report, w->pos, "key file %s: others than its owner have access",
			     path);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0 || n == KEY_FILE_MAX)
		return 0;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	return decode(text, out);
}

static void *key_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = 1, .hi = 255, .outside = KW_IGNORE};
	struct draft_instance *i = object;
	const struct conf_word *w = &s->word[2];
	struct conf_hmac_key *key = arena_new_object(b->arena, struct conf_hmac_key);
	struct draft_value id = {0};

	if (!kw_store_word(b, &s->word[1], "key", &range, &id))
		return NULL;
	key->id = (uint8_t)id.v;
	key->text = w->text;
	key->n_bytes = (uint8_t)(!strncmp(w->text, "file:", 5) ? read_file(b, w, key->bytes)
							       : decode(w->text, key->bytes));
	if (key->n_bytes < CONF_HMAC_KEY_MIN) {
		conf_warning(b->report, w->pos,
			     "key %u does not have %d to %d bytes: it is ignored", key->id,
			     CONF_HMAC_KEY_MIN, CONF_HMAC_KEY_MAX);
		return NULL;
	}
	for (const struct conf_hmac_key *k = i->out->hmac->keys; k; k = k->next)
		if (k->id == key->id) {
			conf_warning(b->report, s->word[1].pos,
				     "key %u is defined already: this one is ignored", key->id);
			return NULL;
		}
	DRAFT_APPEND(i->out->hmac->keys, key);
	return NULL;
}

static void *anti_replay_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const char *text = s->word[1].text;

	if (!strcmp(text, "time") || !strcmp(text, "monotonic"))
		i->out->hmac->monotonic = text[0] == 'm';
	else
		conf_warning(b->report, s->word[1].pos,
			     "anti_replay '%s' is neither time nor monotonic: it is ignored", text);
	return NULL;
}

static void *mode_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const char *text = s->word[1].text;

	if (!strcmp(text, "enforce"))
		i->out->hmac->mode = CONF_HMAC_ENFORCE;
	else if (!strcmp(text, "permissive"))
		i->out->hmac->mode = CONF_HMAC_PERMISSIVE;
	else if (!strcmp(text, "receive-only"))
		i->out->hmac->mode = CONF_HMAC_RECEIVE_ONLY;
	else
		conf_warning(b->report, s->word[1].pos,
			     "mode '%s' is none of enforce, permissive, receive-only: it is "
			     "ignored",
			     text);
	return NULL;
}

#define ONE_ARG .min_args = 1, .max_args = 1

const struct conf_keyword kw_auth_hmac[] = {
	KW("key", "ID 1..255, VALUE ascii | hex:HEX | file:PATH, 32..64 bytes", "one signing key",
	   .min_args = 2, .max_args = 2, .repeats = true, .set = key_store),
	KW("active_key", "1..255", "key id used for sending", ONE_ARG,
	   KW_STORE(struct draft_instance, hmac_active, .kind = KW_INT, .lo = 1, .hi = 255,
		    .outside = KW_IGNORE)),
	KW("time_window", "SECS 1..300", "accepted clock difference", ONE_ARG,
	   KW_STORE(struct draft_instance, hmac_window, .kind = KW_INT, .lo = 1, .hi = WINDOW_MAX_S,
		    .outside = KW_IGNORE)),
	KW("anti_replay", "time|monotonic", "replay protection method", ONE_ARG,
	   .set = anti_replay_store),
	KW("mode", "enforce|permissive|receive-only", "migration stage", ONE_ARG,
	   .set = mode_store),
	KW_END,
};

const struct kw_word kw_words_hmac_key[] = {
	KW_WORD("hex:", "HEX", "value given as hex bytes", 1),
	KW_WORD("file:", "PATH", "value read from a file", 1),
	KW_END,
};

/* Three adverts may be lost before anybody acts: that long one may be late. */
static unsigned default_window_s(int64_t advert_ns)
{
	int64_t s = 3 * (advert_ns / CONF_SECOND_NS);

	return (unsigned)(s < WINDOW_MIN_S ? WINDOW_MIN_S : s > WINDOW_MAX_S ? WINDOW_MAX_S : s);
}

void draft_finish_hmac(const struct draft_instance *from, bool strict, struct conf_report *r)
{
	struct conf_instance *i = from->out;
	struct conf_hmac *h = i->hmac;

	if (!h)
		return;
	for (const struct conf_hmac_key *k = h->keys; k; k = k->next)
		if (from->hmac_active.set && k->id == from->hmac_active.v)
			h->active = k;
	if (!h->active) {
		conf_warning(r, from->hmac_at,
			     "instance %s: auth_hmac has no usable key for active_key: adverts are "
			     "neither signed nor checked",
			     i->name);
		i->hmac = NULL;
		return;
	}
	if (i->auth != CONF_AUTH_NONE) {
		conf_warning(r, from->hmac_at,
			     "auth_hmac does not go with authentication: that is ignored");
		i->auth = CONF_AUTH_NONE;
		memset(i->auth_data, 0, sizeof(i->auth_data));
	}
	if (strict && h->mode != CONF_HMAC_ENFORCE) {
		conf_warning(r, from->hmac_at, "strict mode: auth_hmac mode enforce is used");
		h->mode = CONF_HMAC_ENFORCE;
	}
	h->window_s = from->hmac_window.set ? (unsigned)from->hmac_window.v
					    : default_window_s(i->advert_ns);
}

void draft_print_hmac(const struct conf_hmac *h, struct buf *out)
{
	static const char *const modes[] = {
		[CONF_HMAC_ENFORCE] = "enforce",
		[CONF_HMAC_PERMISSIVE] = "permissive",
		[CONF_HMAC_RECEIVE_ONLY] = "receive-only",
	};

	if (!h)
		return;
	buf_puts(out, "\tauth_hmac {\n");
	for (const struct conf_hmac_key *k = h->keys; k; k = k->next) {
		buf_printf(out, "\t\tkey %u ", k->id);
		conf_print_word(k->text, out);
		buf_putc(out, '\n');
	}
	buf_printf(out, "\t\tactive_key %u\n\t\ttime_window %u\n", h->active->id, h->window_s);
	buf_printf(out, "\t\tanti_replay %s\n\t\tmode %s\n\t}\n",
		   h->monotonic ? "monotonic" : "time", modes[h->mode]);
}
