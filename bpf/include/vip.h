/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which VIP a packet is for, and whether the VIP accepts its port. */
#ifndef LODESTONE_VIP_H
#define LODESTONE_VIP_H

#include "config.h"
#include "parse.h"

#define VIP_MAX_PROBES 16
#define PUBLIC_NETWORK 0
#define ANY_NETWORK    0	  /* in a key of routes */
#define PROBER_NETWORK 0x1000000u /* likewise, more than a VNI: the way to the agent's prober */

#define BITMAP_WORDS 1024 /* of one protocol: 65536 ports */

/*
 * Where the probe for an address begins. Neighbours differ in their last byte, the top one of a loaded half:
 * it is folded down before the multiplication, which carries upwards only.
 */
static __always_inline __u32 vip_home(const struct address *addr, __u32 network)
{
	__u64 x = (addr->halves[0] * 0x9E3779B97F4A7C15ull + addr->halves[1]) ^ network;

	x ^= x >> 32;
	return (x * 0xD6E8FEB86659FD93ull) >> 32;
}

/*
 * The table is at most half full and its builder keeps every VIP within VIP_MAX_PROBES of its home, so a miss
 * nearly always ends at the first slot.
 */
static __always_inline struct vip *find_vip(const struct config *config, const struct address *addr,
					    __u32 network)
{
	__u32 mask = config->vip_mask;
	__u32 table = config->vip_table ? mask + 1 : 0;
	__u32 home = vip_home(addr, network);

#pragma clang loop unroll(disable)
	for (__u32 probe = 0; probe < VIP_MAX_PROBES; probe++) {
		__u32 slot = table + ((home + probe) & mask);
		struct vip *vip = bpf_map_lookup_elem(&vips, &slot);

		if (!vip || !vip->flags)
			return NULL;
		if (vip->addr.halves[1] == addr->halves[1] && vip->addr.halves[0] == addr->halves[0] &&
		    vip->network == network)
			return vip;
	}
	return NULL;
}

static __always_inline bool port_in_bitmap(const struct vip *vip, __u8 proto, __u16 port)
{
	__u32 plane = proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : 2;
	__u32 index = vip->port_bitmap_base + plane * BITMAP_WORDS + port / 64;
	__u64 *word = bpf_map_lookup_elem(&port_bitmaps, &index);

	return word && *word >> (port & 63) & 1;
}

static __always_inline bool port_in_ranges(const struct vip *vip, __u8 proto, __u16 port)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < VIP_MAX_RANGES && i < vip->range_count; i++) {
		const struct port_range *range = &vip->ranges[i];

		if (range->proto == proto && range->from <= port && port <= range->to)
			return true;
	}
	return false;
}

static __always_inline bool port_allowed(const struct vip *vip, const struct packet *pkt)
{
	__u16 port = destination_port(pkt);

	if (vip->flags & VIP_ALL_PORTS)
		return true;
	if (unlikely(vip->flags & VIP_PORT_BITMAP))
		return port_in_bitmap(vip, pkt->proto, port);
	return port_in_ranges(vip, pkt->proto, port);
}

#endif
