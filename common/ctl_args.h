/* The words behind a command's name: options, and what is left. */
#ifndef COMMON_CTL_ARGS_H
#define COMMON_CTL_ARGS_H

#include "common/ctl.h"

/* A table of options ends with a row without name. */
struct ctl_option {
	const char *name;   /* "--suffix" */
	bool is_flag;       /* has no value */
	const char **value; /* where it goes: the text, borrowed from argv; of a flag: its name */
};

/*
 * Takes "--name value" and "--name=value" out of argv wherever they stand; behind "--" there are
 * none. Between least and most words are left, *argc of them. false: the request has been failed
 * with a sentence.
 */
bool ctl_read_args(struct ctl_request *rq, const struct ctl_option *options, int *argc, char **argv,
		   int least, int most);

/* "a, b or c", of names that end with NULL, for sentences. Returns buf. */
char *ctl_list_names(const char *const *names, char *buf, size_t size);

/* The index of the word among the names that end with NULL, or -1: the request has been failed with
 * a sentence about what. */
int ctl_read_name(struct ctl_request *rq, const char *what, const char *word,
		  const char *const *names);

#endif
