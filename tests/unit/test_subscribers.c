/* Who wants the datagrams of which names. */
#include "support.h"

#include <arpa/inet.h>

#include "nbddd/subscribers.h"

#define NAMES         4
#define SUBSCRIPTIONS 6

static struct subscribers *s;

/* Who was told last. */
static uint32_t told[16];
static bool waited[16];
static size_t told_count;

static int set_up(void **state)
{
	(void)state;
	s = subscribers_create(NAMES, SUBSCRIPTIONS);
	told_count = 0;
	return s == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	subscribers_destroy(s);
	return 0;
}

static void tell(void *ctx, const struct subscriber *subscriber)
{
	(void)ctx;
	assert_true(told_count < ARRAY_SIZE(told));
	told[told_count++] = subscriber->client;
}

static void tell_lost(void *ctx, const struct subscriber *subscriber, bool has_waited)
{
	waited[told_count] = has_waited;
	tell(ctx, subscriber);
}

static struct nbt_local_claim claim_of(const char *name, const char *interface)
{
	struct nbt_local_claim claim = { .name = name_of(name), .is_group = true };

	if (interface != NULL)
		inet_pton(AF_INET, interface, &claim.interface);
	return claim;
}

static enum subscribers_verdict add(uint32_t client, const char *name, const char *interface)
{
	const struct nbt_local_claim claim = claim_of(name, interface);

	return subscribers_add(s, client, (uint16_t)client, &claim);
}

static void hold(const char *name, const char *interface)
{
	const struct nbt_local_claim claim = claim_of(name, interface);

	subscribers_held(s, &claim, tell, NULL);
}

static size_t deliver(const char *name, const char *scope, const char *interface)
{
	const struct nbt_name wanted = name_of(name);
	const struct nbt_scope in = scope_of(scope);
	struct in_addr by;

	told_count = 0;
	inet_pton(AF_INET, interface, &by);
	return subscribers_each(s, &wanted, &in, by, tell, NULL);
}

static void a_name_waits_until_it_is_held(void **state)
{
	(void)state;
	assert_int_equal(add(1, "LAB<1E>", NULL), SUBSCRIBE_CLAIM);
	assert_int_equal(add(2, "LAB<1E>", NULL), SUBSCRIBE_WAIT);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.1"), 0);
	hold("LAB<1E>", NULL);
	assert_int_equal(told_count, 2);
	assert_int_equal(add(3, "LAB<1E>", NULL), SUBSCRIBE_HELD);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.1"), 3);
	told_count = 0;
	hold("LAB<1E>", NULL); /* again, after a restart of nbnsd: nobody waits */
	assert_int_equal(told_count, 0);
}

static void once_more_is_no_second_subscription(void **state)
{
	(void)state;
	assert_int_equal(add(1, "LAB<1E>", NULL), SUBSCRIBE_CLAIM);
	assert_int_equal(add(1, "LAB<1E>", NULL), SUBSCRIBE_WAIT);
	hold("LAB<1E>", NULL);
	assert_int_equal(add(1, "LAB<1E>", NULL), SUBSCRIBE_HELD);
	assert_int_equal(subscribers_count(s), 1);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.1"), 1);
}

static void an_interface_is_heard_alone(void **state)
{
	(void)state;
	add(1, "LAB<1E>", "10.0.0.1");
	add(2, "LAB<1E>", "10.0.0.2");
	add(3, "LAB<1E>", NULL);
	hold("LAB<1E>", "10.0.0.1");
	hold("LAB<1E>", "10.0.0.2");
	hold("LAB<1E>", NULL);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.2"), 2);
	assert_int_equal(told[0] + told[1], 2 + 3);
	assert_int_equal(deliver("LAB<1E>", "X", "10.0.0.2"), 0);
	assert_int_equal(deliver("LAB<1D>", "", "10.0.0.2"), 0);
}

static void a_program_gets_one_copy(void **state)
{
	(void)state;
	add(1, "LAB<1E>", "10.0.0.1");
	add(1, "LAB<1E>", NULL);
	hold("LAB<1E>", "10.0.0.1");
	hold("LAB<1E>", NULL);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.1"), 1);
	assert_int_equal(deliver("LAB<1E>", "", "10.0.0.2"), 1);
}

static void bounds_of_names_and_subscriptions(void **state)
{
	static const char *const names[] = { "A<20>", "B<20>", "C<20>", "D<20>" };

	(void)state;
	for (size_t i = 0; i < NAMES; i++)
		assert_int_equal(add(1, names[i], NULL), SUBSCRIBE_CLAIM);
	assert_int_equal(add(1, "E<20>", NULL), SUBSCRIBE_TOO_MANY);
	assert_int_equal(add(2, "A<20>", NULL), SUBSCRIBE_WAIT);
	assert_int_equal(add(3, "A<20>", NULL), SUBSCRIBE_WAIT);
	assert_int_equal(add(4, "A<20>", NULL), SUBSCRIBE_TOO_MANY);
	assert_int_equal(subscribers_names(s), NAMES);
	assert_int_equal(subscribers_count(s), SUBSCRIPTIONS);
}

static void what_is_given_back_can_be_had_again(void **state)
{
	const struct nbt_local_claim claim = claim_of("A<20>", NULL);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(add(1, "A<20>", NULL), SUBSCRIBE_CLAIM);
		assert_int_equal(add(2, "A<20>", NULL), SUBSCRIBE_WAIT);
		assert_int_equal(subscribers_remove(s, 1, &claim), UNSUBSCRIBE_DONE);
		assert_int_equal(subscribers_remove(s, 1, &claim), UNSUBSCRIBE_UNKNOWN);
		assert_int_equal(subscribers_remove(s, 2, &claim), UNSUBSCRIBE_RELEASE);
	}
	assert_int_equal(subscribers_names(s) + subscribers_count(s), 0);
}

static void a_lost_name_is_told_to_all(void **state)
{
	const struct nbt_local_claim claim = claim_of("A<20>", NULL);

	(void)state;
	add(1, "A<20>", NULL);
	hold("A<20>", NULL);
	add(2, "A<20>", NULL);
	told_count = 0;
	subscribers_gone(s, &claim, tell_lost, NULL);
	assert_int_equal(told_count, 2);
	assert_false(waited[0] || waited[1]);
	assert_int_equal(subscribers_names(s) + subscribers_count(s), 0);
	add(1, "A<20>", NULL);
	told_count = 0;
	subscribers_gone(s, &claim, tell_lost, NULL);
	assert_true(told_count == 1 && waited[0]);
}

static void who_goes_takes_all_with_him(void **state)
{
	struct nbt_local_claim claim;
	bool released;

	(void)state;
	add(1, "A<20>", NULL);
	add(2, "A<20>", NULL);
	add(1, "*", NULL);
	assert_true(subscribers_remove_any(s, 1, &claim, &released));
	assert_false(released); /* the other one has it still */
	assert_true(subscribers_remove_any(s, 1, &claim, &released));
	assert_false(released); /* "*" is not claimed */
	assert_false(subscribers_remove_any(s, 1, &claim, &released));
	assert_true(subscribers_remove_any(s, 2, &claim, &released));
	assert_true(released);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_name_waits_until_it_is_held),     TEST(once_more_is_no_second_subscription),
		TEST(an_interface_is_heard_alone),       TEST(a_program_gets_one_copy),
		TEST(bounds_of_names_and_subscriptions), TEST(what_is_given_back_can_be_had_again),
		TEST(a_lost_name_is_told_to_all),        TEST(who_goes_takes_all_with_him),
	};

	return cmocka_run_group_tests_name("subscribers", tests, NULL, NULL);
}
