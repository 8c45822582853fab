/* RAP: the first byte says how long the parameters of a request are, which are read, written and
 * read again; the rest are records of the kind that it asks for. */
#include "fuzz.h"

#include <string.h>

#include "smb/rap.h"

static void read_records(const struct rap_request *request, const uint8_t *data, size_t len)
{
	const struct rap_function *function = rap_find(request->number);
	const char *record;

	record = function != NULL ? rap_record_of(function, request->arguments.level) : NULL;
	for (size_t i = 0; record != NULL && i < 8; i++) {
		struct rap_value values[RAP_VALUES_MAX];
		struct rap_records records;
		uint8_t out[256];
		enum nbt_error err;

		if (rap_read_record(record, data, len, i, request->arguments.buffer, values) !=
		    NBT_OK)
			break;
		records = rap_begin_records(record, 1, out, sizeof(out));
		rap_add_record(&records, values);
		must(rap_end_records(&records, &err) <= sizeof(out));
		must(err == NBT_OK || err == NBT_ESPACE);
	}
}

static void read_reply(const struct rap_request *request, const uint8_t *data, size_t len)
{
	struct rap_reply reply, again;
	uint8_t out[16];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));

	if (rap_read_reply(data, len, request->params, &reply) != NBT_OK)
		return;
	rap_write_reply(&w, request->params, &reply);
	must(w.err == NBT_OK && rap_read_reply(out, w.pos, request->params, &again) == NBT_OK);
	must(memcmp(&reply, &again, sizeof(reply)) == 0);
}

static void write_again(const struct rap_request *request)
{
	static uint8_t out[1 << 16];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct rap_request again;

	rap_write_request(&w, request);
	if (w.err != NBT_OK)
		return;
	must(rap_read_request(out, w.pos, &again) == NBT_OK);
	must(again.number == request->number && strcmp(again.params, request->params) == 0);
	must(again.arguments.level == request->arguments.level &&
	     again.arguments.buffer == request->arguments.buffer &&
	     again.arguments.types == request->arguments.types &&
	     again.arguments.text_count == request->arguments.text_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rap_request request;
	size_t len;

	if (size == 0)
		return 0;
	len = data[0] < size - 1 ? data[0] : size - 1;
	if (rap_read_request(data + 1, len, &request) != NBT_OK)
		return 0;
	write_again(&request);
	read_reply(&request, data + 1 + len, size - 1 - len);
	read_records(&request, data + 1 + len, size - 1 - len);
	return 0;
}
