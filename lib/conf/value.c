/* Words -> values. Each function names what it expected and what it found, at the word. */
#include "lib/conf/conf.h"

#include "lib/base/mono.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool conf_get_int(struct conf_bind *b, const struct conf_word *w, int64_t lo, int64_t hi,
		  int64_t *out)
{
	char *end = NULL;
	const char *s = w->text;
	bool digits = isdigit((unsigned char)s[0]) ||
		      ((s[0] == '-' || s[0] == '+') && isdigit((unsigned char)s[1]));

	errno = 0;
	long long v = digits ? strtoll(s, &end, 10) : 0;

	if (!digits || *end != '\0') {
		conf_error(b->report, w->pos, "expected a number from %lld to %lld, found '%.80s'",
			   (long long)lo, (long long)hi, s);
		return false;
	}
	if (errno == ERANGE || v < lo || v > hi) {
		conf_error(b->report, w->pos, "%.80s is out of range, expected %lld to %lld", s,
			   (long long)lo, (long long)hi);
		return false;
	}
	*out = v;
	return true;
}

bool conf_get_bool(struct conf_bind *b, const struct conf_word *w, bool *out)
{
	static const char *const words[] = {"on", "off", "true", "false", "yes", "no", "1", "0"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(w->text, words[i]) == 0) {
			*out = i % 2 == 0;
			return true;
		}
	}
	conf_error(b->report, w->pos,
		   "expected on or off (true, false, yes, no, 1, 0), found '%.80s'", w->text);
	return false;
}

/* Reads digits[.digits] at *s as value * scale, cut below one; false: no number or too large. */
static bool read_decimal(const char **s, int64_t scale, int64_t *out)
{
	const char *p = *s;
	int64_t whole = 0, part = 0, unit = scale;
	bool any = false;

	for (; isdigit((unsigned char)*p); p++, any = true)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *p - '0', &whole))
			return false;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++, any = true) {
			unit /= 10;
			part += unit * (*p - '0');
		}
	}
	*s = p;
	return any && !__builtin_mul_overflow(whole, scale, out) &&
	       !__builtin_add_overflow(*out, part, out);
}

/* Nanoseconds as decimal seconds, for messages. */
static const char *seconds_text(int64_t ns, char *out, size_t n)
{
	int len = snprintf(out, n, "%lld.%09lld", (long long)(ns / NS_PER_S),
			   (long long)(ns % NS_PER_S));

	while (len > 0 && out[len - 1] == '0')
		out[--len] = '\0';
	if (len > 0 && out[len - 1] == '.')
		out[len - 1] = '\0';
	return out;
}

bool conf_get_seconds(struct conf_bind *b, const struct conf_word *w, int64_t lo_ns, int64_t hi_ns,
		      int64_t *out_ns)
{
	const char *s = w->text;
	char lo[40], hi[40];
	int64_t ns = 0;
	bool ok = read_decimal(&s, NS_PER_S, &ns) && *s == '\0';

	seconds_text(lo_ns, lo, sizeof(lo));
	seconds_text(hi_ns, hi, sizeof(hi));
	if (!ok) {
		conf_error(b->report, w->pos, "expected seconds from %s to %s, found '%.80s'", lo,
			   hi, w->text);
		return false;
	}
	if (ns < lo_ns || ns > hi_ns) {
		conf_error(b->report, w->pos, "%.80s seconds is out of range, expected %s to %s",
			   w->text, lo, hi);
		return false;
	}
	*out_ns = ns;
	return true;
}

bool conf_get_duration(struct conf_bind *b, const struct conf_word *w, int64_t *out_ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {{"ns", 1},
		     {"us", NS_PER_US},
		     {"ms", NS_PER_MS},
		     {"s", NS_PER_S},
		     {"m", 60 * NS_PER_S},
		     {"h", 3600 * NS_PER_S},
		     {"d", 86400 * NS_PER_S}};
	size_t digits = strspn(w->text, "0123456789.");

	for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
		const char *s = w->text;

		if (strcmp(w->text + digits, units[i].unit) == 0 &&
		    read_decimal(&s, units[i].ns, out_ns) && s == w->text + digits)
			return true;
	}
	conf_error(b->report, w->pos,
		   "expected a time with its unit such as 10s, 1.5s or 20ms, found '%.80s'",
		   w->text);
	return false;
}

bool conf_get_percent(struct conf_bind *b, const struct conf_word *w, int64_t *out_ppm)
{
	const char *s = w->text;
	bool ok = read_decimal(&s, 10000, out_ppm);

	if (ok && *s == '%')
		s++;
	if (ok && *s == '\0' && *out_ppm <= 1000000)
		return true;
	conf_error(b->report, w->pos, "expected a percentage from 0%% to 100%%, found '%.80s'",
		   w->text);
	return false;
}

static bool read_ip(const char *text, struct conf_ip *ip)
{
	char addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);

	*ip = (struct conf_ip){0};
	if (n >= sizeof(addr))
		return false;
	memcpy(addr, text, n);
	addr[n] = '\0';
	ip->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ip->family, addr, ip->bytes) != 1)
		return false;
	int max = ip->family == AF_INET ? 32 : 128;

	ip->prefix_len = (uint8_t)max;
	if (!slash)
		return true;
	char *end = NULL;
	long len = isdigit((unsigned char)slash[1]) ? strtol(slash + 1, &end, 10) : -1;

	if (len < 0 || len > max || *end != '\0')
		return false;
	ip->prefix_len = (uint8_t)len;
	ip->has_prefix = true;
	return true;
}

bool conf_get_ip(struct conf_bind *b, const struct conf_word *w, struct conf_ip *out)
{
	if (read_ip(w->text, out))
		return true;
	conf_error(b->report, w->pos,
		   "expected an IPv4 or IPv6 address such as 192.0.2.1 or 192.0.2.1/24, "
		   "found '%.80s'",
		   w->text);
	return false;
}

const char *conf_ip_text(const struct conf_ip *ip, char *out)
{
	if (!inet_ntop(ip->family, ip->bytes, out, INET6_ADDRSTRLEN))
		snprintf(out, INET6_ADDRSTRLEN, "none");
	return out;
}

bool conf_ip_equal(const struct conf_ip *a, const struct conf_ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0;
}

bool conf_get_port(struct conf_bind *b, const struct conf_word *w, uint16_t *out)
{
	int64_t v = 0;

	if (!conf_get_int(b, w, 1, 65535, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool conf_get_choice(struct conf_bind *b, const struct conf_word *w, const char *const *names,
		     int *out)
{
	struct buf all = {0};

	for (int i = 0; names[i]; i++) {
		if (strcmp(w->text, names[i]) == 0) {
			buf_free(&all);
			*out = i;
			return true;
		}
		buf_printf(&all, "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
	}
	conf_error(b->report, w->pos, "expected %s, found '%.80s'", buf_text(&all), w->text);
	buf_free(&all);
	return false;
}
