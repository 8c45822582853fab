/* libnbt: NetBIOS over TCP/IP (RFC 1001, RFC 1002) with the additions of WINS. */
#ifndef NBT_NBT_H
#define NBT_NBT_H

#include <nbt/browse.h>
#include <nbt/client.h>
#include <nbt/datagram.h>
#include <nbt/dump.h>
#include <nbt/env.h>
#include <nbt/error.h>
#include <nbt/exchange.h>
#include <nbt/local.h>
#include <nbt/mailslot.h>
#include <nbt/name.h>
#include <nbt/packet.h>
#include <nbt/replication.h>
#include <nbt/session.h>

#endif
