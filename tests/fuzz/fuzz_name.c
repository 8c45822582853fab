/* Names on the wire, and names and scopes from text. The first byte says where the name starts. */
#include "fuzz.h"

#include <string.h>

#include "libnbt/wire/wire.h"

static bool has_small_letter(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] >= 'a' && bytes[i] <= 'z')
			return true;
	return false;
}

static void check_texts(const struct nbt_name *name, const struct nbt_scope *scope)
{
	char text[NBT_SCOPE_TEXT_MAX];
	struct nbt_name name_again;
	struct nbt_scope scope_again;

	nbt_name_print(name, text, sizeof(text));
	must(nbt_name_from_text(&name_again, text, 0) == NBT_OK);
	must(nbt_name_equal(name, &name_again) || has_small_letter(name->bytes, NBT_NAME_LEN));

	must(strlen(nbt_scope_print(scope, text, sizeof(text))) >= nbt_scope_length(scope));
	must(nbt_scope_from_text(&scope_again, text) == NBT_OK);
	must(nbt_scope_equal(scope, &scope_again) || has_small_letter(scope->labels, scope->len));
}

static void check_wire(const struct nbt_name *name, const struct nbt_scope *scope)
{
	uint8_t wire[NBT_NAME_WIRE_MAX];
	struct nbt_name name_again;
	struct nbt_scope scope_again;
	size_t len, used;

	must(nbt_name_encode(name, scope, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_name_decode(&name_again, &scope_again, wire, len, &used) == NBT_OK);
	must(used == len && nbt_name_equal(name, &name_again));
	must(nbt_scope_equal(scope, &scope_again));
	must(nbt_name_encode(name, scope, wire, len - 1, &len) == NBT_ESPACE);
}

static void check_name(const uint8_t *data, size_t size, size_t start, enum nbt_pointers pointers)
{
	struct nbt_reader r = nbt_reader_of(data, size);
	struct nbt_name name;
	struct nbt_scope scope;

	r.pos = start;
	nbt_read_name(&r, &name, &scope, pointers);
	if (r.err != NBT_OK)
		return;
	must(r.pos > start && r.pos <= size);
	check_texts(&name, &scope);
	check_wire(&name, &scope);
}

/* Whatever is made from text can be encoded. */
static void check_made(const char *text)
{
	struct nbt_name name = { { 0 } };
	struct nbt_scope scope, none = { .len = 0 };

	if (nbt_name_make(&name, text, 0) == NBT_OK)
		check_wire(&name, &none);
	if (nbt_name_make_exact(&name, text, 0) == NBT_OK)
		check_wire(&name, &none);
	if (nbt_name_from_text(&name, text, 0) == NBT_OK)
		check_wire(&name, &none);
	if (nbt_scope_from_text(&scope, text) == NBT_OK)
		check_wire(&name, &scope);
}

/* A scope of any bytes is refused or makes the round trip. */
static void check_scope(const uint8_t *data, size_t size)
{
	static const struct nbt_name name;
	struct nbt_scope scope = { .len = (uint8_t)(size < NBT_SCOPE_SPACE ? size
									   : NBT_SCOPE_SPACE) };
	uint8_t wire[NBT_NAME_WIRE_MAX];
	size_t len;

	memcpy(scope.labels, data, scope.len);
	if (nbt_name_encode(&name, &scope, wire, sizeof(wire), &len) == NBT_OK)
		check_wire(&name, &scope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	check_name(data + 1, size - 1, data[0] < size ? data[0] : 0, NBT_POINTERS_ALLOWED);
	check_name(data + 1, size - 1, 0, NBT_POINTERS_FORBIDDEN);

	check_scope(data, size);
	text = strndup((const char *)data, size);
	must(text != NULL);
	check_made(text);
	free(text);
	return 0;
}
