/* Scripts of sent and answered probes, and the runs that come out. */
#include "harness/run/ledger.h"

#include "lib/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void tell(void *ctx, const struct ledger_run *run)
{
	buf_printf(ctx, "%llu-%llu %d; ", (unsigned long long)run->first,
		   (unsigned long long)run->last, run->server);
}

/* "s5" sends five; "a3=1" server 1 answers 3; "e4" expires below 4; "c" closes; "|" marks. */
static void play(const char *script, const char *expected)
{
	struct buf out = {0};
	struct ledger l = {.tell = tell, .ctx = &out};
	char *at = (char *)(uintptr_t)script;

	while (*at) {
		char what = *at++;
		unsigned long n =
			what == 's' || what == 'a' || what == 'e' ? strtoul(at, &at, 10) : 0;

		if (what == 's')
			while (n--)
				ledger_sent(&l);
		else if (what == 'a')
			ledger_answered(&l, n, (int)strtoul(at + 1, &at, 10));
		else if (what == 'e')
			ledger_expire(&l, n);
		else if (what == 'c')
			ledger_close(&l);
		else if (what == '|')
			buf_puts(&out, ledger_is_settled(&l) ? "| " : ". ");
	}
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void test_scripts(void **state)
{
	(void)state;
	play("c", "");
	play("s1 a0=0 c", "0-0 0; ");
	play("s3 a0=0 a1=0 a2=0 | c", "| 0-2 0; ");
	play("s4 a0=0 a1=1 a2=1 a3=0 c", "0-0 0; 1-2 1; 3-3 0; ");
	/* out of order: nothing is told before what is in front of it is known */
	play("s3 a2=1 a1=1 . | a0=0 | c", ". 0-0 0; | 1-2 1; ");
	/* silence */
	play("s5 a0=0 a4=0 e3 | e4 | c", "0-0 0; . 1-3 -1; | 4-4 0; ");
	/* an answer after the decision, a second one, and one to nothing */
	play("s2 e1 a0=0 a1=0 a1=1 a7=0 | c", "0-0 -1; | 1-1 0; ");
	/* what was never answered is lost at the end */
	play("s3 a0=2 c", "0-0 2; 1-2 -1; ");
	play("s3 e9 | s1 a3=0 c", "| 0-2 -1; 3-3 0; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_scripts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
