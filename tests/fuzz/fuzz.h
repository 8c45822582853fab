/* What every fuzz target needs. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <nbt/dump.h>

/* The one entry of a target, called by libFuzzer or by main.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that holds for every input. */
static inline void must(int holds)
{
	if (!holds)
		abort();
}

/*
 * Dumps in both forms into buffers of exactly so many bytes that the text is cut, or just fits.
 * DUMP is nbt_dump_packet or one of its sisters.
 */
#define FUZZ_DUMP(DUMP, packet)                                                                    \
	do {                                                                                       \
		for (int form_ = NBT_DUMP_TEXT; form_ <= NBT_DUMP_JSON; form_++) {                 \
			size_t len_ = DUMP((packet), (enum nbt_dump_form)form_, NULL, 0);          \
			size_t sizes_[] = { 1, len_ / 2 + 1, len_ + 1 };                           \
                                                                                                   \
			for (size_t i_ = 0; i_ < 3; i_++) {                                        \
				char *buf_ = malloc(sizes_[i_]);                                   \
                                                                                                   \
				must(buf_ != NULL);                                                \
				must(DUMP((packet), (enum nbt_dump_form)form_, buf_,               \
					  sizes_[i_]) == len_);                                    \
				free(buf_);                                                        \
			}                                                                          \
		}                                                                                  \
	} while (0)

#endif
