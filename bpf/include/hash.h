/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The hash of a flow, the same in src/Lodestone.Datapath: gateways with the same seed send a flow to the same
 * real. Packet bytes are loaded as little-endian words. Multiply-mix, two multiplications an address word
 * pair.
 */
#ifndef LODESTONE_HASH_H
#define LODESTONE_HASH_H

#include "parse.h"

static __always_inline __u64 hash_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
	return hash ^ (hash >> 32);
}

static __always_inline __u64 hash_finish(const struct config *config, __u64 hash, const struct packet *pkt,
					 __u32 network)
{
	hash = hash_mix(hash ^ config->hash_seed1,
			pkt->ports | (__u64)pkt->proto << 32 | (__u64)network << 40);
	hash *= 0xD6E8FEB86659FD93ull;
	return hash ^ (hash >> 32);
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

#endif
