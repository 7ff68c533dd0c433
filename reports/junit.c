/* JUnit's XML as its readers (GitLab, Jenkins, GitHub actions) agree on it: testsuites, testsuite,
 * testcase with failure, error or skipped. unknown becomes an error: it must not pass for a pass.
 */
#include "reports/junit.h"

static void put_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		switch (c) {
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			/* control characters have no place in XML 1.0 */
			if (c < 0x20)
				buf_putc(b, ' ');
			else
				buf_putc(b, *s);
		}
	}
}

static void put_attribute(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, " %s=\"", name);
	put_escaped(b, value);
	buf_putc(b, '"');
}

static void put_case(const struct verdict *v, unsigned i, struct buf *out)
{
	const struct finding *f = &v->findings[i];
	const char *element = f->result == JUDGE_FAIL ? "failure" : "error";

	buf_puts(out, "    <testcase");
	put_attribute(out, "classname", v->ev->scenario->name);
	put_attribute(out, "name", v->checks[i]->text);
	if (f->result == JUDGE_PASS) {
		buf_puts(out, "/>\n");
		return;
	}
	buf_printf(out, ">\n      <%s", element);
	put_attribute(out, "message", f->text);
	buf_puts(out, ">");
	for (unsigned k = 0; k < f->n_refs; k++) {
		buf_puts(out, k ? " " : "");
		put_escaped(out, ref_text(v, f->refs[k]));
	}
	buf_printf(out, "</%s>\n    </testcase>\n", element);
}

/* What is wrong with the run itself is a test case too. */
static void put_run_case(const struct verdict *v, struct buf *out)
{
	buf_puts(out, "    <testcase");
	put_attribute(out, "classname", v->ev->scenario->name);
	put_attribute(out, "name", "the run is complete");
	if (v->ev->flaws.n == 0) {
		buf_puts(out, "/>\n");
		return;
	}
	buf_puts(out, ">\n      <error");
	put_attribute(out, "message", v->ev->flaws.at[0].text);
	buf_puts(out, ">");
	for (size_t i = 0; i < v->ev->flaws.n; i++) {
		put_escaped(out, v->ev->flaws.at[i].text);
		buf_putc(out, '\n');
	}
	buf_puts(out, "</error>\n    </testcase>\n");
}

void junit_print(const struct verdict *v, struct buf *out)
{
	unsigned errors = v->n_unknown + (v->ev->flaws.n > 0);

	buf_printf(out,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%u\" "
		   "failures=\"%u\" errors=\"%u\">\n  <testsuite",
		   v->n_checks + 1, v->n_fail, errors);
	put_attribute(out, "name", v->ev->scenario->name);
	buf_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\">\n",
		   v->n_checks + 1, v->n_fail, errors);
	put_run_case(v, out);
	for (unsigned i = 0; i < v->n_checks; i++)
		put_case(v, i, out);
	buf_puts(out, "  </testsuite>\n</testsuites>\n");
}
