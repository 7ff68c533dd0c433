/* docs/scenario.md: an introduction, then the keyword tables and the table of faults. */
#include "harness/run/fault.h"
#include "harness/scenario/scenario.h"

static const char introduction[] =
	"# The scenario language\n"
	"\n"
	"This page is made from the keyword tables (`GOLDENS=rewrite` and the test of "
	"harness/scenario write it); do not edit it.\n"
	"\n"
	"A scenario says what network there is, what its clients do, what breaks and when, and "
	"what "
	"must hold. `vipdrill check FILE` reads it without running it and names everything that is "
	"wrong with its line and column.\n"
	"\n"
	"- One statement a line, or `;` between two. A block stands in braces; the opening brace "
	"may "
	"stand on the next line. `#` and `!` begin a comment. \"Double quotes\" keep blanks and "
	"comment signs.\n"
	"- Names: a letter, then letters, digits, `_` or `-`.\n"
	"- Times are durations with their unit: `10s`, `20ms`, `1.5s`, `2m`. Points in time count "
	"from the start of the run: the network stands, the real servers answer, the directors are "
	"started.\n"
	"- Paths are relative to the scenario's folder or to one above it, such as the project.\n"
	"- `include FILE` reads another file in place; `$NAME=VALUE` on a line of its own defines "
	"what `$NAME` or `${NAME}` stands for from there on; `$$` stands for a dollar sign.\n"
	"- The parts of a scenario may stand in any order.\n"
	"- The comment lines right above `scenario` are its summary.\n"
	"\n"
	"```\n"
	"# The master is killed: the backup must take over, and nobody else.\n"
	"scenario example {\n"
	"\tduration 30s\n"
	"\tdirectors vipd keepalived\n"
	"\n"
	"\tsegment lan 10.0.0.0/24\n"
	"\tnode lb1 { on lan .11; run director fixtures/example/lb1.conf }\n"
	"\tnode lb2 { on lan .12; run director fixtures/example/lb2.conf }\n"
	"\tnode c1 { on lan .100 }\n"
	"\n"
	"\ttraffic ping { from c1; icmp 10.0.0.65; every 10ms }\n"
	"\n"
	"\tat 10s { kill lb1 director }\n"
	"\n"
	"\texpect {\n"
	"\t\towner 10.0.0.65 lb2 from 15s\n"
	"\t\tfailover under 4s excess under 5ms\n"
	"\t\tstream ping silent under 4s\n"
	"\t}\n"
	"}\n"
	"```\n"
	"\n";

void scenario_doc_markdown(struct buf *out)
{
	buf_puts(out, introduction);
	conf_doc_markdown(scenario_keywords, "Keywords", out);
	buf_puts(out, "## Faults\n\n| statement | meaning |\n|---|---|\n");
	for (int i = 0; fault_table[i]; i++) {
		buf_puts(out, "| `");
		for (const char *p = fault_table[i]->synopsis; *p; p++)
			buf_puts(out, *p == '|' ? "\\|" : (char[]){*p, '\0'});
		buf_printf(out, "` | %s |\n", fault_table[i]->help);
	}
}
