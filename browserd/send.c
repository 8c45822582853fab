/* Frames on their way out, and those that are sent blindly to other subnets. */
#include "browserd/service_inner.h"

#include <nbt/mailslot.h>

#include "browserd/domain.h"
#include "browserd/text.h"

void browser_send_frame(struct browser_service *service, const struct browser_send *send,
			const struct nbt_browse *frame)
{
	const struct browser_settings *settings = service->settings;
	uint8_t bytes[NBT_BROWSE_FRAME_MAX], data[NBT_MAILSLOT_MAX + NBT_BROWSE_FRAME_MAX];
	struct nbt_mailslot mailslot = { .name = nbt_browse_mailslot(frame->opcode),
					 .priority = send->is_quick ? BROWSER_QUICK_PRIORITY : 1,
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .timeout_ms = send->version,
					 .data = bytes };
	struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM,
					 .interface = send->interface,
					 .peer = send->address,
					 .peer_port = send->port };
	struct nbt_datagram datagram = {
		.type = send->is_group ? NBT_DGM_DIRECT_GROUP : NBT_DGM_DIRECT_UNIQUE,
		.flags = NBT_DGM_FLAG_FIRST,
		.source = browser_name(send->from != NULL ? send->from : settings->name,
				       NBT_SUFFIX_WORKSTATION),
		.destination = send->to,
		.source_scope = settings->scope,
		.destination_scope = settings->scope,
		.data = data
	};

	if (send->address.s_addr == INADDR_ANY && !settings->virtual_lan)
		envelope.flags |= NBT_LOCAL_BROADCAST;
	if (nbt_browse_encode(frame, bytes, sizeof(bytes), &mailslot.data_len) != NBT_OK ||
	    nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len) != NBT_OK)
		return; /* it has room for whatever we send */
	browser_count(service, BROWSER_SENT);
	service->sinks.send(service->ctx, &envelope, &datagram);
}

/* nmbd's remote browse sync: domain masters who may have another workgroup. */
static void announce_masters(struct browser_service *service)
{
	const struct browser_settings *settings = service->settings;
	struct nbt_browse frame = { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT };

	text_copy(frame.name, sizeof(frame.name), settings->name);
	for (size_t i = 0; service->domains[0].is_lmb && i < settings->sync_count; i++) {
		const struct browser_send send = { .to = { .bytes = { '*' } },
						   .address = settings->syncs[i],
						   .is_quick = true };

		browser_send_frame(service, &send, &frame);
	}
}

/* Blindly: whoever is there takes us for a host of his subnet. */
void browser_announce_remotely(struct browser_service *service, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	uint64_t period = settings->times.remote_announce;
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT,
				    .period_ms = (uint32_t)period,
				    .os_major = settings->os_major,
				    .os_minor = settings->os_minor,
				    .server_type =
					    settings->server_type |
					    (settings->local_master ? NBT_SV_POTENTIAL_BROWSER : 0),
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), settings->name);
	text_copy(frame.comment, NBT_BROWSE_COMMENT_MAX + 1, settings->comment);
	for (size_t i = 0; i < settings->remote_count; i++) {
		const struct browser_remote *remote = &settings->remotes[i];
		const char *workgroup =
			remote->workgroup != NULL ? remote->workgroup : settings->workgroups[0];
		const struct browser_send send = { .to = browser_name(workgroup, NBT_SUFFIX_LMB),
						   .is_group = true,
						   .address = remote->address };

		browser_send_frame(service, &send, &frame);
	}
	announce_masters(service);
	service->remote_ms = env->now_ms + period;
}
