#include "faulty_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

/* The real file lies behind it in memory. */
struct faulty_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs faulty;
static atomic_int failures[FAULTY_CALLS], codes[FAULTY_CALLS], errors[FAULTY_CALLS],
	successes[FAULTY_CALLS];

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct faulty_file *)file)->real;
}

/* SQLITE_OK, or the code to fail with. */
static int meet(enum faulty_call call)
{
	if (atomic_load(&failures[call]) > 0) {
		atomic_fetch_sub(&failures[call], 1);
		errno = atomic_load(&errors[call]);
		return atomic_load(&codes[call]);
	}
	atomic_fetch_add(&successes[call], 1);
	return SQLITE_OK;
}

static int close_file(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int read_file(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), bytes, len, at);
}

static int write_file(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	int code = meet(FAULTY_WRITE);

	return code != SQLITE_OK ? code
				 : real_of(file)->pMethods->xWrite(real_of(file), bytes, len, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int sync_file(sqlite3_file *file, int flags)
{
	int code = meet(FAULTY_SYNC);

	return code != SQLITE_OK ? code : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int lock_file(sqlite3_file *file, int lock)
{
	return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int unlock_file(sqlite3_file *file, int lock)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int check_reserved_lock(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int device_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* no shared memory: the store must not need any */
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_reserved_lock,
	.xFileControl = file_control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = device_characteristics,
};

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct faulty_file *f = (struct faulty_file *)file;
	int code;

	f->real = (sqlite3_file *)(f + 1);
	f->base.pMethods = NULL;
	code = real->xOpen(real, name, f->real, flags, out);
	if (code == SQLITE_OK)
		f->base.pMethods = &methods;
	return code;
}

void faulty_install(void)
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	if (real == &faulty)
		return;
	faulty = *real;
	faulty.zName = "faulty";
	faulty.pAppData = real;
	faulty.szOsFile = real->szOsFile + (int)sizeof(struct faulty_file);
	faulty.xOpen = open_file;
	sqlite3_vfs_register(&faulty, 1);
}

void faulty_fail(enum faulty_call call, int times, int code, int error)
{
	atomic_store(&codes[call], code);
	atomic_store(&errors[call], error);
	atomic_store(&failures[call], times);
}

int faulty_count(enum faulty_call call)
{
	return atomic_load(&successes[call]);
}
