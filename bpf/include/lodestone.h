/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What every header here needs: the kernel's types, libbpf's helpers, our structs and maps. */
#ifndef LODESTONE_H
#define LODESTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "types.h"
#include "verdict.h"
#include "maps.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Headers are copied in words of these types, whatever they are made of. They may be unaligned: the programs
 * are loaded only where the kernel can do that (x86-64, arm64), and byte-wise copies cost several ns a
 * packet.
 */
typedef __u64 __attribute__((may_alias)) word64;
typedef __u32 __attribute__((may_alias)) word32;
typedef __u16 __attribute__((may_alias)) word16;

static __always_inline void copy_mac(void *to, const void *from)
{
	*(word32 *)to = *(const word32 *)from;
	*(word16 *)(to + 4) = *(const word16 *)(from + 4);
}

static __always_inline void copy_ethernet(void *to, const void *from)
{
	*(word64 *)to = *(const word64 *)from;
	*(word32 *)(to + 8) = *(const word32 *)(from + 8);
	*(word16 *)(to + 12) = *(const word16 *)(from + 12);
}

static __always_inline void copy_address(void *to, const void *from)
{
	*(word64 *)to = *(const word64 *)from;
	*(word64 *)(to + 8) = *(const word64 *)(from + 8);
}

#endif
