/* docs/keepalived-conf.md: an introduction, the tables of blocks and keywords, and the words that
 * stand inside statements. What has no effect is named only.
 */
#include "daemon/conf/draft.h"
#include "daemon/conf/keywords.h"

#include <string.h>

static const char introduction[] =
	"# keepalived.conf as vipd reads it\n\n"
	"This page is made from the daemon's keyword tables (the test of daemon/conf writes it "
	"with "
	"`GOLDENS=rewrite`); do not edit it.\n\n"
	"vipd reads keepalived.conf as keepalived 2.4.3 does. Every word of that language is "
	"known: it takes effect, or a warning with file, line and column says that it does not. "
	"What keepalived corrects is corrected with a warning; what ends keepalived is an error. "
	"[differences.md](differences.md) lists where vipd decides otherwise, and `tools/keywords` "
	"counts what takes effect. `vipd -t -d` prints what was understood, defaults spelled "
	"out.\n\n"
	"- One statement a line; a block stands in braces. `#` and `!` begin a comment. \"Double "
	"quotes\" keep blanks together; command lines know 'single quotes' and backslashes too.\n"
	"- `include PATH` reads other files in place (also `includer`, `includem`, `includew`, "
	"`includeb`, `includea`, which insist on finding them); `$NAME=VALUE` defines what `$NAME` "
	"or `${NAME}` stands for; `@ID` and `@^ID` before a line keep it for one machine or for "
	"all "
	"others; `~SEQ(VAR, FIRST, LAST)` and `~LST(VAR, VALUE, ...)` repeat a line.\n"
	"- Times are decimal seconds.\n\n";

static void print_text(const char *text, struct buf *out)
{
	for (; *text; text++)
		buf_puts(out, *text == '|' ? "\\|" : (char[]){*text, '\0'});
}

/* Only statements that take effect themselves. */
static bool statement_works(const char *path, const struct kw_word *words)
{
	enum conf_support support;

	for (; words->name; words++)
		if (vipd_keyword_find(path, words->name, &support) && support == CONF_SUPPORTED)
			return strcmp(path, "(parser)") != 0;
	return false;
}

static void print_words(const char *path, const struct kw_word *words, struct buf *out)
{
	const char *lead = "Known, and not supported yet (a warning says so):";
	bool any = false;

	buf_printf(out, "### %s\n\n| word | meaning |\n|---|---|\n", path);
	for (const struct kw_word *w = words; w->name; w++) {
		if (w->support != CONF_SUPPORTED)
			continue;
		buf_printf(out, "| `%s%s", w->name, *w->args ? " " : "");
		print_text(w->args, out);
		buf_puts(out, "` | ");
		print_text(w->help, out);
		buf_puts(out, " |\n");
	}
	buf_putc(out, '\n');
	for (const struct kw_word *w = words; w->name; w++) {
		if (w->support == CONF_SUPPORTED)
			continue;
		buf_printf(out, "%s `%s`", any ? "," : lead, w->name);
		any = true;
	}
	buf_puts(out, any ? ".\n\n" : "");
}

void vipd_keyword_doc(struct buf *out)
{
	const char *path;
	const struct kw_word *words;

	buf_puts(out, introduction);
	conf_doc_markdown(vipd_conf_keywords, "Blocks", out);
	buf_puts(out, "## Words inside statements\n\n");
	for (size_t i = 0; (words = kw_words_at(i, &path)); i++)
		if (statement_works(path, words))
			print_words(path, words, out);
}
