/*
 * A program on datagram.sock, for the lab.
 *
 *	dgram listen [-g] NAME...		prints what arrives; -g: the names are groups
 *	dgram count [-g] NAME...		counts what "dgram burst" sends, until SIGTERM;
 *						SIGUSR1: so far
 *	dgram send TYPE FROM TO [TEXT]		TYPE: unique, group, broadcast; waits a second for
 *						errors
 *	dgram burst TYPE FROM TO COUNT PER-SECOND SIZE [LARGEST]
 *						with LARGEST sizes grow from SIZE to that
 *
 * Before the command: -s SOCKET, -i INTERFACE, -p PEER, -S SCOPE, -b (by broadcast).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <nbt/datagram.h>
#include <nbt/dump.h>
#include <nbt/local.h>

#define SEQUENCE_MAX 1000000
#define SEQUENCE_LEN 8 /* hex digits in front of the data of a burst */

static const char *socket_path = NBT_LOCAL_DIRECTORY "/datagram.sock";
static struct nbt_envelope where = { .flags = NBT_LOCAL_DATAGRAM };
static struct nbt_scope scope;
static int fd;
static volatile sig_atomic_t stop, report;
static uint8_t message[NBT_LOCAL_MESSAGE_MAX];

static void on_signal(int number)
{
	if (number == SIGUSR1)
		report = 1;
	else
		stop = 1;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "dgram: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void connect_to_daemon(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die(socket_path);
}

static struct nbt_name read_name(const char *text)
{
	struct nbt_name name;

	if (nbt_name_from_text(&name, text, NBT_SUFFIX_WORKSTATION) != NBT_OK)
		die(text);
	return name;
}

static const char *print(const struct nbt_name *name)
{
	static char texts[2][NBT_NAME_TEXT_MAX];
	static unsigned next;

	next = !next;
	return nbt_name_print(name, texts[next], sizeof(texts[next]));
}

/*
 * Sending.
 */

static void subscribe(const char *text, bool is_group)
{
	const struct nbt_local_claim claim = {
		.interface = where.interface,
		.name = read_name(text),
		.scope = scope,
		.is_group = is_group,
	};
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	size_t len;

	nbt_local_make_claim(&envelope, &packet, NBT_OP_REGISTRATION, 1, &claim, rdata);
	if (nbt_local_encode(&envelope, &packet, message, sizeof(message), &len) != NBT_OK ||
	    send(fd, message, len, MSG_NOSIGNAL) < 0)
		die("subscribe");
}

static uint8_t read_type(const char *text)
{
	if (strcmp(text, "unique") == 0)
		return NBT_DGM_DIRECT_UNIQUE;
	return strcmp(text, "group") == 0 ? NBT_DGM_DIRECT_GROUP : NBT_DGM_BROADCAST;
}

static void send_datagram(char **argv, uint16_t id, const uint8_t *data, size_t data_len)
{
	const struct nbt_datagram datagram = {
		.type = read_type(argv[0]),
		.id = id,
		.source = read_name(argv[1]),
		.destination = read_name(argv[2]),
		.source_scope = scope,
		.destination_scope = scope,
		.data = data,
		.data_len = data_len,
	};
	size_t len;

	if (nbt_envelope_encode(&where, message, sizeof(message)) != NBT_OK ||
	    nbt_datagram_encode(&datagram, message + NBT_ENVELOPE_LEN,
				sizeof(message) - NBT_ENVELOPE_LEN, &len) != NBT_OK)
		die("datagram");
	if (send(fd, message, NBT_ENVELOPE_LEN + len, MSG_NOSIGNAL) < 0)
		die("send");
}

/* Data that can be checked: the number, then bytes that follow from it and from the length. */
static void fill(uint8_t *data, size_t len, unsigned sequence)
{
	char digits[SEQUENCE_LEN + 1];

	snprintf(digits, sizeof(digits), "%08x", sequence);
	for (size_t i = 0; i < len; i++)
		data[i] = i < SEQUENCE_LEN ? (uint8_t)digits[i]
					   : (uint8_t)(sequence * 31 + i + len * 7);
}

static void wait_until(const struct timespec *start, double seconds)
{
	struct timespec t = *start;

	t.tv_sec += (time_t)seconds;
	t.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void burst(int argc, char **argv)
{
	static uint8_t data[NBT_LOCAL_MESSAGE_MAX];
	unsigned count = (unsigned)atoi(argv[3]), rate = (unsigned)atoi(argv[4]);
	size_t smallest = (size_t)atoi(argv[5]);
	size_t largest = argc > 6 ? (size_t)atoi(argv[6]) : smallest;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned i = 0; i < count && !stop; i++) {
		size_t size = smallest + (largest - smallest) * i / (count > 1 ? count - 1 : 1);

		wait_until(&start, (double)i / rate);
		fill(data, size, i);
		send_datagram(argv, (uint16_t)i, data, size);
	}
	printf("sent %u\n", count);
}

/*
 * Receiving.
 */

/* The next message; 0: none in that time, or a signal. */
static size_t receive(int timeout_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (poll(&ready, 1, timeout_ms) <= 0)
		return 0;
	got = recv(fd, message, sizeof(message), 0);
	if (got <= 0)
		die("recv");
	return (size_t)got;
}

static void print_claim(const struct nbt_packet *packet)
{
	const struct nbt_name *name = &packet->record[0].of.name;

	if (packet->rcode == NBT_RCODE_OK)
		printf("subscribed %s\n", print(name));
	else
		printf("%s %s: %s\n", packet->rcode == NBT_RCODE_CFT_ERR ? "lost" : "refused",
		       print(name), nbt_rcode_name(packet->rcode));
}

static void print_datagram(const struct nbt_envelope *envelope, const struct nbt_datagram *d)
{
	char peer[INET_ADDRSTRLEN], interface[INET_ADDRSTRLEN], source[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &envelope->peer, peer, sizeof(peer));
	inet_ntop(AF_INET, &envelope->interface, interface, sizeof(interface));
	inet_ntop(AF_INET, &d->source_address, source, sizeof(source));
	if (d->type == NBT_DGM_ERROR) {
		printf("error %02x of %s\n", d->error_code, peer);
		return;
	}
	printf("got %02x %s to %s from %s by %s on %s%s: %.*s\n", d->type, print(&d->source),
	       print(&d->destination), source, peer, interface,
	       envelope->flags & NBT_LOCAL_BROADCAST ? " broadcast" : "", (int)d->data_len,
	       (const char *)d->data);
}

/* false: it is no datagram. */
static bool read_message(size_t len, struct nbt_envelope *envelope, struct nbt_datagram *datagram)
{
	struct nbt_packet packet;

	if (nbt_envelope_decode(envelope, message, len) != NBT_OK)
		die("envelope");
	if (envelope->flags & NBT_LOCAL_DATAGRAM) {
		if (nbt_datagram_decode(datagram, message + NBT_ENVELOPE_LEN,
					len - NBT_ENVELOPE_LEN) != NBT_OK)
			die("datagram");
		return true;
	}
	if (nbt_local_decode(envelope, &packet, message, len) == NBT_OK)
		print_claim(&packet);
	return false;
}

static void listen_until_stopped(int timeout_ms)
{
	struct nbt_datagram datagram;
	struct nbt_envelope envelope;
	size_t len;

	while (!stop && (len = receive(timeout_ms)) > 0) {
		if (read_message(len, &envelope, &datagram))
			print_datagram(&envelope, &datagram);
		fflush(stdout);
	}
}

struct tally {
	unsigned received, distinct, twice, garbled;
	bool seen[SEQUENCE_MAX];
};

static void look_at(struct tally *tally, const struct nbt_datagram *d)
{
	static uint8_t wanted[NBT_LOCAL_MESSAGE_MAX];
	char digits[SEQUENCE_LEN + 1] = "";
	unsigned long sequence;

	tally->received++;
	if (d->data_len >= SEQUENCE_LEN)
		memcpy(digits, d->data, SEQUENCE_LEN);
	sequence = strtoul(digits, NULL, 16);
	fill(wanted, d->data_len, (unsigned)sequence);
	if (d->data_len < SEQUENCE_LEN || sequence >= SEQUENCE_MAX ||
	    memcmp(wanted, d->data, d->data_len) != 0) {
		tally->garbled++;
		return;
	}
	tally->twice += tally->seen[sequence];
	tally->distinct += !tally->seen[sequence];
	tally->seen[sequence] = true;
}

static void print_tally(const struct tally *tally)
{
	printf("received %u distinct %u twice %u garbled %u\n", tally->received, tally->distinct,
	       tally->twice, tally->garbled);
	fflush(stdout);
}

static void count_until_stopped(void)
{
	static struct tally tally;
	struct nbt_datagram datagram;
	struct nbt_envelope envelope;

	while (!stop) {
		size_t len = receive(200);

		if (len > 0 && read_message(len, &envelope, &datagram) &&
		    datagram.type != NBT_DGM_ERROR)
			look_at(&tally, &datagram);
		if (report)
			print_tally(&tally);
		report = 0;
		fflush(stdout);
	}
	print_tally(&tally);
}

static void subscribe_all(int argc, char **argv)
{
	bool is_group = argc > 0 && strcmp(argv[0], "-g") == 0;

	for (int i = is_group; i < argc; i++)
		subscribe(argv[i], is_group);
}

static int run(const char *command, int argc, char **argv)
{
	if (strcmp(command, "listen") == 0) {
		subscribe_all(argc, argv);
		listen_until_stopped(-1);
	} else if (strcmp(command, "count") == 0) {
		subscribe_all(argc, argv);
		count_until_stopped();
	} else if (strcmp(command, "send") == 0 && argc >= 3) {
		const char *text = argc > 3 ? argv[3] : "";

		send_datagram(argv, 1, (const uint8_t *)text, strlen(text));
		listen_until_stopped(1000);
	} else if (strcmp(command, "burst") == 0 && (argc == 6 || argc == 7)) {
		burst(argc, argv);
	} else {
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int option;

	while ((option = getopt(argc, argv, "+s:i:p:S:b")) != -1)
		if (option == 's')
			socket_path = optarg;
		else if (option == 'b')
			where.flags |= NBT_LOCAL_BROADCAST;
		else if ((option == 'i' && inet_pton(AF_INET, optarg, &where.interface) != 1) ||
			 (option == 'p' && inet_pton(AF_INET, optarg, &where.peer) != 1) ||
			 (option == 'S' && nbt_scope_from_text(&scope, optarg) != NBT_OK) ||
			 option == '?')
			return 2;
	if (optind >= argc)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	connect_to_daemon();
	return run(argv[optind], argc - optind - 1, argv + optind + 1);
}
