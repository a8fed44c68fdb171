/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Fragments. The first has the ports: it is balanced as any packet and recorded. Later ones follow the flow
 * it belongs to, not a real: they go where the flow's next packet would go. One that comes before its first
 * is dropped, since nothing here can hold it.
 *
 * Records are few and the least recently used go first. One is heeded for 34 to 69 s, as long as hosts wait
 * for the rest of a packet (RFC 1122, 3.3.2: 60 to 120 s; Linux: 30 s).
 */
#ifndef LODESTONE_FRAGMENT_H
#define LODESTONE_FRAGMENT_H

#include "extension.h"
#include "flow.h"

#define FRAGMENT_AGE_LIMIT 2

static __always_inline __u8 fragment_clock(void)
{
	return bpf_ktime_get_coarse_ns() >> FLOW_AGE_SHIFT;
}

static __always_inline void record_fragment(const struct fragment_key *key, const struct packet *pkt,
					    __u64 hash)
{
	struct fragment_flow flow = {
		.hash = hash, .ports = pkt->ports, .proto = pkt->proto, .age = fragment_clock()};

	bpf_map_update_elem(&fragments, key, &flow, BPF_ANY);
}

static __always_inline enum verdict follow_fragment(const struct fragment_key *key, struct packet *pkt,
						    __u64 *hash)
{
	struct fragment_flow *flow = bpf_map_lookup_elem(&fragments, key);

	if (!flow || (__u8)(fragment_clock() - flow->age) >= FRAGMENT_AGE_LIMIT)
		return DROP_FRAGMENT;
	pkt->ports = flow->ports;
	pkt->proto = flow->proto;
	pkt->follows = true;
	*hash = flow->hash;
	return VERDICT_NONE;
}

#endif
