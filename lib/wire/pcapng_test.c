/* pcapng.c: what is written is read back, a file that is cut anywhere is never taken for whole
 * while inside a block, the other byte order and other clocks are understood, and tcpdump reads the
 * same. */
#include "lib/wire/pcapng.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define EPOCH 1700000000000000000LL

static const uint8_t frame_a[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
				    0x76, 0x64, 0,    0,    1,	  8,	6};
static const uint8_t frame_b[61] = {2, 0x76, 0x64, 0, 0, 1, 2, 0x76, 0x64, 0, 0, 2, 8, 0, 0x45};

static void put_example(struct buf *b, size_t end_of_block[8], int *n)
{
	*n = 0;
	pcapng_put_header(b);
	end_of_block[(*n)++] = b->len;
	pcapng_put_interface(b, "lb1.eth0");
	end_of_block[(*n)++] = b->len;
	pcapng_put_interface(b, "c1.eth0");
	end_of_block[(*n)++] = b->len;
	pcapng_put_frame(b, 0, EPOCH + 1, PCAPNG_INBOUND, frame_a, sizeof(frame_a));
	end_of_block[(*n)++] = b->len;
	pcapng_put_frame(b, 1, EPOCH + 123456789, PCAPNG_OUTBOUND, frame_b, sizeof(frame_b));
	end_of_block[(*n)++] = b->len;
}

static char *write_temp(const void *bytes, size_t n)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/vipdrill-pcapng-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	return path;
}

static void test_round_trip(void **state)
{
	struct buf b = {0};
	size_t ends[8];
	int n;
	struct pcapng_reader *r;
	struct pcapng_frame f;

	(void)state;
	put_example(&b, ends, &n);
	char *path = write_temp(b.data, b.len);

	assert_int_equal(pcapng_open(&r, path), 0);
	assert_int_equal(pcapng_next(r, &f), 1);
	assert_int_equal(f.number, 1);
	assert_int_equal(f.interface, 0);
	assert_string_equal(f.interface_name, "lb1.eth0");
	assert_true(f.time_ns == EPOCH + 1);
	assert_int_equal(f.direction, PCAPNG_INBOUND);
	assert_int_equal(f.len, sizeof(frame_a));
	assert_memory_equal(f.bytes, frame_a, sizeof(frame_a));
	assert_int_equal(pcapng_next(r, &f), 1);
	assert_int_equal(f.number, 2);
	assert_string_equal(f.interface_name, "c1.eth0");
	assert_true(f.time_ns == EPOCH + 123456789);
	assert_int_equal(f.direction, PCAPNG_OUTBOUND);
	assert_int_equal(f.len, sizeof(frame_b));
	assert_memory_equal(f.bytes, frame_b, sizeof(frame_b));
	assert_int_equal(pcapng_next(r, &f), 0);
	pcapng_close(r);
	unlink(path);
	buf_free(&b);
}

/* Reads all of it; the last answer of the reader. */
static int drain(const char *path, int *frames)
{
	struct pcapng_reader *r;
	struct pcapng_frame f;
	int got = pcapng_open(&r, path);

	*frames = 0;
	if (got < 0)
		return got;
	while ((got = pcapng_next(r, &f)) == 1)
		(*frames)++;
	pcapng_close(r);
	return got;
}

static void test_every_truncation(void **state)
{
	struct buf b = {0};
	size_t ends[8];
	int n;

	(void)state;
	put_example(&b, ends, &n);
	for (size_t cut = 0; cut <= b.len; cut++) {
		char *path = write_temp(b.data, cut);
		int whole_blocks = 0, frames;

		while (whole_blocks < n && ends[whole_blocks] <= cut)
			whole_blocks++;
		bool at_boundary = whole_blocks > 0 && ends[whole_blocks - 1] == cut;

		assert_int_equal(drain(path, &frames), at_boundary ? 0 : -EBADMSG);
		assert_int_equal(frames, whole_blocks > 3 ? whole_blocks - 3 : 0);
		unlink(path);
	}
	buf_free(&b);
}

static void test_every_wrong_byte(void **state)
{
	struct buf b = {0};
	size_t ends[8];
	int n, frames;

	(void)state;
	put_example(&b, ends, &n);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] = (char)(b.data[i] ^ 0xff);
		char *path = write_temp(b.data, b.len);
		int got = drain(path, &frames);

		assert_true(got == 0 || got == -EBADMSG);
		assert_true(frames <= 2);
		unlink(path);
		b.data[i] = (char)(b.data[i] ^ 0xff);
	}
	buf_free(&b);
}

static void test_other_byte_order_and_clock(void **state)
{
	/* Big endian, a microsecond clock by default, an unknown block between. */
	static const uint8_t bytes[] = {
		0x0A, 0x0D, 0x0D, 0x0A, 0,    0,    0,	  28,	0x1A, 0x2B, 0x3C, 0x4D, 0,  1, 0,
		0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,	  0,	28, 0, 0,
		0,    1,    0,	  0,	0,    20,   0,	  1,	0,    0,    0,	  0,	0,  0, 0,
		0,    0,    20,	  0,	0,    0x0b, 0xad, 0,	0,    0,    16,	  1,	2,  3, 4,
		0,    0,    0,	  16,	0,    0,    0,	  6,	0,    0,    0,	  36,	0,  0, 0,
		0,    0,    0,	  0,	1,    0,    0,	  0,	5,    0,    0,	  0,	2,  0, 0,
		0,    2,    0xaa, 0xbb, 0,    0,    0,	  0,	0,    36,
	};
	struct pcapng_reader *r;
	struct pcapng_frame f;

	(void)state;
	char *path = write_temp(bytes, sizeof(bytes));

	assert_int_equal(pcapng_open(&r, path), 0);
	assert_int_equal(pcapng_next(r, &f), 1);
	assert_true(f.time_ns == ((1LL << 32) + 5) * 1000);
	assert_string_equal(f.interface_name, "");
	assert_int_equal(f.direction, 0);
	assert_int_equal(f.len, 2);
	assert_int_equal(pcapng_next(r, &f), 0);
	pcapng_close(r);
	unlink(path);
}

static void test_not_a_capture(void **state)
{
	struct pcapng_reader *r;

	(void)state;
	assert_int_equal(pcapng_open(&r, "/nonexistent/x.pcapng"), -ENOENT);
	assert_null(r);
	assert_int_equal(pcapng_open(&r, "LICENSE"), -EBADMSG);
	assert_null(r);
}

static void test_tcpdump_reads_it(void **state)
{
	struct buf b = {0};
	size_t ends[8];
	int n, fd[2], status;
	char text[4096];
	size_t len = 0;
	ssize_t got;

	(void)state;
	if (access("/usr/bin/tcpdump", X_OK) != 0)
		skip();
	put_example(&b, ends, &n);
	char *path = write_temp(b.data, b.len);

	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		execl("/usr/bin/tcpdump", "tcpdump", "-nn", "-e", "-tt", "--nano", "-r", path,
		      NULL);
		_exit(127);
	}
	close(fd[1]);
	while ((got = read(fd[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "1700000000.000000001 "));
	assert_non_null(strstr(text, "1700000000.123456789 "));
	assert_non_null(strstr(text, "02:76:64:00:00:01 > ff:ff:ff:ff:ff:ff"));
	unlink(path);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_wrong_byte),
		cmocka_unit_test(test_other_byte_order_and_clock),
		cmocka_unit_test(test_not_a_capture),
		cmocka_unit_test(test_tcpdump_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
