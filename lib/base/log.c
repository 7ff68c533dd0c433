/* Log lines: formatting, the console's stamp, syslog.
 *
 * A line is cut at 1,024 bytes: nothing that is worth a log line is longer, and a fixed buffer
 * means that logging works when memory is out. Console lines go out in one write, so that lines
 * of several processes on one pipe do not mix.
 */
#include "lib/base/log.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static void console_sink(void *ctx, enum log_level level, const char *line)
{
	const struct log *log = ctx;
	char text[LINE_MAX_BYTES + 64];
	struct timespec now;
	struct tm tm;
	int n;

	(void)level;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ %s: %s\n",
		     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		     now.tv_nsec / 1000, log->ident, line);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	/* A console that is gone is no reason to stop failing over. */
	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		return;
}

static void syslog_sink(void *ctx, enum log_level level, const char *line)
{
	int priority = LOG_INFO;

	(void)ctx;
	switch (level) {
	case LOG_LEVEL_ERROR:
		priority = LOG_ERR;
		break;
	case LOG_LEVEL_WARNING:
		priority = LOG_WARNING;
		break;
	case LOG_LEVEL_INFO:
		priority = LOG_INFO;
		break;
	case LOG_LEVEL_DETAIL:
		priority = LOG_DEBUG;
		break;
	}
	syslog(priority, "%s", line);
}

void log_to_console(struct log *log, const char *ident)
{
	*log = (struct log){.ident = ident, .detail = log->detail, .sink = console_sink};
	log->ctx = log;
}

void log_to_syslog(struct log *log, const char *ident, int facility)
{
	*log = (struct log){.ident = ident, .detail = log->detail, .sink = syslog_sink};
	openlog(ident, LOG_PID | LOG_NDELAY, facility);
}

void log_to_sink(struct log *log, const char *ident, log_sink *sink, void *ctx)
{
	*log = (struct log){.ident = ident, .detail = log->detail, .sink = sink, .ctx = ctx};
}

void log_error(const struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log->sink(log->ctx, LOG_LEVEL_ERROR, line);
}

void log_warning(const struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (log->hush && log->hush <= LOG_LEVEL_WARNING)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log->sink(log->ctx, LOG_LEVEL_WARNING, line);
}

void log_info(const struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (log->hush && log->hush <= LOG_LEVEL_INFO)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log->sink(log->ctx, LOG_LEVEL_INFO, line);
}

void log_detail(const struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (!log->detail)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log->sink(log->ctx, LOG_LEVEL_DETAIL, line);
}
