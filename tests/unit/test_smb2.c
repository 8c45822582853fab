/* SMB2: headers, requests of smbclient, replies as smbd writes them. */
#include "support.h"

#include "smb/ntlmssp.h"
#include "smb/smb2.h"

#define HEADER                                                                                     \
	"fe534d42400001000000000005000100000000000000000004000000000000000000000053b1f9f143162cbd" \
	"0000000000000000000000000000000000000000"
#define FILE_ID "84549dd6000000004924298a00000000"

static struct nbt_reader body_of(uint8_t *buf, size_t size, const char *hex)
{
	struct nbt_reader r = nbt_reader_of(buf, unhex(buf, size, hex));
	struct smb2_header header;

	smb2_read_header(&r, &header);
	assert_int_equal(r.err, NBT_OK);
	return r;
}

static void header_comes_back(void **state)
{
	uint8_t in[SMB2_HEADER_LEN], out[SMB2_HEADER_LEN];
	struct nbt_reader r = nbt_reader_of(in, unhex(in, sizeof(in), HEADER));
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct smb2_header header;

	(void)state;
	smb2_read_header(&r, &header);
	assert_int_equal(nbt_reader_finish(&r), NBT_OK);
	assert_int_equal(header.credit_charge, 1);
	assert_int_equal(header.command, SMB2_CREATE);
	assert_int_equal(header.credits, 1);
	assert_int_equal(header.message_id, 4);
	assert_int_equal(header.tree_id, 0xF1F9B153);
	assert_int_equal(header.session_id, 0xBD2C1643);
	smb2_write_header(&w, &header);
	assert_memory_equal(in, out, sizeof(in));
	in[4] = 65;
	r = nbt_reader_of(in, sizeof(in));
	smb2_read_header(&r, &header);
	assert_int_equal(r.err, NBT_EVALUE);
}

static void dialects(void **state)
{
	static const struct {
		const char *what, *dialects;
		uint8_t count;
		uint16_t best;
		enum nbt_error want;
	} cases[] = {
		{ "2.02 alone", "0202", 1, 0x0202, NBT_OK },
		{ "all of them", "02021002000302031103", 5, 0x0210, NBT_OK },
		{ "the older one last", "10020202", 2, 0x0210, NBT_OK },
		{ "only newer ones", "00030203", 2, 0, NBT_OK },
		{ "none", "", 0, 0, NBT_OK },
		{ "fewer than told", "0202", 2, 0, NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[128];
		size_t len = unhex(buf, sizeof(buf), HEADER "2400010001000000");
		struct nbt_reader r;
		struct smb2_negotiate got;

		buf[66] = cases[i].count;
		memset(buf + len, 0, 28);
		len += 28;
		len += unhex(buf + len, sizeof(buf) - len, cases[i].dialects);
		r = nbt_reader_of(buf, len);
		nbt_read_bytes(&r, SMB2_HEADER_LEN);
		assert_error(cases[i].what, smb2_read_negotiate(r, &got), cases[i].want);
		if (cases[i].want == NBT_OK)
			assert_int_equal(got.best, cases[i].best);
	}
}

static void requests_of_smbclient(void **state)
{
	uint8_t buf[256];
	struct smb2_setup setup;
	struct smb2_tree_connect tree;
	struct smb2_create create;
	struct smb2_file_id file;
	struct smb2_transfer transfer;
	struct smb2_ioctl ioctl;
	struct nbt_reader r;

	(void)state;
	r = body_of(buf, sizeof(buf),
		    HEADER "19000001010000000000000058000400000000000000000041424344");
	assert_int_equal(smb2_read_setup(r, &setup), NBT_OK);
	assert_int_equal(setup.blob_len, 4);
	assert_memory_equal(setup.blob, "ABCD", 4);

	r = body_of(buf, sizeof(buf),
		    HEADER "19000001010000000000000000000000000000000000000041424344");
	assert_int_equal(smb2_read_setup(r, &setup), NBT_OK); /* no blob, nowhere */
	assert_int_equal(setup.blob_len, 0);

	r = body_of(buf, sizeof(buf),
		    HEADER "090000004800 1800 5c005c0041004c005000480041005c00490050004300"
			   "2400");
	assert_int_equal(smb2_read_tree_connect(r, &tree), NBT_OK);
	assert_string_equal(tree.path, "\\\\ALPHA\\IPC$");

	r = body_of(buf, sizeof(buf),
		    HEADER "3900000002000000000000000000000000000000000000009f01020000000000030000"
			   "00010000000000000078000c000000000000000000730072007600730076006300");
	assert_int_equal(smb2_read_create(r, &create), NBT_OK);
	assert_string_equal(create.name, "srvsvc");

	r = body_of(buf, sizeof(buf),
		    HEADER "180000000000"
			   "0000" FILE_ID);
	assert_int_equal(smb2_read_close(r, &file), NBT_OK);
	assert_int_equal(file.persistent, 0xD69D5484);
	assert_int_equal(file.transient, 0x8A292449);

	r = body_of(buf, sizeof(buf), HEADER "31005000 00040000 0000000000000000" FILE_ID);
	assert_int_equal(smb2_read_read(r, &transfer), NBT_OK);
	assert_int_equal(transfer.len, 1024);

	r = body_of(buf, sizeof(buf),
		    HEADER "31007000 02000000 0000000000000000" FILE_ID
			   "00000000 00000000 00000000 00000000 4142");
	assert_int_equal(smb2_read_write(r, &transfer), NBT_OK);
	assert_int_equal(transfer.len, 2);
	assert_memory_equal(transfer.data, "AB", 2);

	r = body_of(buf, sizeof(buf),
		    HEADER "39000000 17c01100" FILE_ID "78000000 02000000 00000000 78000000 "
			   "00000000 b8100000 01000000 00000000 4142");
	assert_int_equal(smb2_read_ioctl(r, &ioctl), NBT_OK);
	assert_int_equal(ioctl.code, SMB2_PIPE_TRANSCEIVE);
	assert_int_equal(ioctl.max_output, 0x10B8);
	assert_int_equal(ioctl.input_len, 2);
	assert_memory_equal(ioctl.input, "AB", 2);
}

static void broken_requests(void **state)
{
	uint8_t buf[256];
	struct smb2_setup setup;
	struct smb2_tree_connect tree;
	struct smb2_create create;
	struct smb2_transfer transfer;
	struct smb2_ioctl ioctl;

	(void)state;
	assert_int_equal(smb2_read_setup(body_of(buf, sizeof(buf),
						 HEADER "190000010100000000000000580005000000"
							"00000000000041424344"),
					 &setup),
			 NBT_ETRUNC);
	assert_int_equal(smb2_read_setup(body_of(buf, sizeof(buf), HEADER "1800"), &setup),
			 NBT_EVALUE);
	/* An offset that points into the header. */
	assert_int_equal(
		smb2_read_tree_connect(body_of(buf, sizeof(buf), HEADER "0900000004001800"), &tree),
		NBT_EVALUE);
	assert_int_equal(smb2_read_create(body_of(buf, sizeof(buf), HEADER "3900"), &create),
			 NBT_ETRUNC);
	assert_int_equal(smb2_read_write(body_of(buf, sizeof(buf),
						 HEADER "31007000 ffffffff 0000000000000000" FILE_ID
							"00000000"),
					 &transfer),
			 NBT_ETRUNC);
	assert_int_equal(smb2_read_ioctl(body_of(buf, sizeof(buf),
						 HEADER "39000000 17c01100" FILE_ID
							"ffffff7f ffffff7f 00000000 78000000 "
							"00000000 b8100000 01000000 00000000"),
					 &ioctl),
			 NBT_ETRUNC);
}

static void replies_of_smbd(void **state)
{
	uint8_t want[256], out[256];
	struct nbt_writer w;
	size_t len;

	(void)state;
	len = unhex(
		want, sizeof(want),
		"4100010002020000616c706861000000000000000000000000000000000001000000010000000100"
		"fad6fd001979dd01000000000000000080004a0000000000");
	w = nbt_writer_of(out, sizeof(out));
	smb2_write_negotiated(
		&w, &(struct smb2_negotiated){ .dialect = SMB2_DIALECT_202,
					       .guid = (const uint8_t *)"alpha\0\0\0\0\0\0\0\0\0\0",
					       .blob = spnego_hint,
					       .blob_len = SPNEGO_HINT_LEN,
					       .filetime = 0x01DD791900FDD6FA });
	assert_int_equal(w.pos, len + SPNEGO_HINT_LEN);
	assert_memory_equal(out, want, len);

	len = unhex(want, sizeof(want), "0900000048000900a1073005a0030a0100");
	w = nbt_writer_of(out, sizeof(out));
	smb2_write_setup(&w, 0, want + 8, 9);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	len = unhex(want, sizeof(want), "100002000000000000000000a9001f00");
	w = nbt_writer_of(out, sizeof(out));
	smb2_write_tree(&w);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	len = unhex(
		want, sizeof(want),
		"590000000100000000803ed5deb19d0100803ed5deb19d0100803ed5deb19d0100803ed5deb19d01"
		"000000000000000000000000000000008000000000000000" FILE_ID "0000000000000000");
	w = nbt_writer_of(out, sizeof(out));
	smb2_write_created(&w, &(struct smb2_file_id){ 0xD69D5484, 0x8A292449 },
			   0x019DB1DED53E8000);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	len = unhex(want, sizeof(want),
		    "3100000017c01100" FILE_ID
		    "7000000000000000700000000200000000000000000000004142");
	w = nbt_writer_of(out, sizeof(out));
	smb2_write_ioctl(&w,
			 &(struct smb2_ioctl){ .code = SMB2_PIPE_TRANSCEIVE,
					       .file = { 0xD69D5484, 0x8A292449 } },
			 (const uint8_t *)"AB", 2);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	w = nbt_writer_of(out, sizeof(out));
	smb2_write_error(&w);
	assert_int_equal(w.pos, 9);
	smb2_write_closed(&w);
	assert_int_equal(w.pos, 9 + 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_comes_back),     cmocka_unit_test(dialects),
		cmocka_unit_test(requests_of_smbclient), cmocka_unit_test(broken_requests),
		cmocka_unit_test(replies_of_smbd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
