/* What went wrong with the database, in a sentence for the administrator. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "nbnsd/store/store_inner.h"

#define PATH_SHOWN (STORE_ERROR_MAX / 2) /* so that the rest has space, however long the path */

int store_fail(char error[STORE_ERROR_MAX], int ret, const char *path, const char *text,
	       const char *detail)
{
	if (detail != NULL)
		snprintf(error, STORE_ERROR_MAX, "%.*s: %s (%s)", PATH_SHOWN, path, text, detail);
	else
		snprintf(error, STORE_ERROR_MAX, "%.*s: %s", PATH_SHOWN, path, text);
	return ret;
}

static const struct explanation {
	int code, ret;
	const char *text; /* NULL: it is damaged */
} explanations[] = {
	{ SQLITE_BUSY, -EBUSY, "is in use by another process; end that, or name another database" },
	{ SQLITE_CORRUPT, -EBADMSG, NULL },
	{ SQLITE_NOTADB, -EBADMSG, NULL },
	{ SQLITE_ERROR, -EBADMSG, NULL }, /* a table is not what the schema says */
	{ SQLITE_CANTOPEN, -EACCES, STORE_NOT_OURS },
	{ SQLITE_PERM, -EACCES, STORE_NOT_OURS },
	{ SQLITE_READONLY, -EROFS, STORE_NOT_OURS },
	{ SQLITE_FULL, -ENOSPC, "cannot be written" },
	{ SQLITE_NOMEM, -ENOMEM, "cannot be used" },
	{ SQLITE_IOERR, -EIO, "cannot be read or written" },
};

const char *store_damaged(const struct store *store)
{
	return store->damaged != NULL ? store->damaged : STORE_DAMAGED;
}

int store_explain(const struct store *store, int code, char error[STORE_ERROR_MAX])
{
	int system = store->run_errno;
	const char *detail = sqlite3_errstr(code);

	if (system == 0 && store->db != NULL)
		system = sqlite3_system_errno(store->db);
	if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR)
		detail = system != 0 ? strerror(system) : detail;
	else if (store->db != NULL && sqlite3_errcode(store->db) == code)
		detail = sqlite3_errmsg(store->db);
	if ((code & 0xff) == SQLITE_CANTOPEN && (system == EMFILE || system == ENFILE))
		return store_fail(error, -system, store->path, STORE_NOT_NOW, detail);
	for (size_t i = 0; i < ARRAY_SIZE(explanations); i++) {
		const struct explanation *e = &explanations[i];

		if (e->code == (code & 0xff))
			return store_fail(error, e->ret, store->path,
					  e->text != NULL ? e->text : store_damaged(store), detail);
	}
	return store_fail(error, -EIO, store->path, "cannot be used", detail);
}
