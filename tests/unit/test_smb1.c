/* SMB1: header, blocks, and the commands that a browser needs. The bytes are those of smbclient and
 * smbd. */
#include "support.h"

#include "smb/smb1_negotiate.h"
#include "smb/smb1_setup.h"
#include "smb/smb1_trans.h"

#define HEADER "ff534d42 75 160000c0 88 03c8 2301 0000000000000000 0000 7bfc 6c4f d2f8 0300"

static struct smb1_block block_of(uint8_t *buf, size_t size, const char *hex)
{
	struct nbt_reader r = nbt_reader_of(buf, unhex(buf, size, hex));
	struct smb1_header header;

	smb1_read_header(&r, &header);
	struct smb1_block block = smb1_read_block(&r);

	assert_int_equal(block.bytes.err, NBT_OK);
	return block;
}

static void header_comes_back(void **state)
{
	uint8_t in[SMB1_HEADER_LEN], out[SMB1_HEADER_LEN];
	struct nbt_reader r = nbt_reader_of(in, unhex(in, sizeof(in), HEADER));
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct smb1_header header;

	(void)state;
	smb1_read_header(&r, &header);
	assert_int_equal(nbt_reader_finish(&r), NBT_OK);
	assert_int_equal(header.command, SMB1_TREE_CONNECT_ANDX);
	assert_int_equal(header.status, 0xC0000016);
	assert_int_equal(header.flags2, 0xC803);
	assert_int_equal(header.pid_high, 0x0123);
	assert_int_equal(header.tid, 0xFC7B);
	assert_int_equal(header.pid, 0x4F6C);
	assert_int_equal(header.uid, 0xF8D2);
	assert_int_equal(header.mid, 3);
	smb1_write_header(&w, &header);
	assert_memory_equal(in, out, sizeof(in));
}

static void broken_frames_are_errors(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
	} cases[] = {
		{ "not SMB",
		  "ff534d43 75 00000000 88 03c8 0000 0000000000000000 0000 7bfc 6c4f d2f8 "
		  "0300 00 0000",
		  NBT_EVALUE },
		{ "header cut", "ff534d42 75 000000", NBT_ETRUNC },
		{ "no block", HEADER, NBT_ETRUNC },
		{ "more words than there are", HEADER "02 0000 00", NBT_ETRUNC },
		{ "more bytes than there are", HEADER "00 0300 0000", NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[64];
		struct nbt_reader r = nbt_reader_of(buf, unhex(buf, sizeof(buf), cases[i].hex));
		struct smb1_header header;
		struct smb1_block block;

		smb1_read_header(&r, &header);
		block = smb1_read_block(&r);
		assert_error(cases[i].what, block.bytes.err, cases[i].want);
	}
}

/* The count of bytes has sixteen bits. */
static void blocks_have_an_end(void **state)
{
	static uint8_t buf[3 + 65536];

	(void)state;
	for (size_t len = 65535; len <= 65536; len++) {
		struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
		size_t at;

		nbt_write_u8(&w, 0);
		at = smb1_begin_bytes(&w);
		nbt_write_zeros(&w, len);
		smb1_end_bytes(&w, at);
		assert_int_equal(w.err, len == 65535 ? NBT_OK : NBT_ESPACE);
	}
}

static void dialects_are_known(void **state)
{
	static const uint8_t list[] = "\x02PC NETWORK PROGRAM 1.0\0\x02MICROSOFT NETWORKS 1.03\0"
				      "\x02LANMAN1.0\0\x02Windows for Workgroups 3.1a\0"
				      "\x02PCLAN1.0\0\x02MICROSOFT NETWORKS 3.0\0"
				      "\x02"
				      "DOS LM1.2X002\0\x02LM1.2X002\0\x02Samba\0"
				      "\x02"
				      "DOS LANMAN2.1\0\x02LANMAN2.1\0\x02NT LANMAN 1.0\0"
				      "\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.\?\?\?";
	static const enum smb1_dialect want[] = {
		SMB1_DIALECT_CORE,     SMB1_DIALECT_NONE,       SMB1_DIALECT_LANMAN1,
		SMB1_DIALECT_NONE,     SMB1_DIALECT_CORE,       SMB1_DIALECT_LANMAN1,
		SMB1_DIALECT_LANMAN12, SMB1_DIALECT_LANMAN12,   SMB1_DIALECT_LANMAN21,
		SMB1_DIALECT_LANMAN21, SMB1_DIALECT_LANMAN21,   SMB1_DIALECT_NT,
		SMB1_DIALECT_NT,       SMB1_DIALECT_SMB2_FIRST, SMB1_DIALECT_SMB2_WILDCARD,
	};
	struct nbt_reader bytes = nbt_reader_of(list, sizeof(list));
	struct smb1_offered got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_true(smb1_next_dialect(&bytes, &got));
		assert_int_equal(got.dialect, want[i]);
	}
	assert_false(smb1_next_dialect(&bytes, &got));
	assert_int_equal(bytes.err, NBT_OK);
	bytes = nbt_reader_of(list, sizeof(list) - 1);
	while (smb1_next_dialect(&bytes, &got))
		continue;
	assert_int_equal(bytes.err, NBT_ETRUNC);
}

static void our_offer_is_understood(void **state)
{
	uint8_t buf[128] = { 0 };
	struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
	struct nbt_reader r;
	struct smb1_block block;
	struct smb1_offered got;
	uint16_t index = 0;

	(void)state;
	smb1_write_offer(&w, false);
	assert_int_equal(w.err, NBT_OK);
	r = nbt_reader_of(buf, w.pos);
	block = smb1_read_block(&r);
	while (smb1_next_dialect(&block.bytes, &got))
		assert_int_equal(got.dialect, smb1_our_dialect(index++));
	assert_int_equal(index, 4);
	assert_int_equal(smb1_our_dialect(index), SMB1_DIALECT_NONE);
}

/* From samba-probe-dialects and samba-smbclient-L-nt1-anon-nospnego. */
static void negotiated_of_smbd(void **state)
{
	uint8_t buf[256];
	struct smb1_negotiated got;
	struct smb1_block block =
		block_of(buf, sizeof(buf),
			 HEADER "0d0200030004413200010003000d120000e68e745d0000080000000800"
				"0121d7c520adca76");

	(void)state;
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.dialect, SMB1_DIALECT_LANMAN1);
	assert_int_equal(got.index, 2);
	assert_int_equal(got.max_buffer, 0x4104);
	assert_int_equal(got.session_key, 0x120D);
	assert_int_equal(got.challenge_len, 8);
	assert_string_equal(got.their_domain, "");

	block = block_of(buf, sizeof(buf),
			 HEADER "110500033200010004410000000001 00bc100000fde380000aa4c2481879dd01"
				"00000824 00bbe00298e882500f54004500530054004700520050000000"
				"41004c005000480041000000");
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.dialect, SMB1_DIALECT_NT);
	assert_int_equal(got.index, 5);
	assert_int_equal(got.capabilities, 0x0080E3FD);
	assert_string_equal(got.their_domain, "TESTGRP");

	block = block_of(buf, sizeof(buf), HEADER "01ffff0000");
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.dialect, SMB1_DIALECT_NONE);
	block = block_of(buf, sizeof(buf), HEADER "0200000000 0000");
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_EVALUE);
}

static void negotiated_comes_back(void **state)
{
	static const uint8_t sixteen[SMB_GUID_LEN] = "0123456789abcdef";
	static const struct smb1_negotiated cases[] = {
		{ .index = 7, .dialect = SMB1_DIALECT_CORE },
		{ .index = SMB1_NO_DIALECT },
		{ .index = 1,
		  .dialect = SMB1_DIALECT_LANMAN21,
		  .security_mode = 3,
		  .max_mpx = 50,
		  .max_vcs = 1,
		  .max_buffer = 16644,
		  .session_key = 0x01020304,
		  .wall_s = 1784000000,
		  .challenge_len = 8,
		  .challenge = sixteen },
		{ .dialect = SMB1_DIALECT_NT,
		  .security_mode = 3,
		  .max_mpx = 50,
		  .max_vcs = 1,
		  .max_buffer = 16644,
		  .capabilities = 0x74,
		  .challenge_len = 8,
		  .challenge = sixteen,
		  .domain = "TESTGRP",
		  .server = "ALPHA" },
		{ .dialect = SMB1_DIALECT_NT,
		  .capabilities = 0x80000074,
		  .guid = sixteen,
		  .blob = sixteen,
		  .blob_len = 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct smb1_negotiated *c = &cases[i];
		uint8_t buf[256] = { 0 };
		struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
		struct nbt_reader r;
		struct smb1_negotiated got;
		struct smb1_block block;

		smb1_write_negotiated(&w, c);
		assert_int_equal(w.err, NBT_OK);
		r = nbt_reader_of(buf, w.pos);
		block = smb1_read_block(&r);
		assert_int_equal(nbt_reader_finish(&r), NBT_OK);
		assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
		assert_int_equal(got.index, c->index);
		assert_int_equal(got.security_mode, c->security_mode);
		assert_int_equal(got.max_buffer, c->max_buffer);
		assert_int_equal(got.session_key, c->session_key);
		assert_int_equal(got.capabilities, c->capabilities);
		assert_int_equal(got.challenge_len, c->challenge_len);
		assert_int_equal(got.blob_len, c->blob_len);
		if (c->domain != NULL)
			assert_string_equal(got.their_domain, c->domain);
		for (size_t size = 0; size < w.pos; size++) {
			uint8_t small[256];
			struct nbt_writer short_of = nbt_writer_of(small, size);

			smb1_write_negotiated(&short_of, c);
			assert_int_equal(short_of.err, NBT_ESPACE);
		}
	}
}

/* Section 3.1, as smbd has them: time and date in this order, UTF-16 names at any place, and with
 * extended security no length of a challenge. */
static void what_we_negotiate(void **state)
{
	static const uint8_t bytes[] = "0123456789abcdef";
	static const struct {
		const char *what;
		struct smb1_negotiated in;
		const char *hex;
	} cases[] = {
		{ "LANMAN",
		  { .index = 2,
		    .dialect = SMB1_DIALECT_LANMAN1,
		    .security_mode = 3,
		    .max_mpx = 50,
		    .max_vcs = 1,
		    .max_buffer = 16644,
		    .wall_s = 1784000000,
		    .challenge_len = 8,
		    .challenge = bytes },
		  "0d 0200 0300 0441 3200 0100 0000 00000000 2a1c ee5c 0000 0800 0000 0800"
		  "3031323334353637" },
		{ "NT",
		  { .index = 5,
		    .dialect = SMB1_DIALECT_NT,
		    .security_mode = 3,
		    .max_mpx = 50,
		    .max_vcs = 1,
		    .max_buffer = 16644,
		    .capabilities = 0x74,
		    .challenge_len = 8,
		    .challenge = bytes,
		    .domain = "GRP",
		    .server = "A" },
		  "11 0500 03 3200 0100 04410000 00000100 00000000 74000000 00803ed5deb19d01 0000 08"
		  "1400 3031323334353637 4700520050000000 41000000" },
		{ "NT with extended security",
		  { .dialect = SMB1_DIALECT_NT,
		    .capabilities = 0x80000000,
		    .challenge_len = 8,
		    .challenge = bytes,
		    .guid = bytes,
		    .blob = bytes,
		    .blob_len = 3 },
		  "11 0000 00 0000 0000 00000000 00000100 00000000 00000080 00803ed5deb19d01 0000 00"
		  "1300 30313233343536373839616263646566 303132" },
		{ "core", { .index = 1, .dialect = SMB1_DIALECT_CORE }, "01 0100 0000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t want[128], out[128];
		size_t len = unhex(want, sizeof(want), cases[i].hex);
		struct nbt_writer w = nbt_writer_of(out, sizeof(out));

		smb1_write_negotiated(&w, &cases[i].in);
		if (w.pos != len || memcmp(out, want, len) != 0)
			fail_msg("%s: %zu bytes, or others", cases[i].what, w.pos);
	}
}

/* Without challenges of the usual length there is none. */
static void challenges_of_other_lengths(void **state)
{
	uint8_t buf[256];
	struct smb1_negotiated got;
	struct smb1_block block =
		block_of(buf, sizeof(buf),
			 HEADER "0d0200030004413200010003000d120000e68e745d00000000000000 00");

	(void)state;
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.challenge_len, 0);
	block = block_of(buf, sizeof(buf),
			 HEADER "110500033200010004410000000001 00bc10000074000000 0aa4c2481879dd01"
				"0000 04 0c00 01020304 5400470000 000000");
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.challenge_len, 0);
	assert_string_equal(got.their_domain, "TG");
}

static void setups(void **state)
{
	uint8_t buf[256];
	struct smb1_setup got;
	struct smb1_block block;

	(void)state;
	/* samba-probe-lanman-rap: user level LANMAN, one NUL as password. */
	block = block_of(buf, sizeof(buf),
			 HEADER "0aff000000ffff0200010000000000010000000000 1300"
				"00005445535447525000444f530070726f626500");
	assert_int_equal(smb1_read_setup(&block, false, &got), NBT_OK);
	assert_int_equal(got.form, SMB1_SETUP_LANMAN);
	assert_int_equal(got.max_buffer, 0xFFFF);
	assert_int_equal(got.lm_len, 1);
	assert_string_equal(got.account, "");
	/* samba-probe-errors: NT LM 0.12. */
	block = block_of(buf, sizeof(buf),
			 HEADER "0dff0000000441320000000000000000000000000000005400000014"
				"00005445535447525000556e69780070726f626500");
	assert_int_equal(smb1_read_setup(&block, false, &got), NBT_OK);
	assert_int_equal(got.form, SMB1_SETUP_NT);
	assert_int_equal(got.max_buffer, 0x4104);
	assert_int_equal(got.capabilities, 0x54);
	assert_int_equal(got.lm_len + got.nt_len, 0);
	/* That of LANMAN has no Unicode, whatever the header says. */
	block = block_of(buf, sizeof(buf),
			 HEADER "0aff000000ffff0200010000000000000000000000 0a00"
				"414e4e4500 4700 4f00 00");
	assert_int_equal(smb1_read_setup(&block, true, &got), NBT_OK);
	assert_string_equal(got.account, "ANNE");
	/* The words end early. */
	block = block_of(buf, sizeof(buf),
			 HEADER "0bff0000000441320000000000000000000000000000000000");
	assert_int_equal(smb1_read_setup(&block, false, &got), NBT_EVALUE);
}

static void our_setup_is_understood(void **state)
{
	static const enum smb1_setup_form forms[] = { SMB1_SETUP_LANMAN, SMB1_SETUP_NT };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct smb1_setup in = { .form = forms[i],
					       .max_buffer = 4000,
					       .session_key = 77,
					       .lm = (const uint8_t *)"",
					       .lm_len = 1,
					       .nt = (const uint8_t *)"secret",
					       .nt_len = 6,
					       .account = "GUEST" };
		uint8_t buf[128] = { 0 };
		struct nbt_writer w = nbt_writer_of(buf, sizeof(buf));
		struct nbt_reader r;
		struct smb1_block block;
		struct smb1_setup got;

		smb1_write_setup(&w, &in);
		r = nbt_reader_of(buf, w.pos);
		block = smb1_read_block(&r);
		assert_int_equal(nbt_reader_finish(&r), NBT_OK);
		assert_int_equal(smb1_read_setup(&block, false, &got), NBT_OK);
		assert_int_equal(got.form, forms[i]);
		assert_int_equal(got.max_buffer, 4000);
		assert_int_equal(got.session_key, 77);
		assert_int_equal(got.lm_len, 1);
		assert_int_equal(got.nt_len, i == 0 ? 0 : 6);
		assert_memory_equal(got.nt, "secret", got.nt_len);
		assert_string_equal(got.account, "GUEST");
	}
}

/* The reply of smbd to an anonymous login: its texts in UTF-16 begin with a pad byte. */
static void setup_reply_of_smbd(void **state)
{
	uint8_t buf[256], out[256] = { 0 };
	const struct smb1_setup_reply in = { .native_os = "Windows 6.1",
					     .native_lanman = "Samba 4.17.12-Debian",
					     .domain = "TESTGRP" };
	struct smb1_block block =
		block_of(buf, sizeof(buf),
			 HEADER "03ff0000000000290057696e646f777320362e310053616d626120342e"
				"31372e31322d44656269616e005445535447525000");
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct smb1_setup_reply got;

	(void)state;
	assert_int_equal(smb1_read_setup_reply(&block, false, &got), NBT_OK);
	assert_int_equal(got.action, 0);
	assert_string_equal(got.their_domain, "TESTGRP");
	nbt_write_zeros(&w, SMB1_HEADER_LEN);
	smb1_write_setup_reply(&w, false, &in);
	assert_int_equal(w.pos, 82);
	assert_memory_equal(out + SMB1_HEADER_LEN, buf + SMB1_HEADER_LEN, w.pos - SMB1_HEADER_LEN);

	w = nbt_writer_of(out, sizeof(out));
	nbt_write_zeros(&w, SMB1_HEADER_LEN);
	smb1_write_setup_reply(&w, true, &in);
	assert_memory_equal(out + 41, "\0W\0i\0", 5);
	block.bytes = nbt_reader_of(out, w.pos);
	nbt_read_bytes(&block.bytes, 41);
	assert_int_equal(smb1_read_setup_reply(&block, true, &got), NBT_OK);
	assert_string_equal(got.their_domain, "TESTGRP");
}

static void trees(void **state)
{
	uint8_t buf[256], out[128] = { 0 };
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct nbt_reader r;
	struct smb1_tree got, again;
	struct smb1_block block = block_of(buf, sizeof(buf),
					   HEADER "04ff0000000c00010021 00 00"
						  "5c005c0041004c005000480041005c00490050004300"
						  "240000003f3f3f3f3f00");

	(void)state;
	assert_int_equal(smb1_read_tree_andx(&block, true, &got), NBT_OK);
	assert_string_equal(got.path, "\\\\ALPHA\\IPC$");
	assert_string_equal(got.service, "?????");
	assert_int_equal(got.flags, SMB1_TREE_EXTENDED | 4);

	smb1_write_tree_andx(&w, &got);
	r = nbt_reader_of(out, w.pos);
	block = smb1_read_block(&r);
	assert_int_equal(smb1_read_tree_andx(&block, false, &again), NBT_OK);
	assert_memory_equal(&got, &again, sizeof(got));

	block = block_of(buf, sizeof(buf),
			 HEADER "00 1400 045c5c415c49504324 00 04 00 04 49504300 ffffff");
	assert_int_equal(smb1_read_tree(&block, &got), NBT_OK);
	assert_string_equal(got.path, "\\\\A\\IPC$");
	assert_string_equal(got.service, "IPC");
	for (int i = 0; i < 3; i++) {
		static const char *const broken[] = {
			HEADER "00 0b00 055c5c41 00 04 00 04 495043 00",
			HEADER "00 0b00 045c5c41 00 05 00 04 495043 00",
			HEADER "00 0b00 045c5c41 00 04 00 05 495043 00"
		};

		block = block_of(buf, sizeof(buf), broken[i]);
		assert_int_equal(smb1_read_tree(&block, &got), NBT_EVALUE);
	}
}

static void tree_replies_are_those_of_smbd(void **state)
{
	static const struct {
		enum smb1_tree_form form;
		bool unicode;
		const char *hex;
	} cases[] = {
		{ SMB1_TREE_LANMAN, false, "02ff000000 0400 49504300" },
		{ SMB1_TREE_NT, false, "03ff0000000100 0500 49504300 00" },
		{ SMB1_TREE_LONG, true, "07ff0000000100ff010000ff010000 0700 49504300 000000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t want[64], out[128];
		size_t len = unhex(want, sizeof(want), cases[i].hex);
		struct nbt_writer w = nbt_writer_of(out, sizeof(out));

		nbt_write_zeros(&w, SMB1_HEADER_LEN);
		smb1_write_tree_reply(&w, cases[i].unicode, cases[i].form);
		assert_int_equal(w.pos, SMB1_HEADER_LEN + len);
		assert_memory_equal(out + SMB1_HEADER_LEN, want, len);
	}
}

/* A NetServerEnum2 of smbclient, in Unicode. */
#define TRANS                                                                                      \
	HEADER "0e 1b000000 0800ffff 0000 0000 00000000 0000 1b005c0000007a00 0000 3b00 00"        \
	       "5c0050004900500045005c004c0041004e004d0041004e0000000000"                          \
	       "680057724c6568447a004231364242447a000100ffffffffffff00 00000000"

static void transactions(void **state)
{
	uint8_t buf[256], out[256] = { 0 };
	struct smb1_block block = block_of(buf, sizeof(buf), TRANS);
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct smb1_trans got, again;
	struct nbt_reader r;

	(void)state;
	assert_int_equal(smb1_read_trans(&block, true, &got), NBT_OK);
	assert_string_equal(got.name, "\\PIPE\\LANMAN");
	assert_int_equal(got.max_params, 8);
	assert_int_equal(got.max_data, 0xFFFF);
	assert_int_equal(got.param_count, 27);
	assert_int_equal(got.params[0], 104);

	nbt_write_zeros(&w, SMB1_HEADER_LEN);
	smb1_write_trans(&w, &got);
	r = nbt_reader_of(out, w.pos);
	nbt_read_bytes(&r, SMB1_HEADER_LEN);
	block = smb1_read_block(&r);
	assert_int_equal(smb1_read_trans(&block, false, &again), NBT_OK);
	assert_string_equal(again.name, got.name);
	assert_int_equal(again.param_count, got.param_count);
	assert_memory_equal(again.params, got.params, got.param_count);
}

static void broken_transactions_are_errors(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum nbt_error want;
	} cases[] = {
		{ "more to come", 33, 0x1C, NBT_ECOUNT },
		{ "more data to come", 35, 1, NBT_ECOUNT },
		{ "parameters begin in the header", 53, 0x10, NBT_EVALUE },
		{ "parameters end after the frame", 53, 0x90, NBT_ETRUNC },
		{ "more setup words than words", 59, 1, NBT_ETRUNC },
		{ "one more setup word than any", 59, 5, NBT_ECOUNT },
		{ "more setup words than any", 59, 9, NBT_ECOUNT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[256];
		struct smb1_block block = block_of(buf, sizeof(buf), TRANS);
		struct smb1_trans got;

		buf[cases[i].at] = cases[i].value;
		assert_error(cases[i].what, smb1_read_trans(&block, true, &got), cases[i].want);
	}
}

/* The first part of what samba-netserverenum3-moredata has, shortened. */
static void parts_of_replies(void **state)
{
	static const uint8_t bytes[] = "0123456789";
	const struct smb1_trans_reply in = { .total_params = 8,
					     .total_data = 65509,
					     .params = bytes,
					     .param_count = 6,
					     .param_at = 2,
					     .data = bytes,
					     .data_count = 10,
					     .data_at = 65155 };
	uint8_t out[128];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct nbt_reader r;
	struct smb1_block block;
	struct smb1_trans_reply got;

	(void)state;
	nbt_write_zeros(&w, SMB1_HEADER_LEN);
	smb1_write_trans_reply(&w, &in);
	r = nbt_reader_of(out, w.pos);
	nbt_read_bytes(&r, SMB1_HEADER_LEN);
	block = smb1_read_block(&r);
	assert_int_equal(nbt_reader_finish(&r), NBT_OK);
	assert_int_equal(smb1_read_trans_reply(&block, &got), NBT_OK);
	assert_int_equal(got.total_data, in.total_data);
	assert_int_equal(got.param_at, 2);
	assert_int_equal(got.data_at, 65155);
	assert_memory_equal(got.params, bytes, 6);
	assert_memory_equal(got.data, bytes, 10);
	assert_int_equal(got.params - out, 56);
	assert_int_equal(got.data - out, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_comes_back),
		cmocka_unit_test(broken_frames_are_errors),
		cmocka_unit_test(blocks_have_an_end),
		cmocka_unit_test(dialects_are_known),
		cmocka_unit_test(our_offer_is_understood),
		cmocka_unit_test(negotiated_of_smbd),
		cmocka_unit_test(negotiated_comes_back),
		cmocka_unit_test(what_we_negotiate),
		cmocka_unit_test(challenges_of_other_lengths),
		cmocka_unit_test(setups),
		cmocka_unit_test(our_setup_is_understood),
		cmocka_unit_test(setup_reply_of_smbd),
		cmocka_unit_test(trees),
		cmocka_unit_test(tree_replies_are_those_of_smbd),
		cmocka_unit_test(transactions),
		cmocka_unit_test(broken_transactions_are_errors),
		cmocka_unit_test(parts_of_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
