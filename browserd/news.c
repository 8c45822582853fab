#include "browserd/news.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/charset.h"

#define TEXT_MAX     128
#define BRACKETS_MAX (INET_ADDRSTRLEN + 3)

/* A sentence is before, the other host, after, and the text of the news. */
static const struct {
	enum log_level level;
	bool is_anybodys;
	const char *before, *after;
} sentences[BROWSER_NEWS_TYPES] = {
	[BROWSER_NEWS_ELECTION] = { LOG_LEVEL_INFO, true, "stands for election; ", "" },
	[BROWSER_NEWS_LOST] = { LOG_LEVEL_INFO, true, "the election goes to ", "" },
	[BROWSER_NEWS_MASTER] = { LOG_LEVEL_INFO, true, "the master is ", "" },
	[BROWSER_NEWS_RIVAL] = { LOG_LEVEL_WARNING, true, "",
				 " says that it is the master, too: there is an election" },
	[BROWSER_NEWS_SILENT] = { LOG_LEVEL_WARNING, false, "the master ", " is silent" },
	[BROWSER_NEWS_PULL_FAILED] = { LOG_LEVEL_WARNING, false, "the lists of ",
				       " cannot be fetched: " },
	[BROWSER_NEWS_RESET] = { LOG_LEVEL_WARNING, true, "",
				 " has told us to leave our role (ResetState)" },
	[BROWSER_NEWS_DOMAIN] = { LOG_LEVEL_INFO, false, "we are the domain master browser", "" },
	[BROWSER_NEWS_DOMAIN_LOST] = { LOG_LEVEL_WARNING, false,
				       "we are the domain master browser no more: another host has "
				       "its name",
				       "" },
	[BROWSER_NEWS_DOMAIN_YIELDED] = { LOG_LEVEL_INFO, false, "",
					  " is configured to be the domain master browser, and "
					  "becomes it" },
	[BROWSER_NEWS_DOMAIN_MASTER] = { LOG_LEVEL_INFO, false, "the domain master browser is ",
					 "" },
	[BROWSER_NEWS_DOMAIN_SILENT] = { LOG_LEVEL_WARNING, false, "the domain master browser ",
					 " is silent" },
	[BROWSER_NEWS_SYNC_FAILED] = { LOG_LEVEL_WARNING, false, "the lists of ",
				       " cannot be fetched: " },
};

/* Of which the address is told; of who has a name, not of who says so. */
static bool has_address(const struct browser_news *news)
{
	enum browser_news_type type = news->type;

	if (type == BROWSER_NEWS_DOMAIN_LOST && news->is_server)
		return false;
	return type == BROWSER_NEWS_MASTER || type == BROWSER_NEWS_SILENT ||
	       type == BROWSER_NEWS_PULL_FAILED || type >= BROWSER_NEWS_DOMAIN;
}

static const char *const roles[BROWSER_ROLES] = {
	[BROWSER_ROLE_OFF] = "no role",
	[BROWSER_ROLE_NON] = "announced, and no browser",
	[BROWSER_ROLE_POTENTIAL] = "potential browser",
	[BROWSER_ROLE_BACKUP] = "backup browser",
	[BROWSER_ROLE_CLAIMING] = "has won the election, and claims the master's names",
	[BROWSER_ROLE_MASTER] = "local master browser",
};

/* A text of the wire; NULL is none. */
static const char *readable(const char *text, char out[TEXT_MAX])
{
	return text != NULL ? charset_from_wire(text, strlen(text), out, TEXT_MAX) : "";
}

/* " (10.1.1.5)", where it is known. */
static const char *in_brackets(struct in_addr address, char out[BRACKETS_MAX])
{
	char numbers[INET_ADDRSTRLEN];

	if (address.s_addr == INADDR_ANY)
		return "";
	inet_ntop(AF_INET, &address, numbers, sizeof(numbers));
	snprintf(out, BRACKETS_MAX, " (%s)", numbers);
	return out;
}

static enum log_level refused(const struct browser_news *news, char out[NEWS_MAX])
{
	char name[CHARSET_PRINT_MAX], address[INET_ADDRSTRLEN];
	bool is_known = news->address.s_addr != INADDR_ANY;

	inet_ntop(AF_INET, &news->address, address, sizeof(address));
	snprintf(out, NEWS_MAX, "%s is not ours: %s%s%s", charset_print_name(news->name, name),
		 news->is_server ? "the name server " : "", is_known ? address : "it was refused",
		 news->is_server ? " says that another host has it"
		 : is_known      ? " has it"
				 : "");
	return LOG_LEVEL_WARNING;
}

enum log_level news_text(const struct browser_news *news, char out[NEWS_MAX])
{
	char workgroup[TEXT_MAX], interface[INET_ADDRSTRLEN], other[TEXT_MAX], text[TEXT_MAX];
	char address[BRACKETS_MAX];
	int len;

	if (news->type == BROWSER_NEWS_REFUSED)
		return refused(news, out);
	inet_ntop(AF_INET, &news->interface, interface, sizeof(interface));
	len = snprintf(out, NEWS_MAX, "%s%s%s: ", readable(news->workgroup, workgroup),
		       news->interface.s_addr != INADDR_ANY ? " at " : "",
		       news->interface.s_addr != INADDR_ANY ? interface : "");
	out += len; /* there is room for all */
	if (news->type == BROWSER_NEWS_ROLE) {
		snprintf(out, NEWS_MAX - (size_t)len, "%s", roles[news->role]);
		return LOG_LEVEL_INFO;
	}
	snprintf(out, NEWS_MAX - (size_t)len, "%s%s%s%s%s", sentences[news->type].before,
		 news->type == BROWSER_NEWS_ELECTION ? "" : readable(news->other, other),
		 has_address(news) ? in_brackets(news->address, address) : "",
		 sentences[news->type].after, readable(news->text, text));
	return sentences[news->type].level;
}

bool news_is_anybodys(enum browser_news_type type)
{
	return type == BROWSER_NEWS_ROLE || sentences[type].is_anybodys;
}
