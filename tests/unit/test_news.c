/* What browserd's log says. */
#include "support.h"

#include <arpa/inet.h>
#include <string.h>

#include "browserd/news.h"

static const struct nbt_name domain = { "LAB            \x1B" };

static const struct {
	const char *about;
	struct browser_news news;
	const char *address, *want;
	enum log_level level;
} cases[] = {
	{ "nobody knows why",
	  { .type = BROWSER_NEWS_REFUSED, .name = &domain },
	  NULL,
	  "LAB<1B> is not ours: it was refused",
	  LOG_LEVEL_WARNING },
	{ "who has the name says so",
	  { .type = BROWSER_NEWS_REFUSED, .name = &domain },
	  "10.1.0.7",
	  "LAB<1B> is not ours: 10.1.0.7 has it",
	  LOG_LEVEL_WARNING },
	{ "a name server says so, which has not the name itself",
	  { .type = BROWSER_NEWS_REFUSED, .name = &domain, .is_server = true },
	  "10.1.0.5",
	  "LAB<1B> is not ours: the name server 10.1.0.5 says that another host has it",
	  LOG_LEVEL_WARNING },
	{ "the role is lost to a host",
	  { .type = BROWSER_NEWS_DOMAIN_LOST, .workgroup = "LAB" },
	  "10.1.0.7",
	  "LAB: we are the domain master browser no more: another host has its name (10.1.0.7)",
	  LOG_LEVEL_WARNING },
	{ "the name server says that it is",
	  { .type = BROWSER_NEWS_DOMAIN_LOST, .workgroup = "LAB", .is_server = true },
	  "10.1.0.5",
	  "LAB: we are the domain master browser no more: another host has its name",
	  LOG_LEVEL_WARNING },
	{ "somebody else is the domain master",
	  { .type = BROWSER_NEWS_DOMAIN_MASTER, .workgroup = "LAB", .other = "BOSS" },
	  "10.1.0.7",
	  "LAB: the domain master browser is BOSS (10.1.0.7)",
	  LOG_LEVEL_INFO },
	{ "lists that cannot be had",
	  { .type = BROWSER_NEWS_SYNC_FAILED,
	    .workgroup = "LAB",
	    .other = "BOSS",
	    .text = "no connection" },
	  "10.1.0.7",
	  "LAB: the lists of BOSS (10.1.0.7) cannot be fetched: no connection",
	  LOG_LEVEL_WARNING },
	{ "a role in a subnet",
	  { .type = BROWSER_NEWS_ROLE,
	    .workgroup = "LAB",
	    .interface = { 0x0100010A },
	    .role = BROWSER_ROLE_MASTER },
	  NULL,
	  "LAB at 10.1.0.1: local master browser",
	  LOG_LEVEL_INFO },
	{ "an election",
	  { .type = BROWSER_NEWS_ELECTION,
	    .workgroup = "LAB",
	    .interface = { 0x0100010A },
	    .text = "there is no master" },
	  NULL,
	  "LAB at 10.1.0.1: stands for election; there is no master",
	  LOG_LEVEL_INFO },
};

static void sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct browser_news news = cases[i].news;
		char text[NEWS_MAX];

		if (cases[i].address != NULL)
			assert_int_equal(inet_pton(AF_INET, cases[i].address, &news.address), 1);
		assert_int_equal(news_text(&news, text), cases[i].level);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].about, text);
	}
}

/* These can come as often as somebody sends datagrams. */
static void what_others_can_cause(void **state)
{
	(void)state;
	assert_true(news_is_anybodys(BROWSER_NEWS_ELECTION));
	assert_true(news_is_anybodys(BROWSER_NEWS_ROLE));
	assert_false(news_is_anybodys(BROWSER_NEWS_DOMAIN));
	assert_false(news_is_anybodys(BROWSER_NEWS_REFUSED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(what_others_can_cause),
	};

	return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
