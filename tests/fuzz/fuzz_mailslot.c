/* Mailslot messages, and pop-ups. */
#include <string.h>

#include <nbt/mailslot.h>

#include "fuzz.h"

static uint8_t wire[1 << 17];

static void check_popup(const struct nbt_mailslot *mailslot)
{
	struct nbt_popup popup, again;
	size_t len;

	if (nbt_popup_decode(&popup, mailslot->data, mailslot->data_len) != NBT_OK)
		return;
	must(strlen(popup.from) + strlen(popup.to) + popup.text_len + 2 <= mailslot->data_len);
	must(nbt_popup_encode(&popup, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_popup_decode(&again, wire, len) == NBT_OK);
	must(popup.text_len == again.text_len &&
	     memcmp(popup.text, again.text, popup.text_len) == 0);
}

static void check_round_trip(const struct nbt_mailslot *mailslot)
{
	struct nbt_mailslot again;
	size_t len;
	enum nbt_error err = nbt_mailslot_encode(mailslot, wire, sizeof(wire), &len);

	/* Name and data may overlap, and are longer one behind the other. */
	if (err == NBT_EVALUE)
		return;
	must(err == NBT_OK);
	must(nbt_mailslot_decode(&again, wire, len) == NBT_OK);
	must(nbt_mailslot_equal(mailslot, &again));
	must(nbt_mailslot_encode(mailslot, wire, len - 1, &len) == NBT_ESPACE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nbt_mailslot mailslot;

	if (nbt_mailslot_decode(&mailslot, data, size) != NBT_OK)
		return 0;
	must(mailslot.data >= data && mailslot.data + mailslot.data_len <= data + size);
	must(nbt_mailslot_is(&mailslot, mailslot.name));
	check_popup(&mailslot);
	check_round_trip(&mailslot);
	FUZZ_DUMP(nbt_dump_mailslot, &mailslot);
	return 0;
}
