/* The words of each fault's statement: what is taken and what is refused, with its reason. */
#include "harness/run/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct words_case {
	const char *words; /* the fault's name, then its args */
	const char *why;   /* NULL: taken */
};

static const struct words_case cases[] = {
	{"link down", NULL},
	{"link up", NULL},
	{"link sideways", "a link goes 'down' or 'up'"},
	{"link", "a link goes 'down' or 'up'"},
	{"link down now", "a link goes 'down' or 'up'"},
	{"kill vipd", NULL},
	{"kill director TERM", NULL},
	{"kill vipd SIGUSR1", NULL},
	{"kill vipd NINE", "there is no signal 'NINE'"},
	{"kill vipd KILL HARD", "one signal is enough, found 'HARD' too"},
	{"kill", "no program is named"},
	{"stop vipd", NULL},
	{"stop vipd now", "one program is named, and nothing behind it"},
	{"restart", "one program is named, and nothing behind it"},
	{"proto112 drop input", NULL},
	{"proto112 drop output", NULL},
	{"proto112 drop both", NULL},
	{"proto112 accept", NULL},
	{"proto112 drop", "protocol 112 is dropped on 'input', 'output' or 'both', or accepted"},
	{"proto112 drop forward",
	 "protocol 112 is dropped on 'input', 'output' or 'both', or accepted"},
	{"netem loss 5% delay 10ms jitter 1ms", NULL},
	{"netem clear", NULL},
	{"netem loss", "'loss' has no value"},
	{"netem loss much", "'loss much' is not understood"},
	{"netem loss 101%", "'loss 101%' is not understood"},
	{"netem delay 10", "'delay 10' is not understood"},
	{"netem colour red", "'colour red' is not understood"},
	{"netem jitter 1ms", "jitter and reorder need a delay"},
	{"netem", "nothing is said about the line"},
	{"command true", NULL},
	{"command", "no command is given"},
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128], why[160] = "", *save = NULL;
		const char *words[16] = {NULL};
		int n = 0;

		snprintf(text, sizeof(text), "%s", cases[i].words);
		for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
			words[n++] = w;
		const struct fault *f = fault_find(words[0]);

		assert_non_null(f);
		bool ok = f->check(words + 1, why, sizeof(why));

		if (ok != (cases[i].why == NULL) || strcmp(why, ok ? "" : cases[i].why) != 0)
			fail_msg("%s: %s", cases[i].words, ok ? "taken" : why);
	}
}

static void test_table(void **state)
{
	(void)state;
	for (const struct fault *const *f = fault_table; *f; f++) {
		assert_ptr_equal(fault_find((*f)->name), *f);
		assert_int_equal(strncmp((*f)->synopsis, (*f)->name, strlen((*f)->name)), 0);
		assert_true((*f)->help && (*f)->check && (*f)->inject && (*f)->heal);
	}
	assert_null(fault_find("earthquake"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
