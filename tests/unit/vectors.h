/* Test vectors V1 to V12; [12] is a name field alone, the others are packets. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#define VECTOR_COUNT   13 /* there is no V0 */
#define VECTOR_LEN_MAX 160

struct vector {
	const char *what, *hex;
};

extern const struct vector vectors[VECTOR_COUNT];

#endif
