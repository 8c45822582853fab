/*
 * This host as a NetBIOS node (RFC 1001 sections 10 and 15, RFC 1002 section 5.1): claims its
 * names on each interface as a B, P, M or H node, keeps them at the name server, releases them, and
 * knows which are held. Pure.
 *
 * Names belong to clients, which are numbers: 0 is the configuration, others are the caller's to
 * give. A name is there once however many clients claim it: a group may be claimed by all of them,
 * a unique name by one, and those of the configuration by everybody.
 */
#ifndef NBNSD_NODE_NODE_H
#define NBNSD_NODE_NODE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/exchange.h>
#include <nbt/packet.h>

#include "nbnsd/registry/claim.h"

struct node;
struct served_socket; /* nbnsd/service/service.h */

enum node_type { NODE_B, NODE_P, NODE_M, NODE_H }; /* as in NB_FLAGS */

#define NODE_CONFIGURATION 0 /* the client whose names are those of the configuration */

/* Copied; the names are read during the call only. Durations in milliseconds; 0 means the
 * protocol's. */
struct node_settings {
	enum node_type type;
	struct nbt_scope scope;               /* of the configuration's names */
	const char *netbios_name, *workgroup; /* UTF-8, see charset_make_name(); NULL: no names */
	const char *const *aliases;           /* NULL-terminated; may be NULL */
	const struct in_addr *servers;        /* the primary first; each is asked in turn */
	size_t server_count;
	uint16_t port;  /* that other nodes and servers have; 0: NBT_NAME_PORT */
	bool is_server; /* our NBNS is the registrar of this process: NODE_REGISTER */
	struct nbt_timers broadcast, unicast;
	uint64_t refresh_min;   /* a shorter TTL is taken for this one */
	uint64_t refresh_retry; /* after a refresh without answer, and while an NBNS is silent */
	uint64_t refresh_share; /* then one server is tried for so long, then the next */
	uint64_t claim_retry;   /* a name of the configuration that is refused is claimed again */
	uint32_t proposed_ttl;  /* seconds */
};

/* Claims the names of the configuration; they are decided when there are sockets. NULL: out of
 * memory. */
struct node *node_create(const struct node_settings *settings, const struct nbt_env *env);
void node_destroy(struct node *node); /* NULL is fine */

/*
 * Other settings: names of the configuration that are no more are released, new ones are claimed,
 * and those that stay are untouched, unless the node type or the servers change: then they are
 * claimed and refreshed accordingly. is_server stays. false: out of memory, and it is incomplete.
 */
bool node_set_settings(struct node *node, const struct node_settings *settings,
		       const struct nbt_env *env);

/* The addresses that this host has now. On one that is new all names are claimed; those of one that
 * has gone are forgotten there. Borrowed until the next call. */
void node_set_sockets(struct node *node, const struct served_socket *sockets, size_t count,
		      const struct nbt_env *env);

/*
 * Clients.
 */

struct node_claim {
	uint32_t client;
	uint32_t token;           /* the client's; comes back with the events */
	struct in_addr interface; /* 0.0.0.0: every interface, those that come later too */
	struct nbt_name name;
	struct nbt_scope scope;
	bool is_group;
	bool broadcast_only; /* a name of the subnet (<1D>, MSBROWSE): never told to an NBNS */
};

/*
 * NBT_RCODE_OK: an event will tell how it ends. NBT_RCODE_ACT_ERR: the name is another client's, or
 * is there as the other kind; NBT_RCODE_SRV_ERR: no such interface, or too many names. A claim that
 * the client has already gets the new token and a new event.
 */
enum nbt_rcode node_claim(struct node *node, const struct node_claim *claim,
			  const struct nbt_env *env);

/* Ends the client's claim on this interface (0.0.0.0: the one on every interface). The name is
 * released when it was the last one. false: it has no such claim. */
bool node_release(struct node *node, uint32_t client, struct in_addr interface,
		  const struct nbt_name *name, const struct nbt_scope *scope,
		  const struct nbt_env *env);

/* The client has gone: ends all its claims. */
void node_client_gone(struct node *node, uint32_t client, const struct nbt_env *env);

enum node_event_type {
	/* The claim is decided: rcode OK: it holds on one interface at least. Else nobody answered
	 * (NBT_RCODE_SRV_ERR) or somebody said no; the claim has ended, unless it is the
	 * configuration's: that is tried again, and another NODE_DECIDED tells when it succeeds.
	 * NBT_RCODE_NAM_ERR: the client ended it, or made it anew with another token, before. */
	NODE_DECIDED,
	/* Held, but no more, on no interface of the claim. In conflict until it is released or
	 * claimed again; the configuration's is claimed again by itself. */
	NODE_LOST
};

struct node_event {
	enum node_event_type type;
	struct node_claim claim;
	uint8_t rcode;      /* enum nbt_rcode */
	struct in_addr who; /* said no, or took it; 0.0.0.0: not known */
	bool is_regained;   /* positive after it was refused or lost */
};

/* Takes the next event off; false: none. */
bool node_next_event(struct node *node, struct node_event *event);

/*
 * What is held.
 */

enum node_hold {
	NODE_NOT_OURS, /* no claim there */
	NODE_CLAIMING, /* not decided yet, or refused */
	NODE_HELD,
	NODE_IN_CONFLICT, /* on this interface */
};

struct node_found {
	enum node_hold hold;
	bool is_group;
	bool in_conflict; /* on any interface */
};

/* For a query, a claim or a datagram that came in on this socket. On a loopback address all names
 * are held that are held anywhere. */
struct node_found node_find(const struct node *node, uint16_t socket, const struct nbt_name *name,
			    const struct nbt_scope *scope);

/* Whether the name is held on this interface; 0.0.0.0: on any. */
bool node_holds(const struct node *node, struct in_addr interface, const struct nbt_name *name,
		const struct nbt_scope *scope);

/* Whether somebody claims the name, held or not. */
bool node_claims(const struct node *node, const struct nbt_name *name,
		 const struct nbt_scope *scope);

/* How long after a refusal the configuration's names are claimed again, ms. */
uint64_t node_claim_retry(const struct node *node);

enum node_type node_type_of(const struct node *node);

/* NB_FLAGS of a name of ours. */
uint16_t node_nb_flags(const struct node *node, bool is_group);

/* What a query for a name of ours is answered with: the address that was asked, then the others on
 * which it is; returns how many, limit (1 or more) at most. */
size_t node_addresses(const struct node *node, uint16_t socket, const struct nbt_name *name,
		      const struct nbt_scope *scope, struct nbt_address *out, size_t limit);

/* Names of one scope on this socket, as node status shows them; returns how many, limit at most. */
size_t node_status_names(const struct node *node, uint16_t socket, const struct nbt_scope *scope,
			 struct nbt_status_name *out, size_t limit);

/* One name on one interface, for the administrator. */
struct node_own {
	struct nbt_name name;
	struct nbt_scope scope;
	bool is_group;
	enum node_hold hold;      /* NODE_NOT_OURS: being released */
	bool is_registered;       /* at an NBNS */
	struct in_addr interface; /* 0.0.0.0: there is none to claim it on */
	uint32_t client;          /* one of those who claim it */
};

/* Walks all of them: start with *cursor 0; false at the end. When names come or go meanwhile some
 * may be left out. */
bool node_own_next(const struct node *node, uint64_t *cursor, struct node_own *out);

/* Releases all names at the NBNS and registers them again, so that a record there which is not
 * theirs goes, and claims anew what was refused: "nbtstat -RR". With is_server names are refreshed.
 * They are held meanwhile. Returns how many. */
size_t node_refresh(struct node *node, const struct nbt_env *env);

/*
 * The network.
 */

/* Whether it is an NBNS that this node uses. */
bool node_uses_server(const struct node *node, struct in_addr address);

/* A response to a registration, refresh or release, a WACK, or a conflict demand. false: it is
 * nothing that we wait for. */
bool node_response(struct node *node, uint16_t socket, const struct sockaddr_in *from,
		   const struct nbt_packet *packet, const struct nbt_env *env);

/* Another node claims this unique name by broadcast while we do: the lower address goes on. Whether
 * that is us: then the other gets an ACT_ERR. */
bool node_outdoes(struct node *node, const struct claim *claim, const struct nbt_env *env);

/* An NBNS has revoked our unique name. */
void node_yield(struct node *node, const struct claim *claim, const struct nbt_env *env);

enum node_step_type {
	NODE_WAIT,    /* nothing is due */
	NODE_SEND,    /* .packet by .socket, which may be to a broadcast address */
	NODE_REGISTER /* hand .claim to the registrar; its answer goes to node_registered() */
};

struct node_step {
	uint16_t socket;
	bool is_broadcast;
	const struct nbt_outgoing *packet; /* until the next call of the node */
	struct claim claim;
};

/* What is due now; call again until it says NODE_WAIT. */
enum node_step_type node_step(struct node *node, struct node_step *step, const struct nbt_env *env);

/* When node_step() has something to do, or NBT_NEVER. */
uint64_t node_deadline(const struct node *node);

/* The answer to a NODE_REGISTER; who: has the name, if it is refused and known. */
void node_registered(struct node *node, const struct claim *claim, enum nbt_rcode rcode,
		     uint32_t ttl, struct in_addr who, const struct nbt_env *env);

/* Releases all names, as the node type has it; those of a node with is_server stay in the database
 * for the next start. No claims are taken any more. */
void node_stop(struct node *node, const struct nbt_env *env);
bool node_is_stopped(const struct node *node); /* nothing is left to release */

#endif
