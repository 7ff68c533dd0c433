/* Log lines of a daemon. A struct log is passed to whoever may speak; there is no global one.
 *
 * Who decides about an error logs it, once; nobody logs and also returns it for others to log. A
 * line is text without the line end. To the console each line is stamped with the wall clock in
 * UTC and written at once; to syslog it goes as it is.
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,   /* something that was asked for is not done */
	LOG_LEVEL_WARNING, /* something is odd and is lived with */
	LOG_LEVEL_INFO,	   /* something happened */
	LOG_LEVEL_DETAIL   /* more of it; only with log.detail */
};

/* Where lines go. ctx is the sink's own. */
typedef void log_sink(void *ctx, enum log_level level, const char *line);

struct log {
	const char *ident; /* "vipd" */
	bool detail;
	enum log_level hush; /* INFO, WARNING: that level and what is below is left out; else 0 */
	log_sink *sink;
	void *ctx;
};

/* Lines to stderr: "2026-11-23T03:04:08.123456Z vipd: LINE". */
void log_to_console(struct log *log, const char *ident);
/* Lines to syslog(3) with this facility (LOG_DAEMON, ...). Opens it for the whole process. */
void log_to_syslog(struct log *log, const char *ident, int facility);
/* Lines to a function, for tests. */
void log_to_sink(struct log *log, const char *ident, log_sink *sink, void *ctx);

void log_error(const struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_detail(const struct log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
