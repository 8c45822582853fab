/*
 * libnss_nbt: NetBIOS names for gethostbyname() and getaddrinfo(), through nbnsd's name.sock, with
 * "hosts: files nbt dns" in nsswitch.conf. See nss_nbt(8).
 *
 * It lives in every program of the host: no state, no threads, no signals, a connection of its own
 * for each look-up, and an end after a few seconds whatever nbnsd does.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <nbt/local.h>

#include "nss/nss_nbt.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Together for all that is asked; an H node with a silent name server takes 5.25 s for one name. */
#define PATIENCE_MS   6000
#define ADDRESSES_MAX 25

/* What a look-up found: addresses of hosts, each once. */
struct found {
	size_t count;
	struct in_addr addresses[ADDRESSES_MAX];
};

/* Where the caller wants to have errors. */
struct verdict {
	int *error, *h_error;
};

static enum nss_status say(const struct verdict *to, enum nss_status status, int error, int h_error)
{
	*to->error = error;
	*to->h_error = h_error;
	return status;
}

/* Found, but the buffer is too small: the caller comes again with a larger one. */
static enum nss_status say_small(const struct verdict *to)
{
	return say(to, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL);
}

static enum nss_status say_not_found(const struct verdict *to)
{
	return say(to, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND);
}

/* Names that nobody on the network may answer for. */
static bool is_reserved(const char *name)
{
	static const char *const reserved[] = { "localhost", "wpad", "isatap" };

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcasecmp(name, reserved[i]) == 0)
			return true;
	return false;
}

/* Host names that can be NetBIOS names: 1 to 15 characters of ASCII, no dot. What is not ASCII
 * would have to be converted, with tables that no program of others should have to load. */
static bool is_netbios_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= NBT_NAME_LEN || name[0] == '*' || is_reserved(name))
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || strchr(".:/\\%", name[i]) != NULL)
			return false;
	return true;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int left_until(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	return left > 0 ? (int)left : 0;
}

static bool is_host(struct nbt_address entry)
{
	uint32_t address = ntohl(entry.address.s_addr);

	return (entry.flags & NBT_NB_GROUP) == 0 && address != INADDR_ANY &&
	       !IN_MULTICAST(address) && !IN_BADCLASS(address) && address != INADDR_BROADCAST;
}

static void add(struct found *found, struct in_addr address)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->addresses[i].s_addr == address.s_addr)
			return;
	if (found->count < ADDRESSES_MAX)
		found->addresses[found->count++] = address;
}

static void take_addresses(struct found *found, const struct nbt_packet *p)
{
	if (p->answer_count == 0 || p->record[0].of.type != NBT_TYPE_NB)
		return;
	for (size_t i = 0; i < nbt_record_address_count(&p->record[0]); i++) {
		struct nbt_address entry = nbt_record_address(&p->record[0], i);

		if (is_host(entry))
			add(found, entry.address);
	}
}

/* NBT_OK: there was an answer, if only that there is no such name. */
static enum nbt_error ask(struct nbt_local *local, const struct nbt_local_query *query,
			  int64_t deadline, struct nbt_local_message *message)
{
	uint16_t id;
	enum nbt_error err = nbt_local_query(local, query, &id);

	if (err == NBT_OK)
		err = nbt_local_answer(local, id, left_until(deadline), message);
	return err;
}

/* The file server's name, or the one that every host has. */
static enum nbt_error look_up(struct nbt_local *local, const char *name, int64_t deadline,
			      struct found *found)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_SERVER, NBT_SUFFIX_WORKSTATION };
	struct nbt_local_query query = { .interface.s_addr = INADDR_ANY };
	struct nbt_local_message message;
	enum nbt_error err = NBT_OK;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && found->count == 0; i++) {
		err = nbt_name_make(&query.name, name, suffixes[i]);
		if (err == NBT_OK)
			err = ask(local, &query, deadline, &message);
		if (err == NBT_OK)
			take_addresses(found, &message.packet);
		else if (err != NBT_ENEGATIVE)
			break;
	}
	return err;
}

/* No nbnsd, or none that answers: the next service of nsswitch.conf is asked. */
static enum nss_status say_unavailable(const struct verdict *to, enum nbt_error err)
{
	if (err == NBT_ETIMEOUT)
		return say(to, NSS_STATUS_TRYAGAIN, ETIMEDOUT, TRY_AGAIN);
	return say(to, NSS_STATUS_UNAVAIL, err == NBT_ESYSTEM ? errno : EPROTO, NO_RECOVERY);
}

static enum nss_status find_host(const char *name, struct found *found, const struct verdict *to)
{
	struct nbt_local *local;
	enum nbt_error err;
	int64_t deadline = now_ms() + PATIENCE_MS;

	found->count = 0;
	if (!is_netbios_name(name))
		return say_not_found(to);
	err = nbt_local_open(&local, NULL);
	if (err == NBT_OK)
		err = look_up(local, name, deadline, found);
	nbt_local_close(local);
	if (found->count > 0)
		return NSS_STATUS_SUCCESS;
	if (err == NBT_OK || err == NBT_ENEGATIVE)
		return say_not_found(to);
	return say_unavailable(to, err);
}

/*
 * Answers in the caller's buffer.
 */

struct room {
	char *at;
	size_t left;
};

/* Aligned for anything; NULL: there is not so much. */
static void *take_room(struct room *room, size_t len)
{
	size_t pad = -(uintptr_t)room->at % _Alignof(max_align_t);
	char *taken = room->at + pad;

	if (room->left < pad || room->left - pad < len)
		return NULL;
	room->at = taken + len;
	room->left -= pad + len;
	return taken;
}

static char *copy_name(struct room *room, const char *name)
{
	size_t size = strlen(name) + 1;
	char *copy = take_room(room, size);

	return copy != NULL ? memcpy(copy, name, size) : NULL;
}

/* A hostent without aliases. */
static enum nss_status give_hostent(const char *name, const struct found *found,
				    struct hostent *result, struct room room,
				    const struct verdict *to)
{
	struct in_addr *addresses = take_room(&room, found->count * sizeof(*addresses));
	char **list = take_room(&room, (found->count + 1) * sizeof(*list));
	char **aliases = take_room(&room, sizeof(*aliases));
	char *copy = copy_name(&room, name);

	if (addresses == NULL || list == NULL || aliases == NULL || copy == NULL)
		return say_small(to);
	for (size_t i = 0; i < found->count; i++) {
		addresses[i] = found->addresses[i];
		list[i] = (char *)&addresses[i];
	}
	list[found->count] = NULL;
	*aliases = NULL;
	*result = (struct hostent){
		.h_name = copy,
		.h_aliases = aliases,
		.h_addrtype = AF_INET,
		.h_length = sizeof(struct in_addr),
		.h_addr_list = list,
	};
	return NSS_STATUS_SUCCESS;
}

/* A list; its first member is the caller's, if he has one. */
static enum nss_status give_tuples(const char *name, const struct found *found,
				   struct gaih_addrtuple **result, struct room room,
				   const struct verdict *to)
{
	struct gaih_addrtuple *tuples = take_room(&room, found->count * sizeof(*tuples));
	char *copy = copy_name(&room, name);

	if (tuples == NULL || copy == NULL)
		return say_small(to);
	for (size_t i = 0; i < found->count; i++)
		tuples[i] = (struct gaih_addrtuple){
			.next = i + 1 < found->count ? &tuples[i + 1] : NULL,
			.name = copy,
			.family = AF_INET,
			.addr = { found->addresses[i].s_addr },
		};
	if (*result != NULL)
		**result = tuples[0];
	else
		*result = tuples;
	return NSS_STATUS_SUCCESS;
}

/*
 * What the C library calls.
 */

enum nss_status _nss_nbt_gethostbyname3_r(const char *name, int family, struct hostent *result,
					  char *buffer, size_t size, int *error, int *h_error,
					  int32_t *ttl, char **canonical)
{
	const struct verdict to = { error, h_error };
	struct found found;
	enum nss_status status;

	if (family != AF_INET)
		return say(&to, NSS_STATUS_NOTFOUND, ENOENT, NO_DATA);
	status = find_host(name, &found, &to);
	if (status == NSS_STATUS_SUCCESS)
		status = give_hostent(name, &found, result, (struct room){ buffer, size }, &to);
	if (status != NSS_STATUS_SUCCESS)
		return status;
	if (ttl != NULL)
		*ttl = 0;
	if (canonical != NULL)
		*canonical = result->h_name;
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_nbt_gethostbyname2_r(const char *name, int family, struct hostent *result,
					  char *buffer, size_t size, int *error, int *h_error)
{
	return _nss_nbt_gethostbyname3_r(name, family, result, buffer, size, error, h_error, NULL,
					 NULL);
}

enum nss_status _nss_nbt_gethostbyname_r(const char *name, struct hostent *result, char *buffer,
					 size_t size, int *error, int *h_error)
{
	return _nss_nbt_gethostbyname2_r(name, AF_INET, result, buffer, size, error, h_error);
}

enum nss_status _nss_nbt_gethostbyname4_r(const char *name, struct gaih_addrtuple **result,
					  char *buffer, size_t size, int *error, int *h_error,
					  int32_t *ttl)
{
	const struct verdict to = { error, h_error };
	struct found found;
	enum nss_status status = find_host(name, &found, &to);

	if (status == NSS_STATUS_SUCCESS)
		status = give_tuples(name, &found, result, (struct room){ buffer, size }, &to);
	if (status == NSS_STATUS_SUCCESS && ttl != NULL)
		*ttl = 0;
	return status;
}
