/* A growing string. Zero-initialise it (struct buf b = {0}), free it with buf_free.
 * data is NUL-terminated whenever it is not NULL; len does not count the NUL.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Empties it and keeps the memory. */
void buf_clear(struct buf *b);
/* The text, "" if nothing was ever added; belongs to the buffer. */
const char *buf_text(const struct buf *b);
void buf_free(struct buf *b);
/* The whole of a file, text or not. 0 or -errno; refuses more than max_bytes with -EFBIG. */
int buf_read_file(struct buf *b, const char *path, size_t max_bytes);

#endif
