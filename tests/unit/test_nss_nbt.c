/* libnss_nbt, with a daemon by hand in a thread. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "nss/nss_nbt.h"
#include "scripted.h"

#define LOOKERS 100

static struct scripted server;
static pthread_t thread;

/* What the daemon knows. */
static const struct known {
	const char *name;
	const char *addresses[3];
} known[] = {
	{ "FRED<20>", { "10.1.0.7", "10.1.0.8" } },
	{ "FRED<00>", { "10.1.0.66" } },
	{ "HOST<00>", { "10.1.0.9" } },
	{ "LAB<00>", { "255.255.255.255" } },
	{ "TWICE<20>", { "10.1.0.7", "10.1.0.7" } },
	{ "LOCALHOST<20>", { "10.6.6.6" } },
	{ "WPAD<20>", { "10.6.6.6" } },
};

static void answer(const struct nbt_local_message *request)
{
	const struct nbt_name *name = &request->packet.question[0].name;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct nbt_name candidate = name_of(known[i].name);

		if (nbt_name_equal(name, &candidate)) {
			scripted_answer_addresses(&server, request, known[i].addresses);
			return;
		}
	}
	scripted_answer(&server, request, NBT_RCODE_NAM_ERR, 0, NULL, 0);
}

/* One connection after the other, until somebody asks for END. */
static void *serve(void *ctx)
{
	const struct nbt_name end = name_of("END<20>"), hang_up = name_of("HANGUP<20>");
	struct nbt_local_message request;

	(void)ctx;
	for (;;) {
		scripted_accept(&server);
		while (scripted_receive(&server, &request)) {
			const struct nbt_name *name = &request.packet.question[0].name;

			if (nbt_name_equal(name, &hang_up))
				break;
			answer(&request);
			if (nbt_name_equal(name, &end))
				return NULL;
		}
		scripted_hang_up(&server);
	}
}

static int start_server(void **state)
{
	(void)state;
	scripted_open(&server);
	setenv("NBT_RUN_DIRECTORY", server.directory, 1);
	return pthread_create(&thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	struct nbt_local *local;
	struct nbt_local_query query = { .name = name_of("END<20>") };
	uint16_t id;

	(void)state;
	if (nbt_local_open(&local, server.path) != NBT_OK ||
	    nbt_local_query(local, &query, &id) != NBT_OK || pthread_join(thread, NULL) != 0)
		return 1;
	nbt_local_close(local);
	scripted_close(&server);
	return 0;
}

struct result {
	enum nss_status status;
	int error, h_error;
	struct hostent host;
	_Alignas(max_align_t) char buffer[1024];
};

static void look_up(struct result *r, const char *name, size_t size)
{
	r->error = r->h_error = 0;
	r->status =
		_nss_nbt_gethostbyname_r(name, &r->host, r->buffer, size, &r->error, &r->h_error);
}

static const char *address_of(const struct result *r, size_t i)
{
	static char text[INET_ADDRSTRLEN];

	return inet_ntop(AF_INET, r->host.h_addr_list[i], text, sizeof(text));
}

static void a_name_with_two_addresses(void **state)
{
	struct result r;

	(void)state;
	look_up(&r, "fred", sizeof(r.buffer));
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_string_equal(r.host.h_name, "fred");
	assert_null(r.host.h_aliases[0]);
	assert_int_equal(r.host.h_addrtype, AF_INET);
	assert_string_equal(address_of(&r, 0), "10.1.0.7");
	assert_string_equal(address_of(&r, 1), "10.1.0.8");
	assert_null(r.host.h_addr_list[2]);
}

static void the_workstations_name_will_do(void **state)
{
	struct result r;

	(void)state;
	look_up(&r, "Host", sizeof(r.buffer));
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_string_equal(address_of(&r, 0), "10.1.0.9");
	look_up(&r, "twice", sizeof(r.buffer));
	assert_null(r.host.h_addr_list[1]);
}

static const char *const not_found[] = {
	"nobody",    "lab", /* a group is no host */
	"",          "sixteen-chars-16",
	"dot.ted",   "*",
	"localhost", "WPAD", /* not for the network to say */
	"two words", "m\xC3\xBCller",
};

static void names_that_are_not_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_found); i++) {
		struct result r;

		look_up(&r, not_found[i], sizeof(r.buffer));
		if (r.status != NSS_STATUS_NOTFOUND || r.h_error != HOST_NOT_FOUND)
			fail_msg("%s: status %d", not_found[i], r.status);
	}
}

/* The buffer ends where it ends: the sanitizer looks. */
static void small_buffers(void **state)
{
	struct result r;
	size_t size = 0;

	(void)state;
	for (r.status = NSS_STATUS_TRYAGAIN; r.status == NSS_STATUS_TRYAGAIN; size++) {
		char *buffer = malloc(size);

		r.status = _nss_nbt_gethostbyname_r("fred", &r.host, buffer, size, &r.error,
						    &r.h_error);
		if (r.status == NSS_STATUS_TRYAGAIN) {
			assert_int_equal(r.error, ERANGE);
			assert_int_equal(r.h_error, NETDB_INTERNAL);
		}
		free(buffer);
	}
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_true(size > 2 * sizeof(struct in_addr) && size < 200);
}

static void a_list_for_getaddrinfo(void **state)
{
	struct gaih_addrtuple own = { .family = AF_UNSPEC }, *list = NULL, *with_own = &own;
	struct result r;
	int32_t ttl = 7;

	(void)state;
	for (size_t size = 0; size < 40; size++) {
		r.status = _nss_nbt_gethostbyname4_r("fred", &list, r.buffer, size, &r.error,
						     &r.h_error, &ttl);
		assert_int_equal(r.status, NSS_STATUS_TRYAGAIN);
		assert_null(list); /* it would point into a buffer that is gone */
	}
	r.status = _nss_nbt_gethostbyname4_r("fred", &list, r.buffer, sizeof(r.buffer), &r.error,
					     &r.h_error, &ttl);
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_int_equal(ttl, 0);
	assert_string_equal(list->name, "fred");
	assert_int_equal(list->family, AF_INET);
	assert_int_equal(list->addr[0], inet_addr("10.1.0.7"));
	assert_int_equal(list->next->addr[0], inet_addr("10.1.0.8"));
	assert_null(list->next->next);

	r.status = _nss_nbt_gethostbyname4_r("fred", &with_own, r.buffer, sizeof(r.buffer),
					     &r.error, &r.h_error, NULL);
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_ptr_equal(with_own, &own);
	assert_int_equal(own.addr[0], inet_addr("10.1.0.7"));
	assert_int_equal(own.next->addr[0], inet_addr("10.1.0.8"));
}

static void there_are_no_other_families(void **state)
{
	struct result r;
	char *canonical;

	(void)state;
	r.status = _nss_nbt_gethostbyname2_r("fred", AF_INET6, &r.host, r.buffer, sizeof(r.buffer),
					     &r.error, &r.h_error);
	assert_int_equal(r.status, NSS_STATUS_NOTFOUND);
	assert_int_equal(r.h_error, NO_DATA);
	r.status = _nss_nbt_gethostbyname3_r("fred", AF_INET, &r.host, r.buffer, sizeof(r.buffer),
					     &r.error, &r.h_error, NULL, &canonical);
	assert_int_equal(r.status, NSS_STATUS_SUCCESS);
	assert_string_equal(canonical, "fred");
}

static void a_daemon_that_hangs_up(void **state)
{
	struct result r;

	(void)state;
	look_up(&r, "hangup", sizeof(r.buffer));
	assert_int_equal(r.status, NSS_STATUS_UNAVAIL);
	assert_int_equal(r.error, ECONNRESET);
}

static void no_daemon(void **state)
{
	struct result r;

	(void)state;
	setenv("NBT_RUN_DIRECTORY", "/nonexistent", 1);
	look_up(&r, "fred", sizeof(r.buffer));
	assert_int_equal(r.status, NSS_STATUS_UNAVAIL);
	assert_int_equal(r.error, ENOENT);
	assert_int_equal(r.h_error, NO_RECOVERY);
}

static void *look_up_once(void *ctx)
{
	look_up(ctx, "fred", sizeof(((struct result *)ctx)->buffer));
	return NULL;
}

static void many_threads_at_once(void **state)
{
	static struct result results[LOOKERS];
	pthread_t lookers[LOOKERS];

	(void)state;
	for (size_t i = 0; i < LOOKERS; i++)
		assert_int_equal(pthread_create(&lookers[i], NULL, look_up_once, &results[i]), 0);
	for (size_t i = 0; i < LOOKERS; i++) {
		assert_int_equal(pthread_join(lookers[i], NULL), 0);
		assert_int_equal(results[i].status, NSS_STATUS_SUCCESS);
		assert_string_equal(address_of(&results[i], 1), "10.1.0.8");
	}
}

/* Nothing stays open: the next descriptor is the one of before. */
static void no_descriptor_stays(void **state)
{
	struct result r;
	int before = dup(0), after;

	(void)state;
	close(before);
	for (unsigned i = 0; i < 10; i++) {
		look_up(&r, "fred", sizeof(r.buffer));
		look_up(&r, "nobody", sizeof(r.buffer));
		look_up(&r, "hangup", sizeof(r.buffer));
	}
	after = dup(0);
	close(after);
	/* The server's thread may have one connection not closed yet, or accepted now. */
	assert_in_range(after, before - 1, before + 1);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, start_server, stop_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_name_with_two_addresses), WITH_SERVER(the_workstations_name_will_do),
		WITH_SERVER(names_that_are_not_found),  WITH_SERVER(small_buffers),
		WITH_SERVER(a_list_for_getaddrinfo),    WITH_SERVER(there_are_no_other_families),
		WITH_SERVER(a_daemon_that_hangs_up),    WITH_SERVER(many_threads_at_once),
		WITH_SERVER(no_descriptor_stays),       cmocka_unit_test(no_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
