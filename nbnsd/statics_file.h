/* The files of the setting static-mappings. */
#ifndef NBNSD_STATICS_FILE_H
#define NBNSD_STATICS_FILE_H

#include "common/conf.h"
#include "nbnsd/service/statics.h"

/* Reads all of them; touches nothing else, so that a thread may do it. 0 or a negative errno, and
 * error says what is wrong, with file and line: one mistake, and nothing is used. */
int statics_load(struct statics **out, const struct conf_strings *paths,
		 char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

#endif
