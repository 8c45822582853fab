/* The sweep, with a clock of its own: when who is asked, and whose an answer is. */
#include "tools/scan.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include <nbt/env.h>

#include "support.h"

#define BEGIN_MS  5000
#define ON_WAY_MS 10
#define ID        0xFFF0 /* ids go over the end of their range */

static struct in_addr at(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

struct sweep {
	struct targets targets;
	struct scan_plan plan;
	struct scan *scan;
	uint64_t now;
};

static void begin(struct sweep *s, const char *text, struct scan_plan plan)
{
	*s = (struct sweep){ .plan = plan, .now = BEGIN_MS };
	assert_int_equal(targets_add(&s->targets, text), TARGETS_OK);
	assert_true(targets_settle(&s->targets));
	s->plan.targets = &s->targets;
	s->plan.first_id = ID;
	s->scan = scan_create(&s->plan, BEGIN_MS);
	assert_non_null(s->scan);
}

static void end(struct sweep *s)
{
	scan_destroy(s->scan);
	targets_free(&s->targets);
}

/* What is sent now goes to this address; NULL: nothing is. */
static uint16_t assert_next(struct sweep *s, const char *to)
{
	struct scan_request request = { 0 };
	bool is_sent = scan_next(s->scan, s->now, &request);

	assert_int_equal(is_sent, to != NULL);
	if (to != NULL)
		assert_int_equal(request.to.s_addr, at(to).s_addr);
	return request.id;
}

static void wait_for_deadline(struct sweep *s)
{
	uint64_t deadline = scan_deadline(s->scan);

	assert_true(deadline != NBT_NEVER);
	assert_true(deadline > s->now);
	s->now = deadline;
}

static const struct scan_plan fast = { .rate = 1000, .window = 100, .tries = 1, .timeout_ms = 100 };

static void a_silent_address_ends_by_its_timeout(void **state)
{
	struct sweep s;

	(void)state;
	begin(&s, "10.0.0.1", fast);
	assert_false(scan_is_over(s.scan));
	assert_int_equal(assert_next(&s, "10.0.0.1"), ID);
	assert_next(&s, NULL);
	wait_for_deadline(&s);
	assert_int_equal(s.now, BEGIN_MS + 100);
	assert_next(&s, NULL);
	assert_true(scan_is_over(s.scan));
	assert_true(scan_deadline(s.scan) == NBT_NEVER);
	assert_true(scan_is_silent(s.scan, at("10.0.0.1")));
	end(&s);
}

static void the_silent_are_asked_again(void **state)
{
	struct scan_plan plan = fast;
	struct sweep s;

	(void)state;
	plan.tries = 3;
	begin(&s, "10.0.0.1", plan);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(assert_next(&s, "10.0.0.1"), ID);
		assert_next(&s, NULL);
		assert_false(scan_is_over(s.scan));
		wait_for_deadline(&s);
		assert_int_equal(s.now, BEGIN_MS + 100 * (i + 1));
	}
	assert_next(&s, NULL);
	assert_true(scan_is_over(s.scan));
	assert_int_equal(scan_counts(s.scan).sent, 3);
	assert_int_equal(scan_counts(s.scan).asked, 1);
	end(&s);
}

static void who_answers_is_asked_no_more(void **state)
{
	struct scan_plan plan = fast;
	struct in_addr asked;
	struct sweep s;

	(void)state;
	plan.tries = 3;
	begin(&s, "10.0.0.1-2", plan);
	assert_next(&s, "10.0.0.1");
	wait_for_deadline(&s);
	assert_int_equal(assert_next(&s, "10.0.0.2"), ID + 1);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_FIRST);
	assert_int_equal(asked.s_addr, at("10.0.0.1").s_addr);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_AGAIN);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.2"), ID + 1, &asked), SCAN_FIRST);
	assert_true(scan_is_over(s.scan));
	s.now += 1000;
	assert_next(&s, NULL);
	assert_int_equal(scan_counts(s.scan).answered, 2);
	assert_false(scan_is_silent(s.scan, at("10.0.0.1")));
	assert_false(scan_is_silent(s.scan, at("10.0.0.3"))); /* is no target */
	end(&s);
}

static void a_late_answer_counts(void **state)
{
	struct in_addr asked;
	struct sweep s;

	(void)state;
	begin(&s, "10.0.0.1-2", fast);
	assert_next(&s, "10.0.0.1");
	s.now += 500;
	assert_next(&s, "10.0.0.2");
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_FIRST);
	assert_false(scan_is_over(s.scan));
	assert_int_equal(scan_counts(s.scan).answered, 1);
	end(&s);
}

/* Multihomed hosts do it, and those behind a translation of addresses. */
static void an_answer_from_another_address(void **state)
{
	struct in_addr asked;
	struct sweep s;

	(void)state;
	begin(&s, "10.0.0.1-2", fast);
	assert_next(&s, "10.0.0.1");
	s.now += 10;
	assert_next(&s, "10.0.0.2");
	assert_int_equal(scan_answered(s.scan, at("10.9.9.9"), ID + 1, &asked), SCAN_FIRST);
	assert_int_equal(asked.s_addr, at("10.0.0.2").s_addr);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.2"), ID, &asked), SCAN_FIRST);
	assert_int_equal(asked.s_addr, at("10.0.0.1").s_addr);
	assert_true(scan_is_over(s.scan));
	end(&s);
}

static void who_was_not_asked_is_not_heard(void **state)
{
	struct in_addr asked;
	struct sweep s;

	(void)state;
	begin(&s, "10.0.0.1-2", fast);
	assert_next(&s, "10.0.0.1");
	assert_int_equal(scan_answered(s.scan, at("10.0.0.2"), ID + 1, &asked), SCAN_UNASKED);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID + 7, &asked), SCAN_UNASKED);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.9"), ID - 1, &asked), SCAN_UNASKED);
	scan_unreachable(s.scan, at("10.0.0.2"));
	scan_unreachable(s.scan, at("10.0.0.9"));
	assert_int_equal(scan_counts(s.scan).answered, 0);
	assert_int_equal(scan_counts(s.scan).unreachable, 0);
	end(&s);
}

static void icmp_ends_the_wait(void **state)
{
	struct scan_plan plan = fast;
	struct in_addr asked;
	struct sweep s;

	(void)state;
	plan.tries = 3;
	begin(&s, "10.0.0.1", plan);
	assert_next(&s, "10.0.0.1");
	scan_unreachable(s.scan, at("10.0.0.1"));
	scan_unreachable(s.scan, at("10.0.0.1"));
	assert_true(scan_is_over(s.scan));
	assert_int_equal(scan_counts(s.scan).unreachable, 1);
	/* It was forged, or about another packet. */
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_FIRST);
	end(&s);
}

static void what_cannot_be_sent_ends_at_once(void **state)
{
	struct sweep s;

	(void)state;
	begin(&s, "10.0.0.1-2", fast);
	assert_next(&s, "10.0.0.1");
	scan_has_no_way(s.scan);
	assert_int_equal(scan_counts(s.scan).sent, 0);
	s.now += 10;
	assert_next(&s, "10.0.0.2");
	scan_has_no_way(s.scan);
	assert_true(scan_is_over(s.scan));
	assert_int_equal(scan_counts(s.scan).unreachable, 2);
	end(&s);
}

static void what_finds_no_room_comes_again(void **state)
{
	struct scan_plan plan = fast;
	struct sweep s;

	(void)state;
	plan.tries = 2;
	begin(&s, "10.0.0.1-2", plan);
	assert_next(&s, "10.0.0.1");
	scan_is_full(s.scan, s.now);
	assert_int_equal(scan_counts(s.scan).sent, 0);
	assert_next(&s, NULL);
	wait_for_deadline(&s); /* a pause for all */
	assert_true(s.now >= BEGIN_MS + 10);
	assert_next(&s, "10.0.0.1");
	s.now += 10;
	assert_next(&s, "10.0.0.2");
	s.now += 95;
	assert_next(&s, "10.0.0.1"); /* its second try, too */
	scan_is_full(s.scan, s.now);
	s.now += 50;
	assert_next(&s, "10.0.0.1");
	s.now += 10;
	assert_next(&s, "10.0.0.2");
	s.now += 100;
	assert_next(&s, NULL);
	assert_true(scan_is_over(s.scan));
	assert_int_equal(scan_counts(s.scan).sent, 4);
	end(&s);
}

static void an_answer_while_it_waits_for_room(void **state)
{
	struct scan_plan plan = fast;
	struct in_addr asked;
	struct sweep s;

	(void)state;
	plan.tries = 2;
	begin(&s, "10.0.0.1", plan);
	assert_next(&s, "10.0.0.1");
	s.now += 100;
	assert_next(&s, "10.0.0.1");
	scan_is_full(s.scan, s.now);
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_FIRST);
	assert_true(scan_is_over(s.scan));
	s.now += 100;
	assert_next(&s, NULL);
	end(&s);
}

static void no_more_than_the_window_are_waited_for(void **state)
{
	struct scan_plan plan = fast;
	struct in_addr asked;
	struct sweep s;

	(void)state;
	plan.window = 2;
	begin(&s, "10.0.0.1-9", plan);
	assert_next(&s, "10.0.0.1");
	s.now += 10;
	assert_next(&s, "10.0.0.2");
	s.now += 10;
	assert_next(&s, NULL);
	scan_unreachable(s.scan, at("10.0.0.2"));
	assert_next(&s, "10.0.0.3");
	assert_next(&s, NULL);
	s.now += 10;
	assert_int_equal(scan_answered(s.scan, at("10.0.0.1"), ID, &asked), SCAN_FIRST);
	assert_next(&s, "10.0.0.4");
	s.now += 10;
	assert_next(&s, NULL);
	wait_for_deadline(&s);
	assert_int_equal(s.now, BEGIN_MS + 20 + 100);
	assert_next(&s, "10.0.0.5");
	end(&s);
}

/*
 * All of a /16, woken at its deadlines, or late by up to some time: no second has more requests
 * than it may, each address is asked, and it takes no longer than it must.
 */

struct seconds {
	uint64_t *sent_ms;
	size_t count;
};

static void assert_rate(const struct seconds *seconds, uint32_t rate)
{
	for (size_t i = rate; i < seconds->count; i++)
		if (seconds->sent_ms[i] - seconds->sent_ms[i - rate] < 1000)
			fail_msg("%u requests within a second, at %llu ms", rate + 1,
				 (unsigned long long)seconds->sent_ms[i]);
}

/* A packet is on the wire some time after it was given out, and behind the one before. */
static void put_on_wire(struct seconds *seconds, uint64_t ms)
{
	if (seconds->count > 0 && ms < seconds->sent_ms[seconds->count - 1])
		ms = seconds->sent_ms[seconds->count - 1];
	seconds->sent_ms[seconds->count++] = ms;
}

static void sweep_all(struct sweep *s, struct seconds *seconds, unsigned late_ms)
{
	struct scan_request request;

	srandom(1);
	while (!scan_is_over(s->scan)) {
		while (scan_next(s->scan, s->now, &request))
			put_on_wire(seconds,
				    s->now + (late_ms > 0 ? (unsigned)random() % ON_WAY_MS : 0));
		if (scan_is_over(s->scan))
			break;
		wait_for_deadline(s);
		if (late_ms > 0)
			s->now += (unsigned)random() % late_ms;
	}
}

static void keeps_the_rate(uint32_t rate, uint32_t tries, unsigned late_ms)
{
	struct scan_plan plan = {
		.rate = rate, .window = 65536, .tries = tries, .timeout_ms = 1000
	};
	struct seconds seconds = { calloc(65536 * (size_t)tries, sizeof(uint64_t)), 0 };
	struct sweep s;
	uint64_t sending_ms, took_ms;

	assert_non_null(seconds.sent_ms);
	begin(&s, "10.50.0.0/16", plan);
	sweep_all(&s, &seconds, late_ms);
	assert_int_equal(seconds.count, 65536 * tries);
	assert_int_equal(scan_counts(s.scan).asked, 65536);
	assert_rate(&seconds, rate);
	sending_ms = 65536ULL * tries * 1000 / rate;
	took_ms = s.now - BEGIN_MS;
	if (took_ms < sending_ms ||
	    (late_ms <= 10 && took_ms > sending_ms * 103 / 100 + tries * plan.timeout_ms + 100))
		fail_msg("rate %u, %u tries: %llu ms", rate, tries, (unsigned long long)took_ms);
	end(&s);
	free(seconds.sent_ms);
}

static void no_second_has_more_than_it_may(void **state)
{
	(void)state;
	keeps_the_rate(5000, 1, 0);
	keeps_the_rate(5000, 2, 0);
	keeps_the_rate(5000, 2, 10);
	keeps_the_rate(333, 1, 0);
	keeps_the_rate(7777, 3, 300);
	keeps_the_rate(100000, 1, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_address_ends_by_its_timeout),
		cmocka_unit_test(the_silent_are_asked_again),
		cmocka_unit_test(who_answers_is_asked_no_more),
		cmocka_unit_test(a_late_answer_counts),
		cmocka_unit_test(an_answer_from_another_address),
		cmocka_unit_test(who_was_not_asked_is_not_heard),
		cmocka_unit_test(icmp_ends_the_wait),
		cmocka_unit_test(what_cannot_be_sent_ends_at_once),
		cmocka_unit_test(what_finds_no_room_comes_again),
		cmocka_unit_test(an_answer_while_it_waits_for_room),
		cmocka_unit_test(no_more_than_the_window_are_waited_for),
		cmocka_unit_test(no_second_has_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
