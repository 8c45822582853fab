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

/* An input that is a story: each byte decides what happens next. At the end all are 0. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t left;
};

static inline uint8_t fuzz_take(struct fuzz_input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->bytes++;
}

/* Chance that is the same for the same input; ctx: a counter, uint32_t. */
static inline uint32_t fuzz_draw(void *ctx, uint32_t below)
{
	uint32_t *lots = ctx;

	return (*lots)++ * 2654435761u % below;
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
