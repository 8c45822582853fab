/* A VFS of SQLite that fails when it is told to, in front of the real one. */
#ifndef TESTS_FAULTY_VFS_H
#define TESTS_FAULTY_VFS_H

enum faulty_call { FAULTY_WRITE, FAULTY_SYNC, FAULTY_CALLS };

/* Makes it the default for databases opened from now on. */
void faulty_install(void);

/* The next so many calls fail with this code of SQLite, because of this errno. */
void faulty_fail(enum faulty_call call, int times, int code, int error);

/* Calls that succeeded so far. */
int faulty_count(enum faulty_call call);

#endif
