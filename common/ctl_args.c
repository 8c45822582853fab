#include "common/ctl_args.h"

#include <stdio.h>
#include <string.h>

#include "common/nearest.h"

/* The option that the word is, alone or with its value behind "="; NULL: there is none. */
static const struct ctl_option *find(const struct ctl_option *options, const char *word)
{
	size_t len = strcspn(word, "=");

	for (; options->name != NULL; options++)
		if (strlen(options->name) == len && memcmp(options->name, word, len) == 0)
			return options;
	return NULL;
}

static void refuse_option(struct ctl_request *rq, const struct ctl_option *options,
			  const char *word)
{
	struct nearest nearest;

	nearest_begin(&nearest, word);
	for (; options->name != NULL; options++)
		nearest_take(&nearest, options->name);
	if (nearest.found != NULL)
		ctl_fail(rq, CTL_MISUSE, "there is no option %s; do you mean %s?", word,
			 nearest.found);
	else
		ctl_fail(rq, CTL_MISUSE, "there is no option %s: see help", word);
}

/* Takes the option at argv[0], and its value; returns the number of words, or 0: misuse. */
static int take(struct ctl_request *rq, const struct ctl_option *options, int argc, char **argv)
{
	const struct ctl_option *option = find(options, argv[0]);
	const char *value = strchr(argv[0], '=');

	if (option == NULL) {
		refuse_option(rq, options, argv[0]);
		return 0;
	}
	if (option->is_flag && value != NULL) {
		ctl_fail(rq, CTL_MISUSE, "%s takes no value", option->name);
		return 0;
	}
	if (option->is_flag || value != NULL) {
		*option->value = option->is_flag ? option->name : value + 1;
		return 1;
	}
	if (argc < 2) {
		ctl_fail(rq, CTL_MISUSE, "%s wants a value", option->name);
		return 0;
	}
	*option->value = argv[1];
	return 2;
}

static bool check_count(struct ctl_request *rq, int count, int least, int most)
{
	if (count >= least && count <= most)
		return true;
	if (most == 0)
		ctl_fail(rq, CTL_MISUSE, "this command takes options only: see help");
	else
		ctl_fail(rq, CTL_MISUSE, "there are too %s words behind this command: see help",
			 count < least ? "few" : "many");
	return false;
}

bool ctl_read_args(struct ctl_request *rq, const struct ctl_option *options, int *argc, char **argv,
		   int least, int most)
{
	bool options_end = false;
	int count = 0;

	for (int i = 0, used; i < *argc; i += used) {
		used = 1;
		if (!options_end && strcmp(argv[i], "--") == 0)
			options_end = true;
		else if (options_end || strncmp(argv[i], "--", 2) != 0)
			argv[count++] = argv[i];
		else
			used = take(rq, options, *argc - i, argv + i);
		if (used == 0)
			return false;
	}
	*argc = count;
	return check_count(rq, count, least, most);
}

char *ctl_list_names(const char *const *names, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; names[i] != NULL && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					i == 0                 ? ""
					: names[i + 1] == NULL ? " or "
							       : ", ",
					names[i]);
	return buf;
}

int ctl_read_name(struct ctl_request *rq, const char *what, const char *word,
		  const char *const *names)
{
	char list[256];

	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	ctl_fail(rq, CTL_MISUSE, "%s is %s, not \"%s\"", what,
		 ctl_list_names(names, list, sizeof(list)), word);
	return -1;
}
