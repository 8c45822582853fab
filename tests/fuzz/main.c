/*
 * Plays tests/fuzz/corpus/TARGET/ into the target that this is linked with (fuzz_TARGET), where
 * there is no libFuzzer: what once broke a decoder is tried for ever. Speaks TAP; with arguments it
 * plays these files instead.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)
#define PREFIX    "fuzz_"

/* Into memory of just that size, so that sanitizers see each byte read beyond it. */
static void play(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(99);
	}
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	exact = malloc(size > 0 ? size : 1);
	must(exact != NULL);
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

int main(int argc, char **argv)
{
	const char *source = getenv("top_srcdir");
	const char *slash = strrchr(argv[0], '/');
	const char *target = strstr(slash != NULL ? slash : argv[0], PREFIX);
	char pattern[4096];
	glob_t found;
	int len;

	for (int i = 1; i < argc; i++)
		play(argv[i]);
	if (argc > 1)
		return 0;

	if (target == NULL)
		return 99;
	len = snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/corpus/%s/*",
		       source != NULL ? source : ".", target + strlen(PREFIX));
	if (len < 0 || (size_t)len >= sizeof(pattern) || glob(pattern, 0, NULL, &found) != 0) {
		printf("1..1\nnot ok 1 - no corpus for %s\n", target);
		return 1;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		play(found.gl_pathv[i]);
	printf("1..1\nok 1 - %s: %zu inputs\n", target, (size_t)found.gl_pathc);
	globfree(&found);
	return 0;
}
