#include "nbddd/subscribers.h"

#include <stdlib.h>
#include <string.h>

enum name_state { NAME_FREE, NAME_ASKED, NAME_HELD };

struct wanted_name {
	enum name_state state;
	struct nbt_local_claim claim;
	size_t count; /* subscriptions to it */
};

struct subscription {
	uint32_t client; /* 0: free */
	uint16_t id;
	bool is_told; /* that it has the name */
	size_t name;  /* index */
};

struct subscribers {
	struct wanted_name *names;
	struct subscription *subscriptions;
	size_t name_max, subscription_max;
	size_t names_used, names_end; /* behind names_end there is none */
	size_t used, end;
};

struct subscribers *subscribers_create(size_t names, size_t subscriptions)
{
	struct subscribers *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->name_max = names;
	s->subscription_max = subscriptions;
	s->names = calloc(names, sizeof(*s->names));
	s->subscriptions = calloc(subscriptions, sizeof(*s->subscriptions));
	if (s->names != NULL && s->subscriptions != NULL)
		return s;
	subscribers_destroy(s);
	return NULL;
}

void subscribers_destroy(struct subscribers *s)
{
	if (s == NULL)
		return;
	free(s->names);
	free(s->subscriptions);
	free(s);
}

size_t subscribers_names(const struct subscribers *s)
{
	return s->names_used;
}

size_t subscribers_count(const struct subscribers *s)
{
	return s->used;
}

bool subscribers_is_claimed(const struct nbt_name *name)
{
	return name->bytes[0] != '*';
}

/*
 * Names.
 */

static struct wanted_name *find_name(const struct subscribers *s,
				     const struct nbt_local_claim *claim)
{
	for (size_t i = 0; i < s->names_end; i++) {
		struct wanted_name *name = &s->names[i];

		if (name->state != NAME_FREE &&
		    name->claim.interface.s_addr == claim->interface.s_addr &&
		    nbt_name_equal(&name->claim.name, &claim->name) &&
		    nbt_scope_equal(&name->claim.scope, &claim->scope))
			return name;
	}
	return NULL;
}

/* Its place is free; it has no subscription yet. */
static struct wanted_name *add_name(struct subscribers *s, const struct nbt_local_claim *claim)
{
	size_t i = 0;

	if (s->names_used == s->name_max)
		return NULL;
	while (i < s->names_end && s->names[i].state != NAME_FREE)
		i++;
	if (i == s->names_end)
		s->names_end++;
	s->names_used++;
	s->names[i] = (struct wanted_name){
		.state = subscribers_is_claimed(&claim->name) ? NAME_ASKED : NAME_HELD,
		.claim = *claim,
	};
	return &s->names[i];
}

static void free_name(struct subscribers *s, struct wanted_name *name)
{
	name->state = NAME_FREE;
	s->names_used--;
	while (s->names_end > 0 && s->names[s->names_end - 1].state == NAME_FREE)
		s->names_end--;
}

/*
 * Subscriptions.
 */

static struct subscription *find(const struct subscribers *s, uint32_t client,
				 const struct wanted_name *name)
{
	for (size_t i = 0; i < s->end; i++)
		if (s->subscriptions[i].client == client &&
		    &s->names[s->subscriptions[i].name] == name)
			return &s->subscriptions[i];
	return NULL;
}

static struct subscription *add(struct subscribers *s, uint32_t client, struct wanted_name *name)
{
	size_t i = 0;

	if (s->used == s->subscription_max)
		return NULL;
	while (i < s->end && s->subscriptions[i].client != 0)
		i++;
	if (i == s->end)
		s->end++;
	s->used++;
	name->count++;
	s->subscriptions[i] =
		(struct subscription){ .client = client, .name = (size_t)(name - s->names) };
	return &s->subscriptions[i];
}

/* Whether it was the last of the name, which is free then. */
static bool take_away(struct subscribers *s, struct subscription *subscription)
{
	struct wanted_name *name = &s->names[subscription->name];

	subscription->client = 0;
	s->used--;
	while (s->end > 0 && s->subscriptions[s->end - 1].client == 0)
		s->end--;
	if (--name->count > 0)
		return false;
	free_name(s, name);
	return true;
}

bool subscribers_is_waiting(const struct subscribers *s, uint32_t client,
			    const struct nbt_local_claim *claim, uint16_t *id)
{
	const struct wanted_name *name = find_name(s, claim);
	const struct subscription *subscription = name != NULL ? find(s, client, name) : NULL;

	if (subscription == NULL || subscription->is_told)
		return false;
	*id = subscription->id;
	return true;
}

enum subscribers_verdict subscribers_add(struct subscribers *s, uint32_t client, uint16_t id,
					 const struct nbt_local_claim *claim)
{
	struct wanted_name *name = find_name(s, claim);
	struct subscription *subscription = NULL;
	bool is_new = name == NULL;

	if (is_new)
		name = add_name(s, claim);
	else if (name->claim.is_group != claim->is_group)
		return SUBSCRIBE_OTHER;
	if (name == NULL)
		return SUBSCRIBE_TOO_MANY;
	subscription = find(s, client, name);
	if (subscription == NULL)
		subscription = add(s, client, name);
	if (subscription == NULL) {
		if (is_new)
			free_name(s, name);
		return SUBSCRIBE_TOO_MANY;
	}
	subscription->id = id;
	subscription->is_told = name->state == NAME_HELD;
	if (name->state == NAME_HELD)
		return SUBSCRIBE_HELD;
	return is_new ? SUBSCRIBE_CLAIM : SUBSCRIBE_WAIT;
}

enum unsubscribe_verdict subscribers_remove(struct subscribers *s, uint32_t client,
					    const struct nbt_local_claim *claim)
{
	const struct wanted_name *name = find_name(s, claim);
	struct subscription *subscription = name != NULL ? find(s, client, name) : NULL;

	if (subscription == NULL)
		return UNSUBSCRIBE_UNKNOWN;
	return take_away(s, subscription) && subscribers_is_claimed(&claim->name)
		       ? UNSUBSCRIBE_RELEASE
		       : UNSUBSCRIBE_DONE;
}

bool subscribers_remove_any(struct subscribers *s, uint32_t client, struct nbt_local_claim *claim,
			    bool *released)
{
	for (size_t i = 0; i < s->end; i++) {
		if (s->subscriptions[i].client != client)
			continue;
		*claim = s->names[s->subscriptions[i].name].claim;
		*released =
			take_away(s, &s->subscriptions[i]) && subscribers_is_claimed(&claim->name);
		return true;
	}
	return false;
}

/*
 * What nbnsd decides.
 */

void subscribers_held(struct subscribers *s, const struct nbt_local_claim *claim,
		      subscriber_fn *each, void *ctx)
{
	struct wanted_name *name = find_name(s, claim);

	if (name == NULL)
		return;
	name->state = NAME_HELD;
	for (size_t i = 0; i < s->end; i++) {
		struct subscription *of = &s->subscriptions[i];

		if (of->client == 0 || &s->names[of->name] != name || of->is_told)
			continue;
		of->is_told = true;
		each(ctx, &(struct subscriber){ of->client, of->id, &name->claim });
	}
}

void subscribers_gone(struct subscribers *s, const struct nbt_local_claim *claim,
		      subscriber_lost_fn *each, void *ctx)
{
	struct wanted_name *name = find_name(s, claim);
	size_t end = s->end;

	if (name == NULL)
		return;
	for (size_t i = 0; i < end && name->state != NAME_FREE; i++) {
		struct subscription *of = &s->subscriptions[i];
		const struct subscriber told = { of->client, of->id, claim };
		bool waited = !of->is_told;

		if (of->client == 0 || &s->names[of->name] != name)
			continue;
		(void)take_away(s, of);
		each(ctx, &told, waited);
	}
}

static bool hears(const struct subscribers *s, const struct subscription *of,
		  const struct nbt_name *name, const struct nbt_scope *scope,
		  struct in_addr interface)
{
	const struct wanted_name *wanted = &s->names[of->name];

	return of->client != 0 && wanted->state == NAME_HELD &&
	       nbt_name_equal(&wanted->claim.name, name) &&
	       nbt_scope_equal(&wanted->claim.scope, scope) &&
	       (wanted->claim.interface.s_addr == INADDR_ANY ||
		wanted->claim.interface.s_addr == interface.s_addr);
}

/* Who wants a name on one interface and on all of them gets one copy. */
static bool has_it(const struct subscribers *s, const struct subscription *of,
		   const struct nbt_name *name, const struct nbt_scope *scope,
		   struct in_addr interface)
{
	for (const struct subscription *before = s->subscriptions; before < of; before++)
		if (before->client == of->client && hears(s, before, name, scope, interface))
			return true;
	return false;
}

size_t subscribers_each(const struct subscribers *s, const struct nbt_name *name,
			const struct nbt_scope *scope, struct in_addr interface,
			subscriber_fn *each, void *ctx)
{
	size_t found = 0;

	for (size_t i = 0; i < s->end; i++) {
		const struct subscription *of = &s->subscriptions[i];
		const struct subscriber told = { of->client, of->id, &s->names[of->name].claim };

		if (!hears(s, of, name, scope, interface) || has_it(s, of, name, scope, interface))
			continue;
		found++;
		if (each != NULL)
			each(ctx, &told);
	}
	return found;
}
