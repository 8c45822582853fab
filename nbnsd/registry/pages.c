#include "nbnsd/registry/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CACHE_LINE 64
#define HUGE_PAGE  ((size_t)2 << 20)

static size_t rounded_up(size_t size, size_t to)
{
	return (size + to - 1) / to * to;
}

static void *small(size_t size)
{
	size_t whole = rounded_up(size, CACHE_LINE);
	void *memory = aligned_alloc(CACHE_LINE, whole);

	if (memory != NULL)
		memset(memory, 0, whole);
	return memory;
}

/* Gives back what is in front of the first huge page and behind the last. */
static void *trimmed(uint8_t *mapped, size_t mapped_size, size_t size)
{
	size_t front = rounded_up((uintptr_t)mapped, HUGE_PAGE) - (uintptr_t)mapped;
	size_t back = mapped_size - front - size;

	if (front > 0)
		(void)munmap(mapped, front);
	if (back > 0)
		(void)munmap(mapped + front + size, back);
	return mapped + front;
}

static void *huge(size_t size)
{
	size_t whole = rounded_up(size, HUGE_PAGE);
	size_t mapped_size = whole + HUGE_PAGE;
	void *mapped =
		mmap(NULL, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *memory;

	if (mapped == MAP_FAILED)
		return NULL;
	memory = trimmed(mapped, mapped_size, whole);
	(void)madvise(memory, whole, MADV_HUGEPAGE); /* a wish */
	return memory;
}

void *pages_get(size_t size)
{
	return size < HUGE_PAGE ? small(size) : huge(size);
}

void pages_free(void *memory, size_t size)
{
	if (size < HUGE_PAGE)
		free(memory);
	else if (memory != NULL)
		(void)munmap(memory, rounded_up(size, HUGE_PAGE));
}
