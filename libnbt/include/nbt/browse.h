/*
 * Browser frames: what is in \MAILSLOT\BROWSE and \MAILSLOT\LANMAN (MS-BRWS section 2.2, and the
 * announcements of LAN Manager).
 */
#ifndef NBT_BROWSE_H
#define NBT_BROWSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nbt_browse_opcode {
	NBT_BROWSE_HOST_ANNOUNCEMENT = 1,
	NBT_BROWSE_ANNOUNCEMENT_REQUEST = 2,
	NBT_BROWSE_ELECTION = 8,
	NBT_BROWSE_GET_BACKUP_LIST_REQUEST = 9,
	NBT_BROWSE_GET_BACKUP_LIST_RESPONSE = 10,
	NBT_BROWSE_BECOME_BACKUP = 11,
	NBT_BROWSE_DOMAIN_ANNOUNCEMENT = 12,
	NBT_BROWSE_MASTER_ANNOUNCEMENT = 13,
	NBT_BROWSE_RESET_STATE = 14,
	NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT = 15,
	/* LAN Manager numbers its own frames; here they stand behind the others. */
	NBT_BROWSE_LANMAN_ANNOUNCEMENT = 0x101,
	NBT_BROWSE_LANMAN_REQUEST = 0x102
};

/* Server types (MS-BRWS section 2.2.1, MS-RAP section 2.5.5.2.1). */
#define NBT_SV_WORKSTATION       0x00000001u
#define NBT_SV_SERVER            0x00000002u
#define NBT_SV_SQLSERVER         0x00000004u
#define NBT_SV_DOMAIN_CTRL       0x00000008u
#define NBT_SV_DOMAIN_BAKCTRL    0x00000010u
#define NBT_SV_TIME_SOURCE       0x00000020u
#define NBT_SV_AFP               0x00000040u
#define NBT_SV_NOVELL            0x00000080u
#define NBT_SV_DOMAIN_MEMBER     0x00000100u
#define NBT_SV_PRINTQ_SERVER     0x00000200u
#define NBT_SV_DIALIN_SERVER     0x00000400u
#define NBT_SV_UNIX              0x00000800u
#define NBT_SV_NT                0x00001000u
#define NBT_SV_WFW               0x00002000u
#define NBT_SV_MFPN              0x00004000u
#define NBT_SV_SERVER_NT         0x00008000u
#define NBT_SV_POTENTIAL_BROWSER 0x00010000u
#define NBT_SV_BACKUP_BROWSER    0x00020000u
#define NBT_SV_MASTER_BROWSER    0x00040000u
#define NBT_SV_DOMAIN_MASTER     0x00080000u
#define NBT_SV_OSF               0x00100000u
#define NBT_SV_VMS               0x00200000u
#define NBT_SV_WINDOWS           0x00400000u
#define NBT_SV_DFS               0x00800000u
#define NBT_SV_CLUSTER_NT        0x01000000u
#define NBT_SV_TERMINALSERVER    0x02000000u
#define NBT_SV_CLUSTER_VS_NT     0x04000000u
#define NBT_SV_DCE               0x10000000u
#define NBT_SV_ALTERNATE_XPORT   0x20000000u
#define NBT_SV_LOCAL_LIST_ONLY   0x40000000u /* in requests of lists; never announced */
#define NBT_SV_DOMAIN_ENUM       0x80000000u /* a workgroup, no host */
#define NBT_SV_ALL               0xFFFFFFFFu

#define NBT_BROWSER_VERSION      0x010F /* 1.15, as all since NT have it */
#define NBT_BROWSE_SIGNATURE     0xAA55

/* Criteria of an election: operating system << 24, browser version << 8, and these. */
#define NBT_ELECTION_DMB         0x80
#define NBT_ELECTION_WINS        0x20
#define NBT_ELECTION_PREFERRED   0x08
#define NBT_ELECTION_LMB         0x04
#define NBT_ELECTION_DC          0x02 /* or MaintainServerList=Yes */
#define NBT_ELECTION_BACKUP      0x01

#define NBT_RESET_STOP_MASTER    0x01 /* stop being the master */
#define NBT_RESET_CLEAR_ALL      0x02 /* forget all lists */
#define NBT_RESET_STOP_BROWSER   0x04 /* stop browsing for good: ignored by everybody */

#define NBT_BROWSE_NAME_SIZE     16 /* 15 bytes and NUL */
#define NBT_BROWSE_COMMENT_SIZE  49 /* as long as NetServerEnum2 shows it, and NUL */
#define NBT_BROWSE_COMMENT_MAX   42 /* what may be sent, without NUL */
#define NBT_BROWSE_BACKUP_MAX    32 /* names that fit into a datagram; Windows asks for 4 */
#define NBT_BROWSE_FRAME_MAX     (6 + NBT_BROWSE_BACKUP_MAX * NBT_BROWSE_NAME_SIZE)

/*
 * Any frame. Which members have meaning depends on the opcode; the rest are zero after decoding.
 * Names and comments are in the sender's OEM character set and case, without padding, what is too
 * long is cut. Names are compared without case. Nothing is checked that no receiver checks:
 * Windows sends rubbish for version and signature of its domain announcements.
 */
struct nbt_browse {
	unsigned opcode; /* enum nbt_browse_opcode */

	/* All announcements, 13 and LAN Manager's; 2: for whom; 8: who stands; 11: who is to become
	 * a backup browser. A workgroup in 12. */
	char name[NBT_BROWSE_NAME_SIZE];

	/* Announcements: 1, 12, 15. 12 has the name of the master as comment. */
	uint8_t update_count; /* of nmbd; 2 has a byte without meaning in its place */
	uint32_t period_ms;   /* until the next one; LAN Manager's have whole seconds */
	uint8_t os_major, os_minor;
	uint32_t server_type; /* NBT_SV_*; 0: the host says goodbye */
	uint16_t browser_version, signature;
	char comment[NBT_BROWSE_COMMENT_SIZE];

	uint8_t election_version;     /* 8: 1; 0: an election is wanted, the sender stands not */
	uint32_t criteria, uptime_ms; /* 8 */

	uint8_t count;  /* 9: wanted; 10: names in backup */
	uint32_t token; /* 9, 10: the same in both */
	char backup[NBT_BROWSE_BACKUP_MAX][NBT_BROWSE_NAME_SIZE];

	uint8_t reset; /* 14: NBT_RESET_* */
};

/*
 * Decodes a message of \MAILSLOT\BROWSE. NBT_EVALUE: there is no such opcode. NBT_ETRUNC: it is
 * shorter than its opcode has it; such frames are to be dropped without an answer. Strings may end
 * where the frame does, lists of names be shorter than promised.
 */
NBT_PUBLIC enum nbt_error nbt_browse_decode(struct nbt_browse *out, const uint8_t *buf,
					    size_t len) NBT_MUSTCHECK;

/* The same for \MAILSLOT\LANMAN, where some send their announcements of \MAILSLOT\BROWSE, too. */
NBT_PUBLIC enum nbt_error nbt_lanman_decode(struct nbt_browse *out, const uint8_t *buf,
					    size_t len) NBT_MUSTCHECK;

/* Any of them. NBT_EVALUE: no such opcode, or more backup browsers than there is room for. */
NBT_PUBLIC enum nbt_error nbt_browse_encode(const struct nbt_browse *in, uint8_t *buf, size_t size,
					    size_t *len) NBT_MUSTCHECK;

/* Equal in every field that goes over the wire. */
NBT_PUBLIC bool nbt_browse_equal(const struct nbt_browse *a, const struct nbt_browse *b);

/* The mailslot that a frame goes to. NULL: no such opcode. */
NBT_PUBLIC const char *nbt_browse_mailslot(unsigned opcode);

/* Names for people: "host announcement"; "SERVER" for one bit of a server type. NULL: unknown. */
NBT_PUBLIC const char *nbt_browse_opcode_name(unsigned opcode);
NBT_PUBLIC const char *nbt_server_type_name(uint32_t bit);

#ifdef __cplusplus
}
#endif
#endif
