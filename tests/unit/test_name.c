/* Names and scopes: wire and text. */
#include "support.h"

#include "libnbt/wire/wire.h"

#define FRED      "EGFCEFEECACACACACACACACACACACACA" /* FRED<20> */
#define PLAIN     "\x20" FRED "\x00"
#define PLAIN_LEN 34
#define SIX_ZEROS "\0\0\0\0\0\0"
#define HEADER    SIX_ZEROS SIX_ZEROS

static const struct read_case {
	const char *what;
	const uint8_t *packet; /* the name to be read begins at start */
	size_t len, start;
	enum nbt_error want;
	const char *text, *scope;
	size_t end; /* where the reader must stand afterwards */
} read_cases[] = {
	{ "without scope", BYTES(PLAIN), 0, NBT_OK, "FRED<20>", "", PLAIN_LEN },
	{ "with a scope", BYTES("\x20" FRED "\x01X\x02YZ\x00"), 0, NBT_OK, "FRED<20>", "X.YZ", 39 },
	{ "a name that is a pointer", BYTES(HEADER PLAIN "\xC0\x0C"), 46, NBT_OK, "FRED<20>", "",
	  48 },
	{ "a scope that is a pointer", BYTES(HEADER "\x01X\x00\x20" FRED "\xC0\x0C"), 15, NBT_OK,
	  "FRED<20>", "X", 50 },
	{ "a scope that goes on by pointer", BYTES(HEADER "\x01X\x00\x20" FRED "\x01W\xC0\x0C"), 15,
	  NBT_OK, "FRED<20>", "W.X", 52 },
	{ "five pointers", BYTES(PLAIN "\xC0\x00\xC0\x22\xC0\x24\xC0\x26\xC0\x28"), 42, NBT_OK,
	  "FRED<20>", "", 44 },
	{ "six pointers", BYTES(PLAIN "\xC0\x00\xC0\x22\xC0\x24\xC0\x26\xC0\x28\xC0\x2A"), 44,
	  NBT_EPOINTER, NULL, NULL, 0 },
	{ "a pointer to itself", BYTES("\xC0\x00"), 0, NBT_EPOINTER, NULL, NULL, 0 },
	{ "a loop of two pointers", BYTES("\xC0\x02\xC0\x00"), 2, NBT_EPOINTER, NULL, NULL, 0 },
	{ "a pointer forwards", BYTES("\xC0\x02" PLAIN), 0, NBT_EPOINTER, NULL, NULL, 0 },
	{ "a pointer into its own name", BYTES("\x20" FRED "\x01X\xC0\x21"), 0, NBT_EPOINTER, NULL,
	  NULL, 0 },
	{ "a pointer beyond the packet", BYTES("\xFF\xFF"), 0, NBT_EPOINTER, NULL, NULL, 0 },
	{ "half a pointer", BYTES("\x20" FRED "\xC0"), 0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "nothing", BYTES(""), 0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "ends inside the first label",
	  BYTES("\x20"
		"EGFC"),
	  0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "no terminator", BYTES("\x20" FRED), 0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "ends inside a scope label", BYTES("\x20" FRED "\x03NE"), 0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "no terminator of the scope", BYTES("\x20" FRED "\x02NE"), 0, NBT_ETRUNC, NULL, NULL, 0 },
	{ "an empty name", BYTES("\x00" PLAIN), 0, NBT_ELABEL, NULL, NULL, 0 },
	{ "first label of 31 bytes", BYTES("\x1F" FRED "\x00"), 0, NBT_ELABEL, NULL, NULL, 0 },
	{ "first label of 33 bytes", BYTES("\x21" FRED "A\x00"), 0, NBT_ELABEL, NULL, NULL, 0 },
	{ "first label with top bits 01", BYTES("\x60" PLAIN PLAIN), 0, NBT_ELABEL, NULL, NULL, 0 },
	{ "first label with top bits 10", BYTES("\x80" PLAIN), 0, NBT_ELABEL, NULL, NULL, 0 },
	{ "scope label with top bits 01", BYTES("\x20" FRED "\x41X\x00"), 0, NBT_ELABEL, NULL, NULL,
	  0 },
	{ "scope label with top bits 10", BYTES("\x20" FRED "\x81X\x00"), 0, NBT_ELABEL, NULL, NULL,
	  0 },
	{ "the letter Q",
	  BYTES("\x20"
		"QGFCEFEECACACACACACACACACACACACA"
		"\x00"),
	  0, NBT_ELABEL, NULL, NULL, 0 },
	{ "the letter Q at the end, with a scope",
	  BYTES("\x20"
		"EGFCEFEECACACACACACACACACACACACQ"
		"\x01X\x00"),
	  0, NBT_ELABEL, NULL, NULL, 0 },
	{ "small letters",
	  BYTES("\x20"
		"egfcefeecacacacacacacacacacacaca"
		"\x00"),
	  0, NBT_ELABEL, NULL, NULL, 0 },
	{ "a letter below A",
	  BYTES("\x20"
		"EGFCEFEECACACACACACACACACACACAC@"
		"\x00"),
	  0, NBT_ELABEL, NULL, NULL, 0 },
};

static void assert_texts(const char *what, const struct nbt_name *name,
			 const struct nbt_scope *scope, const char *name_text,
			 const char *scope_text)
{
	char buf[NBT_SCOPE_TEXT_MAX];

	if (strcmp(nbt_name_print(name, buf, sizeof(buf)), name_text) != 0)
		fail_msg("%s: name %s, wanted %s", what, buf, name_text);
	if (strcmp(nbt_scope_print(scope, buf, sizeof(buf)), scope_text) != 0)
		fail_msg("%s: scope %s, wanted %s", what, buf, scope_text);
}

static void names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(read_cases); i++) {
		const struct read_case *c = &read_cases[i];
		struct nbt_reader r = nbt_reader_of(c->packet, c->len);
		struct nbt_name name;
		struct nbt_scope scope;

		r.pos = c->start;
		nbt_read_name(&r, &name, &scope, NBT_POINTERS_ALLOWED);
		assert_error(c->what, r.err, c->want);
		if (c->want != NBT_OK)
			continue;
		assert_texts(c->what, &name, &scope, c->text, c->scope);
		assert_int_equal(r.pos, c->end);
	}
}

static void pointers_are_refused_where_forbidden(void **state)
{
	static const uint8_t packet[] = PLAIN "\x20" FRED "\xC0\x00";
	struct nbt_name name;
	struct nbt_scope scope;
	size_t used;

	(void)state;
	assert_error("plain", nbt_name_decode(&name, &scope, packet, PLAIN_LEN, &used), NBT_OK);
	assert_int_equal(used, PLAIN_LEN);
	assert_error("pointer at the start",
		     nbt_name_decode(&name, &scope, BYTES("\xC0\x00"), &used), NBT_EPOINTER);
	assert_error("pointer in the scope",
		     nbt_name_decode(&name, &scope, packet + PLAIN_LEN, 35, &used), NBT_EPOINTER);
}

/* Fills a scope with labels of 63 bytes and a last one, so that it has len bytes on the wire. */
static struct nbt_scope scope_of_len(size_t len)
{
	struct nbt_scope scope = { .len = (uint8_t)len };
	size_t label;

	memset(scope.labels, 'X', sizeof(scope.labels));
	for (size_t at = 0; at < len; at += 1 + label) {
		label = len - at - 1 < 63 ? len - at - 1 : 63;
		if (len - at - 1 == 64)
			label = 62; /* leave two bytes for the last */
		scope.labels[at] = (uint8_t)label;
	}
	return scope;
}

static void every_scope_length_makes_the_round_trip(void **state)
{
	struct nbt_name name = name_of("FRED<20>"), got_name;
	uint8_t wire[NBT_NAME_WIRE_MAX];
	size_t len, used;

	(void)state;
	for (size_t scope_len = 2; scope_len <= NBT_SCOPE_SPACE; scope_len++) {
		struct nbt_scope scope = scope_of_len(scope_len), got_scope;

		assert_error("encode", nbt_name_encode(&name, &scope, wire, sizeof(wire), &len),
			     NBT_OK);
		assert_int_equal(len, PLAIN_LEN + scope_len);
		assert_error("decode", nbt_name_decode(&got_name, &got_scope, wire, len, &used),
			     NBT_OK);
		assert_int_equal(used, len);
		assert_true(nbt_name_equal(&name, &got_name));
		assert_true(nbt_scope_equal(&scope, &got_scope));
		assert_int_equal(nbt_scope_length(&scope), scope_len - 1);
	}
}

static void scope_over_the_space_is_refused(void **state)
{
	uint8_t wire[NBT_NAME_WIRE_MAX + 1] = "\x20" FRED;
	struct nbt_name name;
	struct nbt_scope scope;
	size_t used;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		wire[33 + i * 64] = 63;
		memset(wire + 34 + i * 64, 'X', 63);
	}
	assert_error("256 bytes", nbt_name_decode(&name, &scope, wire, sizeof(wire), &used),
		     NBT_ELABEL);
	wire[33 + 3 * 64] = 62;
	wire[33 + 3 * 64 + 63] = 0;
	assert_error("255 bytes", nbt_name_decode(&name, &scope, wire, sizeof(wire), &used),
		     NBT_OK);
	assert_int_equal(used, NBT_NAME_WIRE_MAX);
}

static void encoding_stays_within_the_size(void **state)
{
	struct nbt_name name = name_of("FRED<20>");
	struct nbt_scope scope = scope_of("NETBIOS.COM");
	uint8_t wire[64];
	size_t len;

	(void)state;
	for (size_t size = 0; size < 46; size++) {
		memset(wire, 0xEE, sizeof(wire));
		assert_error("small", nbt_name_encode(&name, &scope, wire, size, &len), NBT_ESPACE);
		for (size_t i = size; i < sizeof(wire); i++)
			assert_int_equal(wire[i], 0xEE);
	}
	assert_error("exact", nbt_name_encode(&name, &scope, wire, 46, &len), NBT_OK);
	assert_int_equal(len, 46);
}

static void malformed_scopes_are_not_encoded(void **state)
{
	static const struct {
		const char *what;
		struct nbt_scope scope;
	} cases[] = {
		{ "a label of 64 bytes", { 65, { 64 } } },
		{ "an empty label", { 2, { 0, 0 } } },
		{ "a label beyond the scope's end", { 3, { 3, 'A', 'B' } } },
		{ "a pointer", { 2, { 0xC0, 0 } } },
	};
	struct nbt_name name = name_of("FRED<20>");
	uint8_t wire[NBT_NAME_WIRE_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(cases[i].what,
			     nbt_name_encode(&name, &cases[i].scope, wire, sizeof(wire), &len),
			     NBT_ELABEL);
}

static const struct text_case {
	const char *what, *text;
	uint8_t suffix;
	enum nbt_error want;
	const char *bytes, *printed;
} text_cases[] = {
	{ "no suffix", "FRED", 0x20, NBT_OK,
	  "FRED            "
	  "\x20",
	  "FRED<20>" },
	{ "suffix in brackets", "FRED<1b>", 0, NBT_OK,
	  "FRED           "
	  "\x1B",
	  "FRED<1B>" },
	{ "suffix behind #", "FRED#1B", 0, NBT_OK,
	  "FRED           "
	  "\x1B",
	  "FRED<1B>" },
	{ "suffix with an F", "FRED#f1", 0, NBT_OK,
	  "FRED           "
	  "\xF1",
	  "FRED<F1>" },
	{ "suffix of one digit", "FRED#3", 0, NBT_OK,
	  "FRED           "
	  "\x03",
	  "FRED<03>" },
	{ "small letters", "fred", 0, NBT_OK,
	  "FRED           "
	  "\0",
	  "FRED<00>" },
	{ "# that is no suffix", "A#B#C9Z", 0, NBT_OK,
	  "A#B#C9Z        "
	  "\0",
	  "A#B#C9Z<00>" },
	{ "# with three digits", "A#123", 0, NBT_OK,
	  "A#123          "
	  "\0",
	  "A#123<00>" },
	{ "# at the end", "A#", 0, NBT_OK,
	  "A#             "
	  "\0",
	  "A#<00>" },
	{ "brackets that are no suffix", "A<2>", 0, NBT_OK,
	  "A<2>           "
	  "\0",
	  "A<3C>2><00>" },
	{ "15 characters", "ABCDEFGHIJKLMNO#20", 0, NBT_OK,
	  "ABCDEFGHIJKLMNO"
	  "\x20",
	  "ABCDEFGHIJKLMNO<20>" },
	{ "16 characters", "ABCDEFGHIJKLMNOP", 0, NBT_ETEXT, NULL, NULL },
	{ "17 characters", "ABCDEFGHIJKLMNOPQ", 0, NBT_ETEXT, NULL, NULL },
	{ "bytes as they are", "<01><02>__MSBROWSE__<02><01>", 0, NBT_OK,
	  "\x01\x02__MSBROWSE__\x02"
	  "\x01",
	  "<01><02>__MSBROWSE__<02><01>" },
	{ "small letters as bytes", "<66>red<20>", 0, NBT_OK,
	  "fRED           "
	  "\x20",
	  "fRED<20>" },
	{ "the wildcard", "*", 0, NBT_OK,
	  "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	  "\0",
	  "*<00>" },
	{ "the wildcard with a suffix", "*#1b", 0, NBT_OK,
	  "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	  "\x1B",
	  "*<1B>" },
	{ "* padded with spaces", "*<20><1B>", 0, NBT_OK,
	  "*              "
	  "\x1B",
	  "* <1B>" },
	{ "*SMBSERVER", "*SMBSERVER<20>", 0, NBT_OK,
	  "*SMBSERVER     "
	  "\x20",
	  "*SMBSERVER<20>" },
	{ "nothing", "", 0x20, NBT_OK,
	  "               "
	  "\x20",
	  "<20>" },
	{ "eight bits", "\xC4<00>", 0, NBT_OK,
	  "\xC4              "
	  "\0",
	  "<C4><00>" },
};

static void names_are_made_from_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		struct nbt_name name, again;
		char printed[NBT_NAME_TEXT_MAX];

		assert_error(c->what, nbt_name_from_text(&name, c->text, c->suffix), c->want);
		if (c->want != NBT_OK)
			continue;
		if (memcmp(name.bytes, c->bytes, NBT_NAME_LEN) != 0)
			fail_msg("%s: other bytes", c->what);
		assert_string_equal(nbt_name_print(&name, printed, sizeof(printed)), c->printed);
		assert_error(c->what, nbt_name_from_text(&again, printed, 0xFF), NBT_OK);
		if (strcmp(c->printed, "fRED<20>") != 0)
			assert_true(nbt_name_equal(&name, &again));
	}
}

static void names_are_made_in_upper_case_or_exactly(void **state)
{
	struct nbt_name name;

	(void)state;
	assert_error("upper", nbt_name_make(&name, "Fred <z#20", 0x20), NBT_OK);
	assert_memory_equal(name.bytes, "FRED <Z#20     \x20", NBT_NAME_LEN);
	assert_error("exact", nbt_name_make_exact(&name, "Fred", 0x03), NBT_OK);
	assert_memory_equal(name.bytes, "Fred           \x03", NBT_NAME_LEN);
	assert_error("exact wildcard", nbt_name_make_exact(&name, "*", 0), NBT_OK);
	assert_memory_equal(name.bytes, "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", NBT_NAME_LEN);
	assert_error("long", nbt_name_make(&name, "0123456789ABCDEF", 0), NBT_ETEXT);
	assert_error("long exact", nbt_name_make_exact(&name, "0123456789ABCDEF", 0), NBT_ETEXT);
}

static void printing_is_cut_at_the_size(void **state)
{
	struct nbt_name name = name_of("FRED<20>");
	struct nbt_scope scope = scope_of("NET.COM");
	char buf[16];

	(void)state;
	for (size_t size = 1; size < sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		nbt_name_print(&name, buf, size);
		assert_int_equal(strlen(buf), size - 1 < 8 ? size - 1 : 8);
		assert_memory_equal(buf, "FRED<20>", strlen(buf));
		memset(buf, 'x', sizeof(buf));
		nbt_scope_print(&scope, buf, size);
		assert_int_equal(strlen(buf), size - 1 < 7 ? size - 1 : 7);
		assert_memory_equal(buf, "NET.COM", strlen(buf));
	}
	assert_ptr_equal(nbt_name_print(&name, buf, 0), buf);
}

static const struct scope_case {
	const char *what, *text;
	enum nbt_error want;
	const char *labels, *printed;
} scope_cases[] = {
	{ "none", "", NBT_OK, "", "" },
	{ "two labels", "NETBIOS.COM", NBT_OK,
	  "\x07NETBIOS\x03"
	  "COM",
	  "NETBIOS.COM" },
	{ "small letters", "lab", NBT_OK, "\x03LAB", "LAB" },
	{ "bytes as they are", "A\\046B\\108.\\092\\001", NBT_OK,
	  "\x04"
	  "A.Bl\x02\\\x01",
	  "A\\046Bl.\\092\\001" },
	{ "an empty label first", ".A", NBT_ETEXT, NULL, NULL },
	{ "an empty label inside", "A..B", NBT_ETEXT, NULL, NULL },
	{ "a dot at the end", "A.", NBT_ETEXT, NULL, NULL },
	{ "a dot alone", ".", NBT_ETEXT, NULL, NULL },
	{ "a byte over 255", "A\\256", NBT_ETEXT, NULL, NULL },
	{ "an escape with a letter", "A\\0A4", NBT_ETEXT, NULL, NULL },
	{ "half an escape", "A\\04", NBT_ETEXT, NULL, NULL },
};

static void scopes_are_made_from_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scope_cases); i++) {
		const struct scope_case *c = &scope_cases[i];
		struct nbt_scope scope;
		char printed[NBT_SCOPE_TEXT_MAX];

		assert_error(c->what, nbt_scope_from_text(&scope, c->text), c->want);
		if (c->want != NBT_OK)
			continue;
		assert_int_equal(scope.len, strlen(c->labels));
		assert_memory_equal(scope.labels, c->labels, scope.len);
		assert_string_equal(nbt_scope_print(&scope, printed, sizeof(printed)), c->printed);
	}
}

static void scope_texts_have_limits(void **state)
{
	struct {
		struct nbt_scope scope;
		char guard[4];
	} guarded = { .guard = "" };
	struct nbt_scope scope;
	char text[NBT_SCOPE_SPACE + 3];

	(void)state;
	memset(text, 'X', sizeof(text));
	text[63] = '\0';
	assert_error("63 in a label", nbt_scope_from_text(&scope, text), NBT_OK);
	text[63] = 'X';
	text[64] = '\0';
	assert_error("64 in a label", nbt_scope_from_text(&scope, text), NBT_ETEXT);
	text[63] = text[127] = text[191] = '.';
	text[64] = 'X';
	text[254] = '\0';
	assert_error("254 characters", nbt_scope_from_text(&scope, text), NBT_OK);
	assert_int_equal(scope.len, NBT_SCOPE_SPACE);
	text[254] = 'X';
	text[255] = '\0';
	assert_error("255 characters", nbt_scope_from_text(&scope, text), NBT_ETEXT);
	strcpy(text + 254, ".YY");
	assert_error("another label", nbt_scope_from_text(&guarded.scope, text), NBT_ETEXT);
	assert_memory_equal(guarded.guard, "\0\0\0", 4);
	assert_int_equal(nbt_scope_length(&(struct nbt_scope){ .len = 0 }), 0);
}

static void equality_is_of_bytes(void **state)
{
	struct nbt_name upper = name_of("FRED<20>"), lower = name_of("<66>RED<20>");
	struct nbt_scope x = scope_of("X"), small = scope_of("\\120"), longer = scope_of("X.Y");

	(void)state;
	assert_false(nbt_name_equal(&upper, &lower));
	assert_true(nbt_name_equal(&upper, &upper));
	assert_false(nbt_scope_equal(&x, &small));
	assert_false(nbt_scope_equal(&x, &longer));
	assert_true(nbt_scope_equal(&x, &x));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(pointers_are_refused_where_forbidden),
		cmocka_unit_test(every_scope_length_makes_the_round_trip),
		cmocka_unit_test(scope_over_the_space_is_refused),
		cmocka_unit_test(encoding_stays_within_the_size),
		cmocka_unit_test(malformed_scopes_are_not_encoded),
		cmocka_unit_test(names_are_made_from_text),
		cmocka_unit_test(names_are_made_in_upper_case_or_exactly),
		cmocka_unit_test(printing_is_cut_at_the_size),
		cmocka_unit_test(scopes_are_made_from_text),
		cmocka_unit_test(scope_texts_have_limits),
		cmocka_unit_test(equality_is_of_bytes),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
