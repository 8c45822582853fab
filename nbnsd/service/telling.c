/* What those who watch are told of changes of names: it is in the batch of the change, so that they
 * hear of it after its commit. Nothing if nobody watches. */
#include "nbnsd/service/service_inner.h"

static void tell(struct service *service, const struct name_event *event)
{
	/* Out of memory: the change counts, not the news of it. */
	(void)changes_note(service->collecting, CHANGE_EVENT, event, name_event_size(event));
}

static void take_addresses(struct record *to, const struct record *from)
{
	to->address_count = from->address_count;
	for (size_t i = 0; i < from->address_count; i++)
		to->address[i] = from->address[i];
}

void telling_change(struct service *service, const struct record *before, const struct record *now)
{
	struct name_event event = { .operation = (uint8_t)name_operation_of(before, now),
				    .was_active = before != NULL && before->state == RECORD_ACTIVE,
				    .record = *now };

	if (event.was_active && now->state != RECORD_ACTIVE)
		take_addresses(&event.record, before);
	tell(service, &event);
}

void telling_gone(struct service *service, uint32_t id)
{
	struct name_event event = { .operation = NAME_DELETE };

	registry_get(service->registry, id, &event.record);
	event.was_active = event.record.state == RECORD_ACTIVE;
	tell(service, &event);
}

void telling_renewal(struct service *service, const struct record *record)
{
	if (record->state == RECORD_ACTIVE)
		telling_change(service, record, record);
}

void telling_member(struct service *service, uint32_t group, struct in_addr member,
		    enum name_operation operation)
{
	struct name_event event = { .operation = (uint8_t)operation, .member = member };

	registry_get(service->registry, group, &event.record);
	event.was_active = event.record.state == RECORD_ACTIVE;
	tell(service, &event);
}

void service_set_watched(struct service *service, bool watched)
{
	service->watched = watched;
}
