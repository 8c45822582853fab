/* What every unit test needs: cmocka with its headers, bytes from hex, names from text. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <nbt/name.h>

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))

/* A string literal as bytes and their number, for two members of a table's row. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* Reads "20 45 47 ..." into out and returns how many bytes it was; the test fails if they don't
 * fit. */
size_t unhex(uint8_t *out, size_t size, const char *hex);

/* A name from "FRED<20>", a scope from "NETBIOS.COM"; the test fails if they are none. */
struct nbt_name name_of(const char *text);
struct nbt_scope scope_of(const char *text);

/* Whether valgrind runs the test: there accept() takes a connection and drops it when descriptors
 * are short, which the kernel does not. */
bool is_in_valgrind(void);

/* Fails with the row's sentence unless both errors are the same. */
#define assert_error(what, got, want)                                                              \
	do {                                                                                       \
		enum nbt_error got_ = (got), want_ = (want);                                       \
		if (got_ != want_)                                                                 \
			fail_msg("%s: %s, wanted %s", (what), nbt_strerror(got_),                  \
				 nbt_strerror(want_));                                             \
	} while (0)

#endif
