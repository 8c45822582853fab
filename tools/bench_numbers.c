/* Files of names' numbers: what one load writes, another one asks for. */
#include "tools/bench.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static int read_all(FILE *in, uint32_t **numbers, uint32_t *count)
{
	struct stat status;
	size_t wanted;

	if (fstat(fileno(in), &status) < 0)
		return -errno;
	wanted = (size_t)status.st_size / sizeof(**numbers);
	if (wanted > UINT32_MAX)
		return -EFBIG;
	*numbers = malloc(wanted * sizeof(**numbers) + 1);
	if (*numbers == NULL)
		return -ENOMEM;
	*count = (uint32_t)fread(*numbers, sizeof(**numbers), wanted, in);
	if (ferror(in))
		return -EIO;
	return *count > 0 ? 0 : -ENODATA;
}

int bench_numbers_read(const char *file, uint32_t **numbers, uint32_t *count)
{
	FILE *in = fopen(file, "re");
	int ret;

	*numbers = NULL;
	*count = 0;
	if (in == NULL)
		return -errno;
	ret = read_all(in, numbers, count);
	fclose(in);
	return ret;
}
