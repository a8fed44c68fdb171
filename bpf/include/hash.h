/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The hash of a flow, the same in src/Lodestone.Datapath: gateways with the same seed send a flow to the same
 * real. Packet bytes are loaded as little-endian words. Multiply-mix, two multiplications an address word
 * pair.
 */
#ifndef LODESTONE_HASH_H
#define LODESTONE_HASH_H

#include "config.h"
#include "parse.h"

static __always_inline __u64 hash_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
	return hash ^ (hash >> 32);
}

static __always_inline __u64 hash_end(const struct config *config, __u64 hash, __u64 word)
{
	hash = hash_mix(hash ^ config->hash_seed1, word);
	hash *= 0xD6E8FEB86659FD93ull;
	return hash ^ (hash >> 32);
}

static __always_inline __u64 hash_finish(const struct config *config, __u64 hash, const struct packet *pkt,
					 __u32 network)
{
	return hash_end(config, hash, pkt->ports | (__u64)pkt->proto << 32 | (__u64)network << 40);
}

/* Both addresses as one word: source in the low half, destination in the high one. */
static __always_inline __u64 hash_ipv4_pair(const struct config *config, __u64 addresses,
					    const struct packet *pkt, __u32 network)
{
	return hash_finish(config, hash_mix(config->hash_seed0, addresses), pkt, network);
}

/* Source and destination are four words in a row. */
static __always_inline __u64 hash_ipv6_pair(const struct config *config, const void *addresses,
					    const struct packet *pkt, __u32 network)
{
	const word64 *half = addresses;
	__u64 hash = config->hash_seed0;

	hash = hash_mix(hash, half[0]);
	hash = hash_mix(hash, half[1]);
	hash = hash_mix(hash, half[2]);
	hash = hash_mix(hash, half[3]);
	return hash_finish(config, hash, pkt, network);
}

static __always_inline __u64 hash_ipv4(const struct config *config, const struct iphdr *ip,
				       const struct packet *pkt, __u32 network)
{
	return hash_ipv4_pair(config, *(const word64 *)&ip->saddr, pkt, network);
}

static __always_inline __u64 hash_ipv6(const struct config *config, const struct ipv6hdr *ip6,
				       const struct packet *pkt, __u32 network)
{
	return hash_ipv6_pair(config, &ip6->saddr, pkt, network);
}

/*
 * What a packet is found by. They differ where a VIP's slots go by less than the whole flow, or did a while
 * ago.
 */
struct flow_keys {
	__u64 flow; /* the hash of the flow: its record */
	__u64 slot; /* its slot, and where slots go by the client, the client's record */
	__u64 old;  /* VIP_REKEYED: its slot as it was */
};

/* What tells masks apart, so that a client has no record of a time when others counted with it. */
static __always_inline __u32 mask_word(const struct address *mask)
{
	return mask->words[0] ^ mask->words[1] << 1 ^ mask->words[2] << 2 ^ mask->words[3] << 3;
}

#define CLIENT_PROTOCOL 0xffu	  /* of the packet */
#define CLIENT_OLD	(1u << 9) /* by what slots went by before */

/*
 * The hash of a client, whose address is given in halves: IPv4 is the upper part of the second. The protocol
 * is inverted, so that no flow, whatever its ports, has the hash of a client. Global: verified once, and
 * keeps no registers from the common path.
 */
__noinline __u64 hash_client(const struct vip *vip, __u64 high, __u64 low, __u32 kind)
{
	struct config *config = get_config();
	const struct address *mask;
	__u64 word, hash;

	if (!vip || !config)
		return 0;
	mask = kind & CLIENT_OLD ? &vip->old_mask : &vip->client_mask;
	word = (__u64)vip->network << 40 | mask_word(mask);
	if (vip->flags & (kind & CLIENT_OLD ? VIP_OLD_BY_PROTOCOL : VIP_BY_PROTOCOL))
		word |= (__u64)(~kind & CLIENT_PROTOCOL) << 32;
	hash = config->hash_seed0;
	/* By the VIP, not the packet: nothing keeps IPv6 from carrying v4-mapped addresses. */
	if (vip->addr.halves[0] || (__u32)vip->addr.halves[1] != 0xffff0000) {
		hash = hash_mix(hash, high & mask->halves[0]);
		hash = hash_mix(hash, low & mask->halves[1]);
		hash = hash_mix(hash, vip->addr.halves[0]);
		hash = hash_mix(hash, vip->addr.halves[1]);
	} else {
		hash = hash_mix(hash, (low >> 32 & mask->words[3]) | (__u64)vip->addr.words[3] << 32);
	}
	return hash_end(config, hash, word);
}

static __always_inline bool is_keyed(const struct vip *vip)
{
	return vip->flags & (VIP_BY_CLIENT | VIP_REKEYED);
}

/* Of a VIP that is_keyed(); keys->flow is known. */
static __always_inline void find_keys(const struct vip *vip, __u64 high, __u64 low, const struct packet *pkt,
				      struct flow_keys *keys)
{
	__u32 kind = pkt->proto;

	keys->slot = keys->old = keys->flow;
	if (vip->flags & VIP_BY_CLIENT)
		keys->slot = hash_client(vip, high, low, kind);
	if (vip->flags & VIP_OLD_BY_CLIENT)
		keys->old = hash_client(vip, high, low, kind | CLIENT_OLD);
}

#endif
